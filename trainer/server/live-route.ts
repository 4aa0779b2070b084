// GET /v1/live: one stream of server-sent events for all that the page draws.
import type { ZodOpenApiContentObject } from 'zod-openapi';
import { messageText, type EventStreams } from './event-stream.js';
import { lastEventHeader, sinceQuery } from './events-route.js';
import { LiveFeed, type LiveParts } from './live-feed.js';
import { Problem } from './problem.js';
import type { Route } from './route.js';
import { validate } from './validate.js';

export interface LiveRoute extends LiveParts {
  readonly streams: EventStreams;
  readonly version: string;
  /** Unix time in ms. */
  readonly wallNow: () => number;
}

const QUESTION = 'a question for the stream';
const content: ZodOpenApiContentObject = { 'text/event-stream': { schema: { type: 'string' } } };

export function liveRoutes({ streams, version, wallNow, history, events, graph }: LiveRoute): Route[] {
  const feed = new LiveFeed({ history, events, graph });
  return [
    {
      method: 'get',
      path: '/v1/live',
      kind: 'read',
      operation: {
        operationId: 'getLive',
        summary: 'Samples, events and the graph as they come',
        requestParams: { query: sinceQuery, header: lastEventHeader },
        responses: {
          200: {
            description:
              'Messages `hello` (`{ version, at }`), `sample` (a LiveSample) each second, `graph` (a Graph of 1m) ' +
              'every other second, `event` (an Event, its number the id)',
            content,
          },
        },
      },
      handlers: [
        (request, response) => {
          const { since } = validate(sinceQuery, request.query, QUESTION);
          const last = validate(lastEventHeader, request.headers, QUESTION)['last-event-id'];
          if (request.accepts('text/event-stream') === false)
            throw new Problem(406, 'the stream is text/event-stream');
          if (request.method === 'HEAD') {
            response.type('text/event-stream').end();
            return;
          }
          streams.open(response, (send) => {
            send(messageText({ event: 'hello', data: { version, at: wallNow() } }));
            return feed.source(last ?? since)(send);
          });
        },
      ],
    },
  ];
}
