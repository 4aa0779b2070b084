// GET /v1/history, GET /v1/training: the last minutes of the fleet and the last rounds of learning, for charts.
import { z } from 'zod';
import { HISTORY_SECONDS } from '../telemetry/history/history.js';
import { historyView, trainingView } from './history-schemas.js';
import type { Route } from './route.js';
import { json } from './schemas.js';
import type { HistoryService, TrainingService } from './services.js';
import { validate } from './validate.js';

const DEFAULT_SECONDS = 300;

const historyQuery = z.object({
  seconds: z.coerce
    .number()
    .pipe(z.int().min(1).max(HISTORY_SECONDS))
    .default(DEFAULT_SECONDS)
    .meta({ description: 'How far back' }),
});

export function historyRoutes(history: HistoryService): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/history',
      kind: 'read',
      operation: {
        operationId: 'getHistory',
        summary: 'The last minutes of clusters and endpoints, second by second',
        requestParams: { query: historyQuery },
        responses: { 200: { description: 'The history', content: json(historyView) } },
      },
      handlers: [
        (request, response) => {
          const { seconds } = validate(historyQuery, request.query, 'a question for the history');
          response.set('cache-control', 'no-store').json(history.view(seconds));
        },
      ],
    },
  ];
}

export function trainingRoutes(training: TrainingService): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/training',
      kind: 'read',
      operation: {
        operationId: 'getTraining',
        summary: 'Rounds of learning, and how each went',
        responses: { 200: { description: 'The last rounds', content: json(trainingView) } },
      },
      handlers: [
        (_request, response) => {
          response.set('cache-control', 'no-store').json(training.view());
        },
      ],
    },
  ];
}
