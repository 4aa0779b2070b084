// The trainer's own spans, through OpenTelemetry's SDK.
import { context, propagation, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { inSpan, traceHeaders } from '../../../trainer/tracing/in-span.js';
import { RolloutSpans } from '../../../trainer/tracing/rollout-spans.js';
import { useProcessor } from '../../../trainer/tracing/sdk.js';
import { startTracing, type Tracing } from '../../../trainer/tracing/start-tracing.js';
import { SpanReader } from '../../../trainer/telemetry/traces/read-spans.js';
import type { Span } from '../../../trainer/telemetry/traces/span.js';
import { testServer } from '../server/client.js';
import { FakeModels, rollout } from '../server/services.js';

const log = pino({ level: 'silent' });
let exporter: InMemorySpanExporter;
let tracing: Tracing;
beforeEach(() => {
  // One that was shut down takes no more.
  exporter = new InMemorySpanExporter();
  tracing = useProcessor(new SimpleSpanProcessor(exporter));
});
afterEach(() => tracing.close());

const spans = () => exporter.getFinishedSpans();
const named = (name: string) => spans().find((span) => span.name === name)!;

describe('a span around some work', () => {
  it('has what is done within it as its children, and gives its result', async () => {
    expect(await inSpan('outer', { size: 3 }, () => inSpan('inner', {}, async () => 7))).toBe(7);
    expect(named('inner').parentSpanContext?.spanId).toBe(named('outer').spanContext().spanId);
    expect(named('outer').attributes).toEqual({ size: 3 });
  });

  it('keeps what went wrong, and lets it go on', async () => {
    const failing = inSpan('work', {}, () => Promise.reject(new TypeError('no such thing')));
    await expect(failing).rejects.toThrow('no such thing');
    expect(named('work').status).toMatchObject({ message: 'no such thing' });
    expect(named('work').attributes).toMatchObject({ 'error.type': 'TypeError' });
  });

  it('is told to whoever is asked meanwhile', async () => {
    const headers = await inSpan('asking', {}, async () => traceHeaders());
    expect(headers['traceparent']).toBe(
      `00-${named('asking').spanContext().traceId}-${named('asking').spanContext().spanId}-01`,
    );
  });
});

describe('requests', () => {
  it('are spans of their route within the trace of who asks, whatever their answer', async () => {
    const server = await testServer({ services: { models: new FakeModels(), rollout } });
    onTestFinished(() => server.close());
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await fetch(server.url('/v1/rollout'), { headers: { traceparent } });
    await fetch(server.url(`/v1/models/${'0'.repeat(32)}`));
    await expect.poll(() => spans().length).toBe(2);
    const answered = named('GET /v1/rollout');
    expect([answered.spanContext().traceId, answered.parentSpanContext?.spanId]).toEqual([
      'a'.repeat(32),
      'b'.repeat(16),
    ]);
    expect(answered.attributes).toMatchObject({
      'http.route': '/v1/rollout',
      'http.response.status_code': 200,
    });
    expect(named('GET /v1/models/:id').attributes).toMatchObject({ 'http.response.status_code': 404 });
  });

  it('of machines are none: reports, spans, metrics and health', async () => {
    const server = await testServer();
    onTestFinished(() => server.close());
    for (const path of ['/metrics', '/healthz', '/readyz', '/']) await fetch(server.url(path));
    await server.post('{}');
    await fetch(server.url('/v1/status'));
    await expect.poll(() => spans().map(({ name }) => name)).toEqual(['GET /v1/status']);
  });
});

describe('a rollout', () => {
  const follow = () => {
    const told: string[] = [];
    return { told, rollout: new RolloutSpans({ emit: (kind) => void told.push(kind) }) };
  };

  it('is one trace with a span a stage, and what happened meanwhile', () => {
    const { told, rollout } = follow();
    rollout.emit('rollout.proposed', 'x', { candidate: 'c1', by: 'ada' });
    rollout.emit('rollout.gate-passed', 'x');
    rollout.emit('rollout.canary', 'x', { share: 0.05 });
    rollout.emit('rollout.publish-failed', 'a target refused');
    rollout.emit('rollout.promoted', 'x');
    expect(told).toHaveLength(5);
    const whole = named('rollout');
    expect(whole.attributes).toEqual({
      'weir.candidate': 'c1',
      'weir.by': 'ada',
      'weir.outcome': 'promoted',
    });
    for (const stage of ['gate', 'shadow', 'canary'])
      expect(named(`rollout.${stage}`).parentSpanContext?.spanId).toBe(whole.spanContext().spanId);
    expect(named('rollout.canary').events.map(({ name }) => name)).toContain('rollout.publish-failed');
  });

  it('has failed where its model was taken back', () => {
    const { rollout } = follow();
    rollout.emit('rollout.canary', 'x', { candidate: 'c1', share: 0.05 });
    rollout.emit('rollout.rolled-back', 'it was slower');
    expect(named('rollout').status).toMatchObject({ message: 'it was slower' });
  });

  it('that goes on without this trainer is unfinished', () => {
    const { rollout } = follow();
    rollout.emit('rollout.proposed', 'x', { candidate: 'c1' });
    rollout.close();
    expect(named('rollout').attributes).toMatchObject({ 'weir.outcome': 'unfinished' });
  });
});

describe('tracing of the trainer', () => {
  it('is off unless there is somewhere to send to, and where it is turned off', async () => {
    const forward = 'http://127.0.0.1:1/v1/traces';
    expect(await startTracing({ environment: {}, forward: undefined, log })).toBeUndefined();
    for (const environment of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }])
      expect(await startTracing({ environment, forward, log })).toBeUndefined();
  });

  it('sends to where spans of the mesh go, and what is left at its end', async () => {
    await tracing.close();
    const taken: Span[] = [];
    const traces = {
      reader: new SpanReader([]),
      take: (some: readonly Span[]) => void taken.push(...some),
      find: () => [],
      get: () => undefined,
    };
    const server = await testServer({ services: { traces } });
    onTestFinished(() => server.close());
    const started = await startTracing({ environment: {}, forward: server.url('/v1/traces'), log });
    await inSpan('twin.calibrate', {}, async () => undefined);
    await started!.close();
    expect(taken).toMatchObject([{ service: 'weir-trainer', name: 'twin.calibrate', kind: 'internal' }]);
    expect(taken[0]!.instance).toMatch(/./);
  });

  it('leaves nothing behind', async () => {
    await tracing.close();
    expect(trace.getTracer('x').startSpan('y').isRecording()).toBe(false);
    expect(propagation.fields()).toEqual([]);
    expect(context.active()).toBeDefined();
  });
});
