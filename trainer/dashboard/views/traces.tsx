// Traces that are kept, found by service, endpoint, time and failure.
import type { TraceSummary } from '../../telemetry/graph/graph-view.js';
import { useFetched } from '../data/fetched.js';
import { Heading, JaegerLink } from '../parts/bits.js';
import { Empty, Loading, NoTraces, ProblemNote } from '../parts/notice.js';
import { Table } from '../parts/table.js';
import { go, route } from '../router.js';
import { clock, ms, short } from '../text/format.js';
import { hashOf } from '../text/route.js';

const FIELDS = ['service', 'endpoint', 'minMs', 'failed', 'order'] as const;

export function Traces() {
  const { query } = route.value;
  const asked = new URLSearchParams(FIELDS.flatMap((field) => (query[field] ? [[field, query[field]]] : [])));
  const { value, problem } = useFetched<{ traces: readonly TraceSummary[] }>(
    `/v1/traces?${asked.toString()}`,
    3000,
  );
  return (
    <>
      <Heading>Traces</Heading>
      <Filters />
      {problem !== undefined && value === undefined ? <ProblemNote problem={problem} /> : null}
      {problem === undefined && value === undefined ? <Loading what="traces" /> : null}
      {value === undefined ? null : value.traces.length === 0 ? (
        <NoneFits isFiltered={FIELDS.some((field) => field !== 'order' && query[field])} />
      ) : (
        <TraceTable traces={value.traces} />
      )}
    </>
  );
}

function NoneFits({ isFiltered }: { readonly isFiltered: boolean }) {
  if (!isFiltered) return <NoTraces title="No trace is kept" />;
  return (
    <Empty title="No trace that is kept fits">
      <a href={hashOf('traces')}>Show all traces</a>, or ask for less time or another service.
    </Empty>
  );
}

function Filters() {
  const { query } = route.value;
  const set = (field: (typeof FIELDS)[number], value: string) =>
    go(hashOf('traces', '', { ...query, [field]: value }));
  const shared = (field: 'service' | 'endpoint' | 'minMs') => ({
    value: query[field] ?? '',
    onChange: ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
      set(field, currentTarget.value.trim()),
  });
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        Service
        <input {...shared('service')} />
      </label>
      <label>
        Endpoint (ip:port)
        <input {...shared('endpoint')} />
      </label>
      <label>
        At least, ms
        <input type="number" min="0" {...shared('minMs')} />
      </label>
      <label>
        Order
        <select
          value={query['order'] ?? 'newest'}
          onChange={({ currentTarget }) => set('order', currentTarget.value)}
        >
          <option value="newest">newest first</option>
          <option value="slowest">slowest first</option>
        </select>
      </label>
      <label class="row">
        <input
          type="checkbox"
          checked={query['failed'] === 'true'}
          onChange={({ currentTarget }) => set('failed', currentTarget.checked ? 'true' : '')}
        />
        Failed only
      </label>
    </form>
  );
}

function TraceTable({ traces }: { readonly traces: readonly TraceSummary[] }) {
  return (
    <Table<TraceSummary>
      caption={`${traces.length} traces`}
      rows={traces}
      keyOf={({ traceId }) => traceId}
      empty="None"
      columns={[
        { title: 'Trace', cell: ({ traceId }) => <a href={hashOf('trace', traceId)}>{short(traceId)}</a> },
        { title: 'At', cell: ({ startMs }) => clock(startMs) },
        { title: 'Took', isNumber: true, cell: ({ durationMs }) => ms(durationMs) },
        { title: 'Request', cell: ({ method = '', path = '' }) => `${method} ${path}` },
        {
          title: 'Outcome',
          cell: ({ failed, status }) => (
            <span class={`tag ${failed ? 'bad' : 'good'}`}>
              {status === 0 ? 'no answer' : (status ?? (failed ? 'failed' : 'ok'))}
            </span>
          ),
        },
        { title: 'Services', cell: ({ services }) => services.join(' → ') },
        { title: 'Spans', isNumber: true, cell: ({ spans }) => spans },
        { title: 'User', cell: ({ user }) => user ?? '' },
        { title: 'Elsewhere', cell: ({ url }) => (url === undefined ? null : <JaegerLink url={url} />) },
      ]}
    />
  );
}
