// /v1/graph: services, calls, bottlenecks, error locations. GET /v1/traces: the traces behind them.
import { z } from 'zod';
import { WINDOWS } from '../telemetry/graph/graph-view.js';
import { Problem } from './problem.js';
import type { Route } from './route.js';
import { graphView, serviceView, traceSummary, traceView } from './graph-schemas.js';
import { json } from './schemas.js';
import type { GraphService, TracesService } from './services.js';
import { validate } from './validate.js';

const MAX_LISTED = 1000;

const window = z.enum(WINDOWS).default('1m').meta({ description: 'How far back' });
const graphQuery = z.object({ window });
const serviceParams = z.object({ name: z.string().min(1) });
const traceParams = z.object({
  id: z
    .string()
    .regex(/^[0-9a-fA-F]{32}$/, 'is not 32 hex digits')
    .transform((id) => id.toLowerCase()),
});
const tracesQuery = z.object({
  service: z.string().min(1).optional().meta({ description: 'That took part' }),
  endpoint: z.string().min(1).optional().meta({ description: '`ip:port` that served a call of it' }),
  failed: z.stringbool().optional().meta({ description: 'Only those with a failure' }),
  minMs: z.coerce.number().min(0).optional(),
  order: z.enum(['newest', 'slowest']).default('newest'),
  limit: z.coerce.number().pipe(z.int().min(1).max(MAX_LISTED)).default(50),
});

export function graphRoutes(graph: GraphService): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/graph',
      kind: 'read',
      operation: {
        operationId: 'getGraph',
        summary: 'Who calls whom, where the time goes, where failures begin',
        requestParams: { query: graphQuery },
        responses: { 200: { description: 'The graph', content: json(graphView) } },
      },
      handlers: [
        (request, response) => {
          const query = validate(graphQuery, request.query, 'a question for the graph');
          response.set('cache-control', 'no-store').json(graph.view(query.window));
        },
      ],
    },
    {
      method: 'get',
      path: '/v1/graph/services/:name',
      kind: 'read',
      operation: {
        operationId: 'getService',
        summary: 'One service: its endpoints, paths, callers and callees, and its hours',
        requestParams: { path: serviceParams, query: graphQuery },
        responses: { 200: { description: 'The service', content: json(serviceView) } },
      },
      handlers: [
        (request, response) => {
          const { name } = validate(serviceParams, request.params, 'a service');
          const query = validate(graphQuery, request.query, 'a question for the graph');
          const found = graph.service(name, query.window);
          if (found === undefined) throw new Problem(404, `no call of ${name} in the last ${query.window}`);
          response.set('cache-control', 'no-store').json(found);
        },
      ],
    },
  ];
}

export function tracesRoutes(traces: TracesService): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/traces',
      kind: 'read',
      operation: {
        operationId: 'findTraces',
        summary: 'Traces that are kept',
        requestParams: { query: tracesQuery },
        responses: {
          200: { description: 'The traces', content: json(z.object({ traces: z.array(traceSummary) })) },
        },
      },
      handlers: [
        (request, response) => {
          const { service, endpoint, failed, minMs, order, limit } = validate(
            tracesQuery,
            request.query,
            'a question for traces',
          );
          const query = {
            ...{ order, limit },
            ...(service === undefined ? {} : { service }),
            ...(endpoint === undefined ? {} : { endpoint }),
            ...(failed === undefined ? {} : { failed }),
            ...(minMs === undefined ? {} : { minMs }),
          };
          response.set('cache-control', 'no-store').json({ traces: traces.find(query) });
        },
      ],
    },
    {
      method: 'get',
      path: '/v1/traces/:id',
      kind: 'read',
      operation: {
        operationId: 'getTrace',
        summary: 'One trace, span by span',
        requestParams: { path: traceParams },
        responses: { 200: { description: 'The trace', content: json(traceView) } },
      },
      handlers: [
        (request, response) => {
          const { id } = validate(traceParams, request.params, 'a trace');
          const found = traces.get(id);
          if (found === undefined) throw new Problem(404, `no trace ${id} is kept (any more)`);
          response.set('cache-control', 'no-store').json(found);
        },
      ],
    },
  ];
}
