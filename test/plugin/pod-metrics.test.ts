// The filter and the trainer's fleet on what pods use: what is told becomes state, and what is handed back is known.
import { expect, it } from 'vitest';
import { ENDPOINT_FEATURES } from '../../trainer/actor/features.js';
import { Fleet } from '../../trainer/telemetry/fleet.js';
import { joinPods } from '../../trainer/telemetry/pods/join-pods.js';
import { marked } from '../../trainer/telemetry/pods/mark.js';
import type { PodSource } from '../../trainer/telemetry/pods/pod-source.js';
import {
  A,
  API,
  endpointOf,
  modelBase64,
  parseReport,
  reportCalls,
  serve,
  startClient,
} from './support/fixtures.js';
import type { MockHost } from './support/mock-host.js';

const CPU = ENDPOINT_FEATURES.indexOf('cpu');
const QUEUE = { 'x-weir-load': 'q=1' };

/** A trainer whose metrics API tells this of the pod of A, or nothing. */
class Trainer {
  readonly #fleet = new Fleet();
  cpu: number | undefined;

  constructor(private readonly host: MockHost) {}

  /** Serves a request with these headers, and answers the report after it. @returns it as it came, and the state */
  async turn(responseHeaders: Record<string, string>) {
    const before = reportCalls(this.host).length;
    serve(this.host, { responseHeaders, upstream: A });
    while (reportCalls(this.host).length === before) this.host.advance(50);
    const call = reportCalls(this.host)[before]!;
    const [came, taken] = [parseReport(call), parseReport(call)];
    joinPods(taken, this.#pods, this.host.nowMs);
    this.#fleet.accept(taken, this.host.nowMs);
    call.answer(JSON.parse(this.#fleet.answer(taken, this.host.nowMs)) as object);
    const shown = this.#fleet.view(this.host.nowMs).clusters.find(({ name }) => name === API)!;
    const features = Buffer.from(came.samples[0]!.features, 'base64');
    return {
      said: endpointOf(came, A).server?.cpu,
      shown: shown.endpoints.find(({ address }) => address === A)!.cpu,
      feature: features.readInt8(CPU),
    };
  }

  readonly #pods: PodSource = {
    of: (ip, now) =>
      this.cpu === undefined || !A.startsWith(`${ip}:`)
        ? undefined
        : {
            ...{ pod: 'shop/a', at: now, until: now + 60_000, windowMs: 15_000 },
            cpu: { value: this.cpu, isOfLimits: true },
          },
    ...{ pods: () => 1, ageMs: () => 0, close: () => undefined },
  };
}

it('what a pod uses becomes the state of the filter, and goes from it', async () => {
  const host = await startClient({ policy: 'actor', model: modelBase64(), endpoints: { [API]: [A] } });
  const trainer = new Trainer(host);
  trainer.cpu = 0.7;
  expect(await trainer.turn(QUEUE)).toEqual({ said: undefined, shown: 0.7, feature: 0 });
  // The feature is in steps of 1/64; the report has it as if the server had said it.
  expect(await trainer.turn(QUEUE)).toEqual({
    said: marked(0.7),
    shown: 0.7,
    feature: Math.round(64 * marked(0.7)),
  });
  trainer.cpu = 0.25;
  expect(await trainer.turn(QUEUE)).toEqual({
    said: marked(0.7),
    shown: 0.25,
    feature: Math.round(64 * marked(0.7)),
  });
  expect(await trainer.turn(QUEUE)).toEqual({
    said: marked(0.25),
    shown: 0.25,
    feature: Math.round(64 * marked(0.25)),
  });
  // The server's own word counts first.
  expect(await trainer.turn({ 'x-weir-load': 'q=1;c=900' })).toMatchObject({ said: 0.9, shown: 0.9 });
  // What a server once said stays in the filter as long as it says anything; that is no mark.
  expect(await trainer.turn(QUEUE)).toMatchObject({ said: 0.9, shown: 0.9, feature: 58 });
});

it('what a pod used is forgotten where nobody says it any more', async () => {
  const host = await startClient({ policy: 'actor', model: modelBase64(), endpoints: { [API]: [A] } });
  const trainer = new Trainer(host);
  trainer.cpu = 0.7;
  await trainer.turn(QUEUE);
  trainer.cpu = undefined;
  expect(await trainer.turn(QUEUE)).toEqual({
    said: marked(0.7),
    shown: undefined,
    feature: Math.round(64 * marked(0.7)),
  });
  expect(await trainer.turn(QUEUE)).toEqual({ said: undefined, shown: undefined, feature: 0 });
});
