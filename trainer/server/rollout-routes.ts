// /v1/rollout: where the rollout stands, and the way to end it. GET /v1/twin.
import express from 'express';
import { z } from 'zod';
import type { Route } from './route.js';
import { json, record, why } from './schemas.js';
import type { RolloutService, TwinService } from './services.js';
import { validate } from './validate.js';

const rolloutView = z
  .looseObject({ stage: z.string() })
  .meta({ id: 'Rollout', description: 'Its stage and the numbers that the next step depends on' });
const twinView = z
  .object({
    clusters: z.array(record).meta({ description: 'A scenario each, what it predicts, how far off it was' }),
    skipped: z.array(z.object({ cluster: z.string(), why: z.string() })),
  })
  .meta({ id: 'Twin', description: 'The clusters as scenarios that are calibrated from reports' });

export function rolloutRoutes(rollout: RolloutService): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/rollout',
      kind: 'read',
      operation: {
        operationId: 'getRollout',
        summary: 'The rollout',
        responses: { 200: { description: 'Where it stands', content: json(rolloutView) } },
      },
      handlers: [(_request, response) => void response.json(rollout.view())],
    },
    {
      method: 'post',
      path: '/v1/rollout/abort',
      kind: 'change',
      operation: {
        operationId: 'abortRollout',
        summary: 'Ends the rollout under way; the current model stays',
        requestBody: { content: json(why) },
        responses: { 200: { description: 'Where it stands now', content: json(rolloutView) } },
      },
      handlers: [
        express.json(),
        async (request, response) => {
          response.json(await rollout.abort(validate(why, request.body ?? {}, 'an abort')));
        },
      ],
    },
  ];
}

export function twinRoutes(twin: TwinService): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/twin',
      kind: 'read',
      operation: {
        operationId: 'getTwin',
        summary: 'The twin: the fleet as a scenario',
        responses: { 200: { description: 'The twin', content: json(twinView) } },
      },
      handlers: [(_request, response) => void response.json(twin.view())],
    },
  ];
}
