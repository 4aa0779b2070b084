// GET /openapi.json, from the routes and the schemas that they validate with.
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import { z } from 'zod';
import type { Route } from './route.js';
import { problem } from './schemas.js';

export function openApiRoutes(routes: readonly Route[], version: string): Route[] {
  const own: Route = {
    method: 'get',
    path: '/openapi.json',
    kind: 'read',
    operation: {
      operationId: 'getOpenApi',
      summary: 'This document',
      responses: {
        200: {
          description: 'OpenAPI 3.1',
          content: { 'application/json': { schema: z.looseObject({ openapi: z.literal('3.1.0') }) } },
        },
      },
    },
    handlers: [(_request, response) => void response.type('json').send(text())],
  };
  let rendered: string | undefined;
  const text = () => (rendered ??= JSON.stringify(documentOf([...routes, own], version)));
  return [own];
}

export function documentOf(routes: readonly Route[], version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operationOf(route) };
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Weir trainer',
        version,
        description: 'Takes reports from sidecars, keeps models, rolls them out.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      paths,
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    { allowEmptySchema: { unknown: true } },
  );
}

function operationOf({ operation, kind }: Route): ZodOpenApiOperationObject {
  const refusal = { 'application/problem+json': { schema: problem } };
  return {
    ...operation,
    ...(kind === 'change' ? { security: [{ token: [] }] } : {}),
    responses: { ...operation.responses, default: { description: 'A problem', content: refusal } },
  };
}
