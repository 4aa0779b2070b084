// One service: its endpoints now and over time, who calls it and whom it calls, its paths and hours.
import { useMemo } from 'preact/hooks';
import type {
  CallEdge,
  EndpointFigures,
  PathFigures,
  ServiceView,
} from '../../telemetry/graph/graph-view.js';
import type { ClusterHistory, EndpointHistory } from '../../telemetry/history/history-view.js';
import { useFetched } from '../data/fetched.js';
import { latest } from '../data/history.js';
import { history } from '../data/live.js';
import { Heading, Panel, TraceLinks, WindowPicker, windowOf } from '../parts/bits.js';
import { Chart } from '../parts/chart.js';
import { Hours } from '../parts/hours.js';
import { Empty, Loading, ProblemNote } from '../parts/notice.js';
import { Table } from '../parts/table.js';
import { route } from '../router.js';
import { count, ms, percent, rate } from '../text/format.js';
import { hashOf } from '../text/route.js';
import { isOf } from '../text/service.js';

export function ServicePage() {
  const { name } = route.value;
  const window = windowOf(route.value);
  const path = `/v1/graph/services/${encodeURIComponent(name)}?window=${window}`;
  const { value, problem } = useFetched<ServiceView>(name === '' ? undefined : path, 3000);
  const cluster = history.value.clusters.find((one) => isOf(one.name, name));
  return (
    <>
      <Heading aside={<WindowPicker />}>{name}</Heading>
      <p class="actions">
        <a href={hashOf('traces', '', { service: name })}>Traces</a>
        <a href={hashOf('traces', '', { service: name, order: 'slowest' })}>Slowest</a>
        <a href={hashOf('traces', '', { service: name, failed: 'true' })}>Failed</a>
        {value === undefined || value.exemplars.length === 0 ? null : <span class="quiet">Of late:</span>}
        {value?.exemplars.map((exemplar) => (
          <TraceLinks key={exemplar.traceId} exemplar={exemplar} />
        ))}
      </p>
      {value === undefined && problem === undefined ? <Loading what={name} /> : null}
      {value === undefined && problem !== undefined ? <ProblemNote problem={problem} /> : null}
      {value === undefined ? null : <Figures service={value} />}
      <Endpoints service={value} cluster={cluster} />
      {cluster === undefined ? null : <OverTime cluster={cluster} service={value} />}
      {value === undefined ? null : <Rest service={value} />}
    </>
  );
}

function Figures({ service }: { readonly service: ServiceView }) {
  const { rps, errorShare, p50Ms, p99Ms, selfMs, waitingMs, criticalShare } = service;
  const figures: [string, string][] = [
    ['Requests', rate(rps)],
    ['Errors', percent(errorShare)],
    ['p50', ms(p50Ms)],
    ['p99', ms(p99Ms)],
    ['Itself, a call', ms(selfMs)],
    ['Waits, a call', ms(waitingMs)],
    ['Critical path', percent(criticalShare)],
  ];
  return (
    <dl class="figures">
      {figures.map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface EndpointRow {
  readonly address: string;
  readonly traced: EndpointFigures | undefined;
  readonly reported: EndpointHistory | undefined;
}

interface EndpointsProps {
  readonly service: ServiceView | undefined;
  readonly cluster: ClusterHistory | undefined;
}

function rowsOf({ service, cluster }: EndpointsProps): EndpointRow[] {
  const traced = new Map(service?.endpoints.map((endpoint) => [endpoint.address, endpoint]));
  const reported = new Map(cluster?.endpoints.map((endpoint) => [endpoint.address, endpoint]));
  const rows = [...new Set([...traced.keys(), ...reported.keys()])].map((address) => ({
    ...{ address, traced: traced.get(address), reported: reported.get(address) },
  }));
  return rows.sort((a, b) => nameOf(a).localeCompare(nameOf(b), undefined, { numeric: true }));
}

const nameOf = ({ traced, address }: EndpointRow): string => traced?.name ?? address;

function Endpoints(props: EndpointsProps) {
  const rows = rowsOf(props);
  if (rows.length === 0) return null;
  const of = (name: keyof Omit<EndpointHistory, 'address'>) => (row: EndpointRow) =>
    latest(row.reported?.[name] ?? []);
  const [weight, inFlight, cpu, memory] = [of('weight'), of('inFlight'), of('cpu'), of('memory')];
  // Reports know these too, so that they are there without traces.
  const [rps, errorShare, p99Ms] = [of('rps'), of('errorShare'), of('p99Ms')];
  return (
    <Table<EndpointRow>
      caption="Endpoints"
      rows={rows}
      keyOf={({ address }) => address}
      empty="None"
      columns={[
        {
          title: 'Endpoint',
          cell: (row) => (
            <a href={hashOf('traces', '', { endpoint: row.address, order: 'slowest' })}>
              {nameOf(row)}
              {nameOf(row) === row.address ? null : <small> {row.address}</small>}
            </a>
          ),
        },
        { title: 'Weight', isNumber: true, cell: (row) => percent(weight(row)) },
        { title: 'In flight', isNumber: true, cell: (row) => count(inFlight(row)) },
        { title: 'CPU', isNumber: true, cell: (row) => percent(cpu(row)) },
        { title: 'Memory', isNumber: true, cell: (row) => percent(memory(row)) },
        { title: 'Requests', isNumber: true, cell: (row) => rate(row.traced?.rps ?? rps(row)) },
        {
          title: 'Errors',
          isNumber: true,
          cell: (row) => percent(row.traced?.errorShare ?? errorShare(row)),
        },
        { title: 'Itself', isNumber: true, cell: ({ traced }) => ms(traced?.selfMs) },
        { title: 'p50', isNumber: true, cell: ({ traced }) => ms(traced?.p50Ms) },
        { title: 'p99', isNumber: true, cell: (row) => ms(row.traced?.p99Ms ?? p99Ms(row)) },
      ]}
    />
  );
}

function OverTime({
  cluster,
  service,
}: {
  readonly cluster: ClusterHistory;
  readonly service: ServiceView | undefined;
}) {
  const all = history.value;
  const at = useMemo(() => all.at.map((time) => time / 1000), [all]);
  const rows = rowsOf({ service, cluster });
  const series = (name: 'rps' | 'weight' | 'inFlight' | 'cpu' | 'memory' | 'p99Ms') =>
    rows.flatMap((row) =>
      row.reported === undefined ? [] : { label: nameOf(row), values: row.reported[name] },
    );
  return (
    <div class="columns">
      <Chart title="Weights" at={at} format={percent} series={series('weight')} />
      <Chart title="Requests" at={at} format={rate} series={series('rps')} />
      <Chart title="p99" at={at} format={ms} series={series('p99Ms')} />
      <Chart title="In flight" at={at} format={count} series={series('inFlight')} />
      <Chart title="CPU" at={at} format={percent} series={series('cpu')} />
      <Chart title="Memory" at={at} format={percent} series={series('memory')} />
    </div>
  );
}

function Rest({ service }: { readonly service: ServiceView }) {
  const calls = (title: string, other: 'from' | 'to', rows: readonly CallEdge[], empty: string) => (
    <Table<CallEdge>
      caption={title}
      rows={rows}
      keyOf={(edge) => edge[other]}
      empty={empty}
      columns={[
        { title: 'Service', cell: (edge) => <a href={hashOf('service', edge[other])}>{edge[other]}</a> },
        { title: 'Requests', isNumber: true, cell: ({ rps }) => rate(rps) },
        { title: 'Errors', isNumber: true, cell: ({ errorShare }) => percent(errorShare) },
        { title: 'p99', isNumber: true, cell: ({ p99Ms }) => ms(p99Ms) },
        { title: 'Trace', cell: ({ exemplars }) => <TraceLinks exemplar={exemplars[0]} /> },
      ]}
    />
  );
  return (
    <>
      <div class="columns">
        {calls('Callers', 'from', service.callers, 'Nobody that is traced: requests come from outside.')}
        {calls('Callees', 'to', service.callees, 'It calls nobody.')}
      </div>
      <div class="columns">
        <Table<PathFigures>
          caption="Paths"
          rows={service.paths}
          keyOf={({ method, path }) => `${method} ${path}`}
          empty="No path was traced."
          columns={[
            { title: 'Path', cell: ({ method, path }) => `${method} ${path}` },
            { title: 'Requests', isNumber: true, cell: ({ rps }) => rate(rps) },
            { title: 'Errors', isNumber: true, cell: ({ errorShare }) => percent(errorShare) },
            { title: 'p99', isNumber: true, cell: ({ p99Ms }) => ms(p99Ms) },
          ]}
        />
        <Panel title="Hours of the day (UTC), last week">
          {service.hours.length === 0 ? <Empty title="Nothing yet" /> : <Hours hours={service.hours} />}
        </Panel>
      </div>
    </>
  );
}
