// Models: which serves, which is tried, why, and the ways to intervene.
import { useState } from 'preact/hooks';
import { useFetched } from '../data/fetched.js';
import { Heading, Panel, Share } from '../parts/bits.js';
import { ChangeDialog, outcome, type Change } from '../parts/dialog.js';
import { ModelCard } from '../parts/model-card.js';
import { Loading, ProblemNote } from '../parts/notice.js';
import { Table } from '../parts/table.js';
import { route } from '../router.js';
import { dateAndClock, number, percent, short } from '../text/format.js';
import { hashOf } from '../text/route.js';

export interface ModelRecord {
  readonly id: string;
  readonly status: string;
  readonly pinned: boolean;
  readonly createdAt: string;
  readonly createdBy?: string;
  readonly source?: string;
  readonly parent?: string | null;
  readonly evaluation?: unknown;
  readonly stages?: readonly { readonly stage: string; readonly at: string; readonly reason: string }[];
}

interface RolloutNow {
  readonly stage: string;
  readonly note: string;
  readonly current: string;
  readonly previous: string | null;
  readonly candidate: string | null;
  readonly share: number;
  readonly figures: Readonly<Record<string, unknown>> | null;
}

export function Models() {
  const list = useFetched<{ models: readonly ModelRecord[] }>('/v1/models', 3000);
  const rollout = useFetched<RolloutNow>('/v1/rollout', 2000);
  const [change, setChange] = useState<Change>();
  const { name } = route.value;
  const close = (changed: boolean) => {
    setChange(undefined);
    if (!changed) return;
    list.refresh();
    rollout.refresh();
  };
  return (
    <>
      <Heading>Models</Heading>
      {outcome.value === '' ? null : <p class="notice done">{outcome.value}</p>}
      {list.value === undefined && list.problem === undefined ? <Loading what="models" /> : null}
      {list.problem === undefined ? null : <ProblemNote problem={list.problem} />}
      {rollout.value === undefined ? null : <Rollout rollout={rollout.value} onChange={setChange} />}
      {list.value === undefined ? null : <ModelTable models={list.value.models} onChange={setChange} />}
      {name === '' ? null : <ModelCard id={name} />}
      {change === undefined ? null : <ChangeDialog change={change} onClose={close} />}
    </>
  );
}

interface Asking {
  readonly onChange: (change: Change) => void;
}

function Rollout({ rollout, onChange }: Asking & { readonly rollout: RolloutNow }) {
  const { stage, note, current, previous, candidate, share, figures } = rollout;
  const back = candidate ?? previous;
  return (
    <Panel title="Rollout">
      <p class="finding">
        <span class="tag">{stage}</span> {note}
      </p>
      <p>
        Current {short(current)}
        {candidate === null ? null : (
          <>
            , candidate {short(candidate)} on <Share value={share}>{percent(share)}</Share> of the requests
          </>
        )}
      </p>
      {figures === null ? null : (
        <dl class="figures">
          {Object.entries(figures).map(([title, value]) =>
            typeof value !== 'number' && typeof value !== 'string' ? null : (
              <div key={title}>
                <dt>{title}</dt>
                <dd>{typeof value === 'number' ? number(value) : value}</dd>
              </div>
            ),
          )}
        </dl>
      )}
      <p class="actions">
        {candidate === null ? null : (
          <>
            <button type="button" onClick={() => onChange(promotionOf(candidate))}>
              Promote {short(candidate)}
            </button>
            <button type="button" onClick={() => onChange(ABORT)}>
              Abort the rollout
            </button>
          </>
        )}
        <button
          type="button"
          class="danger"
          disabled={back === null}
          onClick={() => onChange(rollbackOf(candidate, previous))}
        >
          Roll back
        </button>
        {back === null ? <span class="quiet">There is no model before this one.</span> : null}
      </p>
    </Panel>
  );
}

const promotionOf = (id: string): Change => ({
  title: `Promote ${short(id)}?`,
  consequence: 'It serves all requests at once. The trainer refuses where it is measurably worse.',
  button: 'Promote',
  path: `/v1/models/${id}/promote`,
  done: `${short(id)} was promoted.`,
});

const ABORT: Change = {
  title: 'Abort the rollout?',
  consequence: 'The candidate gets no more requests; the current model stays.',
  button: 'Abort',
  path: '/v1/rollout/abort',
  done: 'The rollout was aborted.',
};

const rollbackOf = (candidate: string | null, previous: string | null): Change => ({
  title: 'Roll back?',
  consequence:
    candidate === null
      ? `${short(previous ?? '')}, which served before, serves all requests again.`
      : `The candidate ${short(candidate)} is taken out of traffic; the current model stays.`,
  button: 'Roll back',
  path: '/v1/rollback',
  done:
    candidate === null ? `Rolled back to ${short(previous ?? '')}.` : `${short(candidate)} was rolled back.`,
});

function ModelTable({ models, onChange }: Asking & { readonly models: readonly ModelRecord[] }) {
  const pin = ({ id, pinned }: ModelRecord): Change => ({
    title: pinned ? `Unpin ${short(id)}?` : `Pin ${short(id)}?`,
    consequence: pinned ? 'It may be deleted when it is old.' : 'It is kept however old it becomes.',
    button: pinned ? 'Unpin' : 'Pin',
    path: `/v1/models/${id}/pin`,
    body: { pinned: !pinned },
    done: pinned ? `${short(id)} is pinned no more.` : `${short(id)} is pinned.`,
  });
  return (
    <Table<ModelRecord>
      caption="All models"
      rows={models}
      keyOf={({ id }) => id}
      empty="None"
      columns={[
        { title: 'Model', cell: ({ id }) => <a href={hashOf('models', id)}>{short(id)}</a> },
        {
          title: 'State',
          cell: ({ status }) => <span class={`tag ${status === 'current' ? 'good' : ''}`}>{status}</span>,
        },
        { title: 'Created', cell: ({ createdAt }) => dateAndClock(createdAt) },
        { title: 'By', cell: ({ createdBy = '' }) => createdBy },
        { title: 'How', cell: ({ source = '' }) => source },
        { title: 'Last step', cell: ({ stages = [] }) => stages.at(-1)?.reason ?? '' },
        {
          title: 'Kept',
          cell: (model) => (
            <button type="button" onClick={() => onChange(pin(model))}>
              {model.pinned ? 'Unpin' : 'Pin'}
              <span class="hidden"> {short(model.id)}</span>
            </button>
          ),
        },
      ]}
    />
  );
}
