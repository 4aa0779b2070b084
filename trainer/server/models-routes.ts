// /v1/models: the registry, and what people do to it. POST /v1/rollback.
import express, { type RequestHandler } from 'express';
import { z } from 'zod';
import { MAX_MODEL_BYTES, decodeModel } from '../actor/model-file.js';
import { Problem } from './problem.js';
import type { Route } from './route.js';
import { MAX_NAME, json, modelEntry, modelId, record, why } from './schemas.js';
import type { ModelsService, Publication } from './services.js';
import { validate } from './validate.js';

/** The model in base64, and its card with the table of its evaluation. */
const MAX_PUBLICATION_BYTES = 1024 * 1024;

const params = z.object({ id: modelId });
const by = z.string().min(1).max(MAX_NAME).default('api');
const publication = z.object({
  model: z.base64().meta({ description: 'Model file' }),
  card: record.optional(),
  force: z
    .boolean()
    .default(false)
    .meta({ description: 'Past the gate and the shadow, never past the canary' }),
  by,
});
/** Beside a bare model file. */
const query = z.object({ force: z.stringbool().default(false), by });
const pin = z.object({ pinned: z.boolean() });
const list = z.object({ models: z.array(modelEntry) });
const recordAndCard = z.object({ record: modelEntry, card: record });

const bodyOf = express.json({ limit: MAX_PUBLICATION_BYTES });
const entry = { description: 'The model as it stands now', content: json(modelEntry) };

export function modelsRoutes(models: ModelsService): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/models',
      kind: 'read',
      operation: {
        operationId: 'listModels',
        summary: 'All models, the newest first',
        responses: { 200: { description: 'The models', content: json(list) } },
      },
      handlers: [async (_request, response) => void response.json({ models: await models.list() })],
    },
    {
      method: 'post',
      path: '/v1/models',
      kind: 'change',
      operation: {
        operationId: 'publishModel',
        summary: 'Takes a model in and begins its rollout',
        requestParams: { query },
        requestBody: {
          required: true,
          content: {
            ...json(publication),
            'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
          },
        },
        responses: { 201: { ...entry, description: 'The model was taken in' } },
      },
      handlers: [bodyOf, express.raw({ limit: MAX_MODEL_BYTES }), publish(models)],
    },
    {
      method: 'get',
      path: '/v1/models/:id',
      kind: 'read',
      operation: {
        operationId: 'getModel',
        summary: 'A model: its record and its card',
        requestParams: { path: params },
        responses: { 200: { description: 'The model', content: json(recordAndCard) } },
      },
      handlers: [
        async (request, response) => {
          const { id } = validate(params, request.params, 'a model');
          response.json(known(await models.get(id), id));
        },
      ],
    },
    {
      method: 'get',
      path: '/v1/models/:id/file',
      kind: 'read',
      operation: {
        operationId: 'getModelFile',
        summary: 'The model file',
        requestParams: { path: params },
        responses: {
          200: {
            description: 'Its bytes',
            content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
          },
        },
      },
      handlers: [
        async (request, response) => {
          const { id } = validate(params, request.params, 'a model');
          const bytes = known(await models.file(id), id);
          response.attachment(`${id}.weir`).type('application/octet-stream').send(Buffer.from(bytes));
        },
      ],
    },
    {
      method: 'post',
      path: '/v1/models/:id/promote',
      kind: 'change',
      operation: {
        operationId: 'promoteModel',
        summary: 'Ends the canary of a model early, in its favour',
        requestParams: { path: params },
        requestBody: { content: json(why) },
        responses: { 200: entry },
      },
      handlers: [
        bodyOf,
        async (request, response) => {
          const { id } = validate(params, request.params, 'a model');
          response.json(await models.promote(id, validate(why, request.body ?? {}, 'a promotion')));
        },
      ],
    },
    {
      method: 'post',
      path: '/v1/models/:id/pin',
      kind: 'change',
      operation: {
        operationId: 'pinModel',
        summary: 'Keeps a model from being deleted, or no longer',
        requestParams: { path: params },
        requestBody: { required: true, content: json(pin) },
        responses: { 200: entry },
      },
      handlers: [
        bodyOf,
        async (request, response) => {
          const { id } = validate(params, request.params, 'a model');
          response.json(await models.pin(id, validate(pin, request.body, 'a pin').pinned));
        },
      ],
    },
    {
      method: 'post',
      path: '/v1/rollback',
      kind: 'change',
      operation: {
        operationId: 'rollBack',
        summary: 'Serves the model before the current one again',
        requestBody: { content: json(why) },
        responses: { 200: { ...entry, description: 'The model that serves now' } },
      },
      handlers: [
        bodyOf,
        async (request, response) => {
          response.json(await models.rollback(validate(why, request.body ?? {}, 'a rollback')));
        },
      ],
    },
  ];
}

function publish(models: ModelsService): RequestHandler {
  return async (request, response) => {
    const added = await models.publish(publicationOf(request.body, request.query));
    response.status(201).location(`/v1/models/${added.id}`).json(added);
  };
}

function publicationOf(body: unknown, parameters: unknown): Publication {
  if (Buffer.isBuffer(body)) {
    return { model: decodeModel(body), bytes: body, ...validate(query, parameters, 'a publication') };
  }
  // No parser took the body, so it has another type, or there is none.
  if (body === undefined) throw new Problem(415, 'a model is application/octet-stream or application/json');
  const { model, card, force, by } = validate(publication, body, 'a publication');
  const bytes = Buffer.from(model, 'base64');
  return { model: decodeModel(bytes), bytes, force, by, ...(card === undefined ? {} : { card }) };
}

function known<T>(found: T | undefined, id: string): T {
  if (found === undefined) throw new Problem(404, `no model ${id}`);
  return found;
}
