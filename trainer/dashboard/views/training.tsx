// How learning goes: a round of fine-tuning after the other.
import { useState } from 'preact/hooks';
import type { TrainingPoint, TrainingRound, TrainingView } from '../../learning/training-view.js';
import { useFetched } from '../data/fetched.js';
import { Heading } from '../parts/bits.js';
import { Chart } from '../parts/chart.js';
import { Empty, Loading, ProblemNote } from '../parts/notice.js';
import { count, dateAndClock, number, rate, short } from '../text/format.js';

export function Training() {
  const { value, problem } = useFetched<TrainingView>('/v1/training', 3000);
  const [chosen, choose] = useState<number>();
  if (value === undefined)
    return (
      <>
        <Heading>Training</Heading>
        {problem === undefined ? <Loading what="training" /> : <ProblemNote problem={problem} />}
      </>
    );
  const round = value.rounds.find((one) => one.round === chosen) ?? value.rounds.at(-1);
  const picker = (
    <label>
      Round
      <select value={round?.round} onChange={({ currentTarget }) => choose(Number(currentTarget.value))}>
        {[...value.rounds].reverse().map((one) => (
          <option key={one.round} value={one.round}>
            {one.round}, {one.state}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <Heading aside={round === undefined ? null : picker}>Training</Heading>
      {round === undefined ? (
        <Empty title={value.enabled ? 'No round yet' : 'Learning is switched off'}>
          {value.enabled
            ? 'The first round begins when the twin of the mesh is calibrated, which takes a few minutes of traffic.'
            : 'Set `learning.enabled` in the configuration of `weir serve` to learn from the mesh.'}
        </Empty>
      ) : (
        <Curves round={round} />
      )}
    </>
  );
}

function Curves({ round }: { readonly round: TrainingRound }) {
  const { points, parent, model, state, begunAt } = round;
  const at = points.map(({ seconds }) => seconds);
  const chart = (
    title: string,
    name: keyof TrainingPoint,
    format: (value: number | null | undefined) => string,
  ) => (
    <Chart
      title={title}
      at={at}
      isElapsed
      format={format}
      series={[{ label: title, values: points.map((point) => point[name]) }]}
    />
  );
  return (
    <>
      <p>
        <span class="tag">{state}</span> begun {dateAndClock(begunAt)} from {short(parent)}
        {model === null ? '' : `, became ${short(model)}`}, {count(points.at(-1)?.decisions ?? 0)} decisions
        so far
      </p>
      <div class="columns">
        {chart('Reward', 'reward', number)}
        {chart('Entropy', 'entropy', number)}
        {chart('Policy loss', 'policyLoss', number)}
        {chart('Value loss', 'valueLoss', number)}
        {chart('Decisions', 'decisionsPerSecond', rate)}
      </div>
    </>
  );
}
