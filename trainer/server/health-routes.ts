// GET /healthz and /readyz: the process runs, and it takes requests.
import { z } from 'zod';
import { Problem } from './problem.js';
import type { Route } from './route.js';
import { json } from './schemas.js';

const ok = z.object({ status: z.literal('ok') });

export function healthRoutes(isReady: () => boolean): Route[] {
  const get = { method: 'get', kind: 'health' } as const;
  return [
    {
      ...get,
      path: '/healthz',
      operation: {
        operationId: 'isAlive',
        summary: 'The process runs',
        responses: { 200: { description: 'It does', content: json(ok) } },
      },
      handlers: [(_request, response) => void response.json({ status: 'ok' })],
    },
    {
      ...get,
      path: '/readyz',
      operation: {
        operationId: 'isReady',
        summary: 'The trainer takes requests; 503 while it shuts down',
        responses: { 200: { description: 'It does', content: json(ok) } },
      },
      handlers: [
        (_request, response) => {
          if (!isReady()) throw new Problem(503, 'the trainer is shutting down');
          response.json({ status: 'ok' });
        },
      ],
    },
  ];
}
