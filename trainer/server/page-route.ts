// GET /: the page, and the files that it is made of.
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { PageFile, PageFiles } from './page-files.js';
import { Problem } from './problem.js';
import type { Route } from './route.js';
import { validate } from './validate.js';

const INDEX = 'index.html';
/** The names of assets change with their content. */
const FOREVER = 'public, max-age=31536000, immutable';
const params = z.object({ file: z.string() });

export function pageRoutes(files: PageFiles): Route[] {
  const route = (path: string, operationId: string, summary: string, handler: RequestHandler): Route => ({
    method: 'get',
    path,
    kind: 'page',
    operation: {
      operationId,
      summary,
      ...(path.includes(':file') ? { requestParams: { path: params } } : {}),
      responses: { 200: { description: summary, content: { '*/*': { schema: { type: 'string' } } } } },
    },
    handlers: [handler],
  });
  return [
    route('/', 'getPage', 'The page', (request, response) => {
      const file = files.get(INDEX);
      if (file === undefined) throw new Problem(503, 'the page is not built here: run npm run setup');
      response.set('cache-control', 'no-store');
      send(file, request, response);
    }),
    route('/icon.svg', 'getIcon', 'Its icon', (request, response) => {
      response.set('cache-control', 'public, max-age=3600');
      send(known(files, 'icon.svg'), request, response);
    }),
    route('/assets/:file', 'getAsset', 'A script or style sheet of the page', (request, response) => {
      const { file } = validate(params, request.params, 'a file');
      response.set('cache-control', FOREVER);
      send(known(files, `assets/${file}`), request, response);
    }),
  ];
}

function known(files: PageFiles, name: string): PageFile {
  const file = files.get(name);
  if (file === undefined) throw new Problem(404, `the page has no file ${name}`);
  return file;
}

function send(
  { type, bytes, gzip }: PageFile,
  request: Parameters<RequestHandler>[0],
  response: Parameters<RequestHandler>[1],
): void {
  const isPacked = gzip !== undefined && request.acceptsEncodings('gzip') === 'gzip';
  response.vary('accept-encoding').type(type);
  if (isPacked) response.set('content-encoding', 'gzip');
  response.send(isPacked ? gzip : bytes);
}
