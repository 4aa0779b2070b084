// One trace as a waterfall: who waited for whom, and where the time went.
import { useState } from 'preact/hooks';
import type { TraceView, WaterfallSpan } from '../../telemetry/graph/graph-view.js';
import { useFetched } from '../data/fetched.js';
import { Heading, JaegerLink } from '../parts/bits.js';
import { Loading, ProblemNote } from '../parts/notice.js';
import { route } from '../router.js';
import { clock, ms, short } from '../text/format.js';
import { hashOf } from '../text/route.js';

/** A trace may still grow for a moment. */
const AGAIN_MS = 10_000;

export function Trace() {
  const { name } = route.value;
  const { value, problem } = useFetched<TraceView>(`/v1/traces/${encodeURIComponent(name)}`, AGAIN_MS);
  return (
    <>
      <Heading aside={value?.url === undefined ? null : <JaegerLink url={value.url} />}>
        Trace {short(name)}
      </Heading>
      {value === undefined ? (
        problem === undefined ? (
          <Loading what="the trace" />
        ) : (
          <ProblemNote problem={problem} />
        )
      ) : (
        <Waterfall trace={value} />
      )}
    </>
  );
}

function Waterfall({ trace }: { readonly trace: TraceView }) {
  const [selected, select] = useState<string>();
  const span = trace.waterfall.find(({ spanId }) => spanId === selected);
  const { method = '', path = '', durationMs, startMs, services, user } = trace;
  return (
    <>
      <p>
        {method} {path}, {ms(durationMs)}, at {clock(startMs)}, {trace.spans} spans over {services.length}{' '}
        services
        {user === undefined ? '' : `, user ${user}`}
        {trace.failed ? ', ' : ''}
        {trace.failed ? <span class="tag bad">failed</span> : null}
      </p>
      <p class="quiet">
        Full bars lie on the critical path: only what makes one of them shorter makes the request shorter.
      </p>
      <ol class="waterfall" aria-label="Spans in the order of the trace">
        {trace.waterfall.map((one) => (
          <Row key={one.spanId} span={one} total={durationMs} isSelected={one === span} onSelect={select} />
        ))}
      </ol>
      {span === undefined ? <p class="quiet">Choose a span to see more of it.</p> : <Details span={span} />}
    </>
  );
}

interface RowProps {
  readonly span: WaterfallSpan;
  readonly total: number;
  readonly isSelected: boolean;
  readonly onSelect: (spanId: string | undefined) => void;
}

function Row({ span, total, isSelected, onSelect }: RowProps) {
  const { spanId, service, kind, depth, offsetMs, durationMs, failed, isCritical, peer } = span;
  const whole = Math.max(total, 1e-6);
  const left = Math.min(99.5, (100 * Math.max(0, offsetMs)) / whole);
  const width = Math.max(0.5, Math.min(100 - left, (100 * durationMs) / whole));
  const what =
    kind === 'client'
      ? `${service} calls ${peer ?? ''}`
      : `${service} ${kind === 'server' ? 'serves' : kind}`;
  return (
    <li>
      <button
        type="button"
        aria-pressed={isSelected}
        onClick={() => onSelect(isSelected ? undefined : spanId)}
      >
        <span class="what" style={{ paddingLeft: `${Math.min(depth, 20) * 12}px` }}>
          {what}
          {failed ? (
            <span class="tag bad">{span.status === 0 ? 'no answer' : (span.status ?? 'failed')}</span>
          ) : null}
        </span>
        <span class="track">
          <i
            class={`${isCritical ? 'critical' : ''} ${failed ? 'failed' : ''}`}
            style={{ left: `${left}%`, width: `${width}%` }}
          />
        </span>
        <span class="number">
          {ms(durationMs)}
          <span class="hidden">
            , begins at {ms(offsetMs)}
            {isCritical ? ', on the critical path' : ''}
          </span>
        </span>
      </button>
    </li>
  );
}

function Details({ span }: { readonly span: WaterfallSpan }) {
  const fields: [string, string | number | undefined][] = [
    ['Name', span.name],
    ['Service', span.service],
    ['Instance', span.instance],
    ['Request', span.method === undefined ? undefined : `${span.method} ${span.path ?? ''}`],
    ['Status', span.status === 0 ? 'no answer' : span.status],
    ['Calls', span.peer],
    ['Endpoint chosen', span.chosen],
    ['Endpoint served', span.endpoint],
    ['Model', span.model],
    ['User', span.user],
    ['Span', span.spanId],
    ...Object.entries(span.attributes).map(([key, value]): [string, string] => [key, String(value)]),
  ];
  return (
    <section class="panel" aria-label="The chosen span">
      <h2>
        {span.service}, {ms(span.durationMs)}
      </h2>
      <dl class="details">
        {fields.map(([title, value]) =>
          value === undefined ? null : (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      <a href={hashOf('service', span.peer ?? span.service)}>Service {span.peer ?? span.service}</a>
    </section>
  );
}
