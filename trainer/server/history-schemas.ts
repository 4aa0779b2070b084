// History, live samples and training as the OpenAPI document shows them; the types are those of
// telemetry/history/history-view.ts and learning/training-view.ts.
import { z } from 'zod';
import 'zod-openapi';

const figure = z.number().nullable();
const column = z.array(figure);
const share = z.number().min(0).max(1).nullable();

const clusterFigures = ['rps', 'errorShare', 'p50Ms', 'p99Ms', 'inFlight'] as const;
const clusterShares = ['steeredShare', 'fallbackShare'] as const;
const endpointFigures = ['weight', 'rps', 'errorShare', 'p99Ms', 'inFlight', 'cpu', 'memory'] as const;

function fields<K extends string, V>(names: readonly K[], value: V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, value])) as Record<K, V>;
}

const endpointHistory = z.object({ address: z.string(), ...fields(endpointFigures, column) });
export const historyView = z
  .object({
    at: z.array(z.number()).meta({ description: 'Unix time in ms of each sample' }),
    everyMs: z.int().meta({ description: 'More than 1000 where all samples were too much for one answer' }),
    clusters: z.array(
      z.object({
        name: z.string(),
        ...fields(clusterFigures, column),
        ...fields(clusterShares, z.array(share)),
        endpoints: z.array(endpointHistory),
      }),
    ),
  })
  .meta({
    id: 'History',
    description: 'Columns: the nth of each belongs to the nth of `at`; null = unknown',
  });

export const liveSample = z
  .object({
    at: z.number().meta({ description: 'Unix time in ms' }),
    clusters: z.array(
      z.object({
        name: z.string(),
        ...fields(clusterFigures, figure),
        ...fields(clusterShares, share),
        endpoints: z.array(z.object({ address: z.string(), ...fields(endpointFigures, figure) })),
      }),
    ),
  })
  .meta({ id: 'LiveSample', description: 'The newest of each column of the history' });

export const trainingView = z
  .object({
    enabled: z.boolean().meta({ description: 'Whether this trainer goes on learning' }),
    rounds: z.array(
      z.object({
        round: z.int().min(1),
        begunAt: z.iso.datetime(),
        state: z.enum(['learning', 'proposed', 'aborted', 'failed']),
        parent: z.string(),
        model: z.string().nullable(),
        points: z.array(
          z.object({
            seconds: z.number(),
            decisions: z.number(),
            decisionsPerSecond: z.number(),
            ...fields(['reward', 'entropy', 'policyLoss', 'valueLoss'], figure),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'Training', description: 'Rounds of fine-tuning, the latest last' });
