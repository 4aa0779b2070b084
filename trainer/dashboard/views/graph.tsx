// Who calls whom: drawn, and as tables with the same figures.
import type { CallEdge, GraphView, ServiceNode } from '../../telemetry/graph/graph-view.js';
import { useFetched } from '../data/fetched.js';
import { liveGraph } from '../data/live.js';
import { GraphCanvas } from '../parts/graph-canvas.js';
import { Heading, Health, Panel, Share, TraceLinks, WindowPicker, windowOf } from '../parts/bits.js';
import { Loading, NoTraces, ProblemNote } from '../parts/notice.js';
import { Table } from '../parts/table.js';
import { route } from '../router.js';
import { ms, percent, rate } from '../text/format.js';
import { slowServices } from '../text/health.js';
import { hashOf } from '../text/route.js';

export function GraphPage() {
  const window = windowOf(route.value);
  // The last minute comes with the stream.
  const isLive = window === '1m' && liveGraph.value !== undefined;
  const fetched = useFetched<GraphView>(isLive ? undefined : `/v1/graph?window=${window}`, 5000);
  const graph = isLive ? liveGraph.value : fetched.value;
  return (
    <>
      <Heading aside={<WindowPicker />}>Service graph</Heading>
      {graph === undefined ? (
        fetched.problem === undefined ? (
          <Loading what="the graph" />
        ) : (
          <ProblemNote problem={fetched.problem} />
        )
      ) : graph.services.length === 0 ? (
        <NoTraces title={`No calls were traced in the last ${window}`} />
      ) : (
        <Shown graph={graph} />
      )}
    </>
  );
}

function Shown({ graph }: { readonly graph: GraphView }) {
  const window = graph.window === '1m' ? undefined : graph.window;
  const slow = slowServices(graph);
  return (
    <>
      <GraphCanvas graph={graph} />
      {graph.sampledShare < 1 ? (
        <p class="quiet">
          {percent(graph.sampledShare)} of the requests are traced; figures are of all of them.
        </p>
      ) : null}
      <Findings graph={graph} />
      <Table<ServiceNode>
        caption="Services"
        rows={graph.services}
        keyOf={({ name }) => name}
        empty="None"
        columns={[
          { title: 'Service', cell: ({ name }) => <a href={hashOf('service', name, { window })}>{name}</a> },
          {
            title: 'State',
            cell: ({ name, errorShare }) => <Health errorShare={errorShare} isSlow={slow.has(name)} />,
          },
          { title: 'Requests', isNumber: true, cell: ({ rps }) => rate(rps) },
          { title: 'Errors', isNumber: true, cell: ({ errorShare }) => percent(errorShare) },
          { title: 'p50', isNumber: true, cell: ({ p50Ms }) => ms(p50Ms) },
          { title: 'p99', isNumber: true, cell: ({ p99Ms }) => ms(p99Ms) },
          { title: 'Itself', isNumber: true, cell: ({ selfMs }) => ms(selfMs) },
          { title: 'Waits', isNumber: true, cell: ({ waitingMs }) => ms(waitingMs) },
          {
            title: 'Critical path',
            cell: ({ criticalShare }) => <Share value={criticalShare}>{percent(criticalShare)}</Share>,
          },
        ]}
      />
      <Table<CallEdge>
        caption="Calls"
        rows={graph.edges}
        keyOf={({ from, to }) => `${from} ${to}`}
        empty="None"
        columns={[
          {
            title: 'Call',
            cell: ({ from, to }) => (
              <>
                <a href={hashOf('service', from, { window })}>{from}</a> →{' '}
                <a href={hashOf('service', to, { window })}>{to}</a>
              </>
            ),
          },
          { title: 'Requests', isNumber: true, cell: ({ rps }) => rate(rps) },
          { title: 'Errors', isNumber: true, cell: ({ errorShare }) => percent(errorShare) },
          { title: 'p50', isNumber: true, cell: ({ p50Ms }) => ms(p50Ms) },
          { title: 'p99', isNumber: true, cell: ({ p99Ms }) => ms(p99Ms) },
          { title: 'Between', isNumber: true, cell: ({ betweenShare }) => percent(betweenShare) },
          { title: 'Trace', cell: ({ exemplars }) => <TraceLinks exemplar={exemplars[0]} /> },
        ]}
      />
    </>
  );
}

function Findings({ graph }: { readonly graph: GraphView }) {
  return (
    <div class="columns">
      <Panel title="Bottlenecks">
        {graph.bottlenecks.length === 0 ? <p class="quiet">No finished trace to judge by yet.</p> : null}
        <ol class="findings">
          {graph.bottlenecks.map(({ service, endpoint, share, reason, exemplar }) => (
            <li key={`${service} ${endpoint ?? ''}`}>
              <Share value={share}>{percent(share)}</Share>
              <span>
                {endpoint === undefined ? null : <span class="tag warn">slow endpoint</span>} {reason}{' '}
                <a href={hashOf('service', service)}>{service}</a> <TraceLinks exemplar={exemplar} />
              </span>
            </li>
          ))}
        </ol>
      </Panel>
      <Panel title="Where failures begin">
        {graph.errors.length === 0 ? <p class="quiet">No failure in this time.</p> : null}
        <ol class="findings">
          {graph.errors.map(({ service, endpoint, code, errorShare, reason, exemplar }) => (
            <li key={`${service} ${endpoint ?? ''} ${code}`}>
              <Share value={errorShare}>{percent(errorShare)}</Share>
              <span>
                <span class="tag bad">{code}</span> {reason}{' '}
                <a href={hashOf('service', service)}>{service}</a> <TraceLinks exemplar={exemplar} />
              </span>
            </li>
          ))}
        </ol>
      </Panel>
    </div>
  );
}
