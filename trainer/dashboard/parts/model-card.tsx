// What a model is, how it was judged, and what became of it.
import { useFetched } from '../data/fetched.js';
import { dateAndClock, ms, number, short } from '../text/format.js';
import type { ModelRecord } from '../views/models.js';
import { Panel } from './bits.js';
import { Loading, ProblemNote } from './notice.js';
import { Table } from './table.js';

interface Row {
  readonly scenario: string;
  readonly policy: string;
  readonly seed: number;
  readonly meanMs: number;
  readonly p99Ms: number;
}

interface Shown {
  readonly record: ModelRecord;
  readonly card: {
    readonly algorithm?: string;
    readonly parent?: string | null;
    readonly created?: string;
    readonly size?: number;
    readonly evaluation?: readonly Row[];
  };
}

export function ModelCard({ id }: { readonly id: string }) {
  const { value, problem } = useFetched<Shown>(`/v1/models/${id}`, 10_000);
  if (value === undefined)
    return problem === undefined ? <Loading what="the model" /> : <ProblemNote problem={problem} />;
  const { record, card } = value;
  const facts: [string, string | undefined][] = [
    ['Algorithm', card.algorithm],
    ['Parent', card.parent ? short(card.parent) : 'none'],
    ['Trained', card.created === undefined ? undefined : dateAndClock(card.created)],
    ['Size', card.size === undefined ? undefined : `${card.size} bytes`],
    ...figuresOf(record.evaluation),
  ];
  return (
    <Panel title={`Model ${short(id)}`}>
      <dl class="figures">
        {facts.map(([title, text]) =>
          text === undefined ? null : (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{text}</dd>
            </div>
          ),
        )}
      </dl>
      <Table
        caption="Its rollout"
        rows={record.stages ?? []}
        keyOf={({ at, stage }) => `${at} ${stage}`}
        empty="It came with the package, or waits for its turn."
        columns={[
          { title: 'At', cell: ({ at }) => dateAndClock(at) },
          { title: 'Stage', cell: ({ stage }) => <span class="tag">{stage}</span> },
          { title: 'Why', cell: ({ reason }) => reason },
        ]}
      />
      <Table<Row>
        caption="Evaluation on the validation scenarios"
        rows={card.evaluation ?? []}
        keyOf={({ scenario, policy, seed }) => `${scenario} ${policy} ${seed}`}
        empty="The card has no evaluation."
        columns={[
          { title: 'Scenario', cell: ({ scenario }) => scenario },
          { title: 'Policy', cell: ({ policy }) => policy },
          { title: 'Mean', isNumber: true, cell: ({ meanMs }) => ms(meanMs) },
          { title: 'p99', isNumber: true, cell: ({ p99Ms }) => ms(p99Ms) },
        ]}
      />
    </Panel>
  );
}

/** The gate's numbers, whatever they are: those of one value. */
function figuresOf(evaluation: unknown): [string, string][] {
  if (typeof evaluation !== 'object' || evaluation === null) return [];
  return Object.entries(evaluation).flatMap(([key, value]): [string, string][] => {
    if (typeof value === 'number') return [[`Gate: ${key}`, number(value)]];
    return typeof value === 'string' || typeof value === 'boolean' ? [[`Gate: ${key}`, String(value)]] : [];
  });
}
