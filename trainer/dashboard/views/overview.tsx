// How the mesh is, at a glance.
import { useMemo, useState } from 'preact/hooks';
import { events, history, isFilled, liveGraph } from '../data/live.js';
import { latest, total } from '../data/history.js';
import { useFetched } from '../data/fetched.js';
import { Heading, Panel, Share, TraceLinks } from '../parts/bits.js';
import { Chart } from '../parts/chart.js';
import { EventList } from '../parts/event-list.js';
import { Empty, NoTraces } from '../parts/notice.js';
import { Spark } from '../parts/spark.js';
import { ms, percent, rate, short } from '../text/format.js';
import { hashOf } from '../text/route.js';
import { entryOf, isOf, serviceOf } from '../text/service.js';

const SHOWN_EVENTS = 6;

export function Overview() {
  const [chosen, setCluster] = useState<string>();
  const all = history.value;
  // What comes in is what users see; until that is known, all clusters as one.
  const entry = useMemo(() => entryOf(liveGraph.value?.edges ?? []), [liveGraph.value]);
  const cluster =
    chosen ?? all.clusters.find(({ name }) => entry !== undefined && isOf(name, entry))?.name ?? '';
  const shown = useMemo(
    () => all.clusters.find(({ name }) => name === cluster) ?? total(all),
    [all, cluster],
  );
  const at = useMemo(() => all.at.map((time) => time / 1000), [all]);
  const picker = (
    <label>
      Cluster
      <select value={cluster} onChange={({ currentTarget }) => setCluster(currentTarget.value)}>
        <option value="">all</option>
        {all.clusters.map(({ name }) => (
          <option key={name} value={name}>
            {serviceOf(name)}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <Heading aside={picker}>Overview</Heading>
      {isFilled.value && all.clusters.length === 0 ? (
        <Empty title="No sidecar reports yet">
          Sidecars with the filter post to /v1/reports every second. Start a mesh with `weir up`, or point the
          filter’s `report.cluster` at this trainer (docs/contracts.md).
        </Empty>
      ) : null}
      <div class="tiles">
        <Tile title="Requests" value={rate(latest(shown.rps))} values={shown.rps} />
        <Tile title="p50" value={ms(latest(shown.p50Ms))} values={shown.p50Ms} />
        <Tile title="p99" value={ms(latest(shown.p99Ms))} values={shown.p99Ms} />
        <Tile title="Errors" value={percent(latest(shown.errorShare))} values={shown.errorShare} />
        <Tile
          title="Steered by weir"
          value={percent(latest(shown.steeredShare))}
          values={shown.steeredShare}
        />
      </div>
      <div class="columns">
        <Chart
          title="Latency"
          at={at}
          format={ms}
          series={[
            { label: 'p50', values: shown.p50Ms },
            { label: 'p99', values: shown.p99Ms, colour: '--series-2' },
          ]}
        />
        <Chart
          title="Who decides"
          at={at}
          format={percent}
          series={[
            { label: 'weir', values: shown.steeredShare },
            { label: 'Envoy’s fallback', values: shown.fallbackShare, colour: '--series-4' },
          ]}
        />
        <Chart title="Requests" at={at} format={rate} series={[{ label: 'requests', values: shown.rps }]} />
        <Chart
          title="Errors"
          at={at}
          format={percent}
          least={0.05}
          series={[{ label: 'share', values: shown.errorShare, colour: '--bad' }]}
        />
      </div>
      <div class="columns">
        <Worst />
        <Rollout />
      </div>
      <Panel title="Latest events">
        <EventList events={events.value.slice(0, SHOWN_EVENTS)} />
      </Panel>
    </>
  );
}

interface TileProps {
  readonly title: string;
  readonly value: string;
  readonly values: readonly (number | null)[];
}

function Tile({ title, value, values }: TileProps) {
  return (
    <div class="tile">
      <span class="title">{title}</span>
      <strong>{value}</strong>
      <Spark values={values} />
    </div>
  );
}

function Worst() {
  const graph = liveGraph.value;
  const [bottleneck] = graph?.bottlenecks ?? [];
  const [error] = graph?.errors ?? [];
  return (
    <Panel title="Where it hurts">
      {graph === undefined || graph.services.length === 0 ? <NoTraces title="No traces yet" /> : null}
      {bottleneck === undefined ? null : (
        <p class="finding">
          <span class="tag warn">bottleneck</span> {bottleneck.reason}{' '}
          <a href={hashOf('service', bottleneck.service)}>{bottleneck.service}</a>{' '}
          <TraceLinks exemplar={bottleneck.exemplar} />
        </p>
      )}
      {graph !== undefined && graph.services.length > 0 && error === undefined ? (
        <p class="finding">
          <span class="tag good">errors</span> None in the last minute.
        </p>
      ) : null}
      {error === undefined ? null : (
        <p class="finding">
          <span class="tag bad">errors</span> {error.reason}{' '}
          <a href={hashOf('service', error.service)}>{error.service}</a>{' '}
          <TraceLinks exemplar={error.exemplar} />
        </p>
      )}
    </Panel>
  );
}

interface RolloutNow {
  readonly stage: string;
  readonly note?: string;
  readonly current?: string;
  readonly candidate?: string | null;
  readonly share?: number;
}

function Rollout() {
  const { value, problem } = useFetched<RolloutNow>('/v1/rollout', 3000);
  return (
    <Panel title="Model">
      {value === undefined ? (
        <p class="quiet">{problem?.message ?? 'Loading …'}</p>
      ) : (
        <>
          <p class="finding">
            <span class="tag">{value.stage}</span> {value.note}
          </p>
          <p>
            Current <a href={hashOf('models')}>{short(value.current ?? '')}</a>
            {value.candidate ? (
              <>
                , candidate {short(value.candidate)} on{' '}
                <Share value={value.share ?? 0}>{percent(value.share)}</Share>
              </>
            ) : null}
          </p>
        </>
      )}
    </Panel>
  );
}
