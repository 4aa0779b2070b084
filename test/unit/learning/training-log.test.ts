import { describe, expect, it } from 'vitest';
import { MAX_POINTS, MAX_ROUNDS, TrainingLog } from '../../../trainer/learning/training-log.js';

const metrics = { policyLoss: 0, valueLoss: 0, entropy: 0, return: 0, temperature: 1 };

describe('TrainingLog', () => {
  it('keeps the last rounds, and numbers them on', () => {
    const log = new TrainingLog();
    for (let i = 1; i <= MAX_ROUNDS + 3; i++) log.begin(`m${i}`, 0);
    const rounds = log.rounds();
    expect(rounds).toHaveLength(MAX_ROUNDS);
    expect([rounds[0], rounds.at(-1)]).toMatchObject([
      { round: 4, parent: 'm4' },
      { round: MAX_ROUNDS + 3, parent: `m${MAX_ROUNDS + 3}` },
    ]);
  });

  it.each([1, 499, 500, 501, 1000, 12_345])('has even points of a round of %i, the newest last', (count) => {
    const log = new TrainingLog();
    const round = log.begin('m', 0);
    for (let i = 1; i <= count; i++) round.add({ elapsedMs: i * 1000, decisions: i, metrics });
    const seconds = log.rounds()[0]!.points.map((point) => point.seconds);
    expect(seconds.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(seconds.length).toBeGreaterThanOrEqual(Math.min(count, MAX_POINTS / 2));
    expect(seconds[0]).toBe(1);
    expect(seconds.at(-1)).toBe(count);
    const gaps = new Set(seconds.slice(1, -1).map((value, i) => value - seconds[i]!));
    expect(gaps.size).toBeLessThanOrEqual(1);
  });

  it('says what a round ended with', () => {
    const log = new TrainingLog();
    const round = log.begin('m', 0);
    round.model = 'n';
    round.state = 'proposed';
    expect(log.rounds()).toMatchObject([{ parent: 'm', model: 'n', state: 'proposed' }]);
  });

  it('has no number where a training diverged', () => {
    const log = new TrainingLog();
    log.begin('m', 0).add({ elapsedMs: 0, decisions: 0, metrics: { ...metrics, policyLoss: NaN } });
    expect(log.rounds()[0]!.points).toMatchObject([{ policyLoss: null, reward: 0, decisionsPerSecond: 0 }]);
  });
});
