import { describe, expect, it, onTestFinished } from 'vitest';
import { TrainingLog } from '../../../trainer/learning/training-log.js';
import { trainingView } from '../../../trainer/server/history-schemas.js';
import type { Services } from '../../../trainer/server/services.js';
import { trainingService } from '../../../trainer/service/model-services.js';
import { problemOf, testServer } from './client.js';

async function get(services: Services): Promise<Response> {
  const server = await testServer({ services });
  onTestFinished(() => server.close(0));
  return fetch(server.url('/v1/training'));
}

describe('GET /v1/training', () => {
  it('has each round with its points, as the document says', async () => {
    const log = new TrainingLog();
    const round = log.begin('parent-id', Date.UTC(2026, 0, 2));
    const metrics = { policyLoss: 0.1, valueLoss: 0.2, entropy: 1.5, return: -3, temperature: 1 };
    round.add({ elapsedMs: 2000, decisions: 500, metrics });
    const response = await get({ training: trainingService(log, true) });
    expect(trainingView.strict().parse(await response.json())).toEqual({
      enabled: true,
      rounds: [
        {
          round: 1,
          begunAt: '2026-01-02T00:00:00.000Z',
          state: 'learning',
          parent: 'parent-id',
          model: null,
          points: [
            {
              seconds: 2,
              decisions: 500,
              decisionsPerSecond: 250,
              reward: -3,
              entropy: 1.5,
              policyLoss: 0.1,
              valueLoss: 0.2,
            },
          ],
        },
      ],
    });
  });

  it('says whether this trainer learns where no round was yet', async () => {
    const response = await get({ training: trainingService(new TrainingLog(), false) });
    expect(await response.json()).toEqual({ enabled: false, rounds: [] });
  });

  it('is absent from a trainer that cannot learn', async () => {
    const problem = await problemOf(await get({}));
    expect(problem).toMatchObject({ status: 404 });
    expect(problem.detail).toContain('runs without learning');
  });
});
