import { describe, expect, it } from 'vitest';
import { HarmEvidence } from '../../../trainer/rollout/e-process.js';
import { MeanDifference } from '../../../trainer/rollout/mean-sequence.js';
import { ROLLOUT_DEFAULTS } from '../../../trainer/rollout/options.js';
import {
  SequentialTest,
  alphaOf,
  baselineOf,
  type TestFigures,
} from '../../../trainer/rollout/sequential-test.js';
import { LatencySketch } from '../../../trainer/telemetry/sketch.js';
import { random, tail, times, traffic, type Behaviour } from './traffic.js';

const { alpha, shares } = ROLLOUT_DEFAULTS;
const STRATUM = 60;

function baseline(seed: number) {
  const sketch = new LatencySketch();
  const before = traffic(seed + 1e6, { requests: STRATUM, share: 0 });
  for (let i = 0; i < 50; i++) sketch.add(before.next().value.current.latency);
  return baselineOf(sketch);
}

interface Trial {
  readonly seed: number;
  readonly stage?: number;
  readonly candidate?: Behaviour;
  /** Strata at most. */
  readonly most?: number;
  readonly hasBaseline?: boolean;
}

/** Looks after every stratum, until it is decided. */
function trial({ seed, stage = 0, candidate = {}, most = 2000, hasBaseline = true }: Trial): TestFigures {
  const options = { ...ROLLOUT_DEFAULTS, alpha: alphaOf(alpha, stage + 1) };
  const test = new SequentialTest(options, hasBaseline ? baseline(seed) : undefined);
  const strata = traffic(seed, { requests: STRATUM, share: shares[stage]!, candidate });
  for (let i = 0; i < most; i++) {
    test.add(strata.next().value);
    const figures = test.figures();
    if (figures.verdict !== 'undecided') return figures;
  }
  return test.figures();
}

const many = (trials: number, of: (seed: number) => TestFigures) =>
  Array.from({ length: trials }, (_, i) => of(i + 1));
/** Requests of the candidate until the decision, sorted. */
const needed = (all: readonly TestFigures[]) =>
  all.map(({ candidate }) => candidate.requests).sort((a, b) => a - b);

describe('the sequential test', () => {
  it('spends no more than alpha, however many stages and restarts', () => {
    const spent = Array.from({ length: 1000 }, (_, i) => alphaOf(alpha, i + 1));
    expect(spent.reduce((sum, part) => sum + part, 0)).toBeLessThanOrEqual(alpha);
  });

  it('takes back a model that makes no difference in no more than a share alpha of rollouts, all looks counted', () => {
    const ROLLOUTS = 100;
    const alarms = many(ROLLOUTS, (seed) => {
      const stages = shares.map((_, stage) => trial({ seed: seed * 10 + stage, stage, most: 80 }));
      return stages.find(({ verdict }) => verdict === 'worse') ?? stages[0]!;
    }).filter(({ verdict }) => verdict === 'worse');
    expect(alarms.length / ROLLOUTS).toBeLessThanOrEqual(alpha);
  });

  // Candidate's requests, at a share of 5%, in 30 trials: the most that any took, with some room.
  it.each<[string, Behaviour, number]>([
    ['twice the latency', { latency: times(2) }, 200],
    ['three times the latency', { latency: times(3) }, 100],
    ['a p99 twice as long, and the same median', { latency: tail(2) }, 800],
    ['a p99 three times as long, and the same median', { latency: tail(3) }, 400],
    ['5% failures', { errorRate: 0.05 }, 500],
    ['20% failures', { errorRate: 0.2 }, 100],
  ])('catches %s', (_, candidate, most) => {
    const all = many(30, (seed) => trial({ seed, candidate }));
    expect(all.map(({ verdict }) => verdict)).toEqual(all.map(() => 'worse'));
    expect(needed(all).at(-1)).toBeLessThan(most);
  });

  it.each([0, 1, 2])('catches in stage %i a p99 twice as long', (stage) => {
    const all = many(10, (seed) => trial({ seed, stage, candidate: { latency: tail(2) } }));
    expect(all.every(({ verdict }) => verdict === 'worse')).toBe(true);
  });

  it('finds a model safe that is as good or better', () => {
    for (const candidate of [{}, { latency: times(0.9) }]) {
      const all = many(20, (seed) => trial({ seed, candidate }));
      expect(all.filter(({ verdict }) => verdict === 'worse')).toHaveLength(0);
      expect(all.filter(({ verdict }) => verdict === 'safe').length).toBeGreaterThanOrEqual(18);
    }
  });

  it('finds no model safe on few requests', () => {
    const all = many(20, (seed) => trial({ seed, most: 50 }));
    expect(all.filter(({ verdict }) => verdict === 'safe')).toHaveLength(0);
  });

  it('calls a difference that is sure but does not matter no harm', () => {
    const all = many(3, (seed) => trial({ seed, stage: 2, candidate: { latency: times(1.01) } }));
    expect(all.map(({ verdict }) => verdict)).toEqual(['safe', 'safe', 'safe']);
  });

  it('makes itself a baseline where there is none', () => {
    const figures = trial({ seed: 1, candidate: { latency: times(3) }, hasBaseline: false });
    expect(figures.verdict).toBe('worse');
    expect(figures.worst).not.toBe('errors');
  });

  it('tells what it found worst, and how much', () => {
    const errors = trial({ seed: 1, candidate: { errorRate: 0.2 } });
    expect(errors.worst).toBe('errors');
    const slow = trial({ seed: 2, candidate: { latency: tail(2) } });
    expect(slow.meanRatio.low).toBeLessThan(1.2);
    expect(slow.meanRatio.high).toBeGreaterThan(1.2);
    expect(slow.slowRatio).toBeGreaterThan(1.5);
  });
});

describe('evidence of harm', () => {
  it('reaches 1/alpha under no difference with a probability of alpha at most, exactly, on the fewest requests', () => {
    // Two requests of a stratum, one of them bad, one the candidate's: nothing is further from any normal distribution.
    const STREAMS = 2000;
    const level = 0.1;
    const draw = random(7);
    let reached = 0;
    for (let stream = 0; stream < STREAMS; stream++) {
      const evidence = new HarmEvidence();
      let most = 0;
      for (let i = 0; i < 200 && most < -Math.log(level); i++) {
        evidence.add(0.5, [{ value: 1, both: 1, candidate: draw() < 0.5 ? 1 : 0 }]);
        most = Math.max(most, evidence.log);
      }
      if (most >= -Math.log(level)) reached++;
    }
    expect(reached / STREAMS).toBeLessThanOrEqual(level);
    // And is not so careful that it never does.
    expect(reached).toBeGreaterThan(0);
  });

  it('is nothing where one arm alone has requests', () => {
    const evidence = new HarmEvidence();
    evidence.add(0, [{ value: 1, both: 50, candidate: 0 }]);
    evidence.add(1, [{ value: 1, both: 50, candidate: 50 }]);
    expect(evidence.log).toBeCloseTo(0, 12);
  });
});

describe('the difference of means', () => {
  it('contains the truth at all times, as often as it says', () => {
    const TRIALS = 200;
    const level = 0.1;
    let missed = 0;
    for (let seed = 1; seed <= TRIALS; seed++) {
      const difference = new MeanDifference();
      const draw = random(seed);
      let isMissed = false;
      for (let stratum = 0; stratum < 150; stratum++) {
        const shift = 3 * draw();
        const bins = Array.from({ length: 40 }, () => {
          const own = draw() < 0.25 ? 1 : 0;
          return [shift + 4 * draw() + 0.5 * own, 1, own] as const;
        });
        difference.add(bins);
        const { low, high } = difference.at(level);
        isMissed ||= low > 0.5 || high < 0.5;
      }
      if (isMissed) missed++;
    }
    expect(missed / TRIALS).toBeLessThanOrEqual(level);
  });
});
