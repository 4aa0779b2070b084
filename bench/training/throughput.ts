// Decisions learned from a second, with one worker and with two, in interleaved rounds.
import { DEFAULTS } from '../../trainer/algorithms/defaults.js';
import { train } from '../../trainer/learning/training.js';

/** The first moments load TensorFlow.js and fill the meshes. */
const WARMUP_MS = 8000;

export async function throughput(rounds: number, seconds: number): Promise<Record<1 | 2, number[]>> {
  const samples: Record<1 | 2, number[]> = { 1: [], 2: [] };
  for (let round = 0; round < rounds; round++)
    for (const workers of [1, 2] as const) samples[workers].push(await rate(workers, seconds, round));
  return samples;
}

async function rate(workers: number, seconds: number, round: number): Promise<number> {
  let warm: { readonly decisions: number; readonly elapsedMs: number } | undefined;
  const { decisions, elapsedMs } = await train({
    algorithm: 'a3c',
    hyperparameters: DEFAULTS,
    seed: round + 1,
    workers,
    minutes: (WARMUP_MS + seconds * 1000) / 60_000,
    updates: Infinity,
    scenarios: [],
    signal: new AbortController().signal,
    onReport: () => undefined,
    onMoment: (moment) => {
      if (!warm && moment.elapsedMs >= WARMUP_MS) warm = moment;
    },
  });
  const from = warm ?? { decisions: 0, elapsedMs: 0 };
  return ((decisions - from.decisions) * 1000) / (elapsedMs - from.elapsedMs);
}
