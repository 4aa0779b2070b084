// GET /metrics.
import type { Metrics } from '../telemetry/metrics.js';
import type { Route } from './route.js';

export function metricsRoutes(metrics: Metrics): Route[] {
  return [
    {
      method: 'get',
      path: '/metrics',
      kind: 'read',
      operation: {
        operationId: 'getMetrics',
        summary: "The trainer's own metrics",
        responses: {
          200: {
            description: 'Prometheus text format',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
        },
      },
      handlers: [
        async (_request, response) => {
          const text = await metrics.render();
          response.set('content-type', metrics.contentType).send(text);
        },
      ],
    },
  ];
}
