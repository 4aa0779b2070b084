// GET /v1/events: a stream of server-sent events, or a list for who asks for JSON.
import { z } from 'zod';
import type { TrainerEvent } from '../telemetry/event.js';
import { messageText, type EventStreams, type Source } from './event-stream.js';
import { Problem } from './problem.js';
import type { Route } from './route.js';
import { json } from './schemas.js';
import type { EventsService } from './services.js';
import { validate } from './validate.js';

const seq = z.coerce.number().pipe(z.int().min(0));
export const sinceQuery = z.object({
  since: seq
    .optional()
    .meta({ description: 'Number of the last event that is known; 0 for all that are kept' }),
});
export const lastEventHeader = z.object({
  'last-event-id': seq.optional().meta({ description: 'As `since`; browsers send it when they come back' }),
});
const event = z
  .object({
    seq: z.int().min(1),
    at: z.iso.datetime(),
    kind: z.string(),
    message: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event', description: 'What happened, with its numbers' });

/** @param textOf the message of an event @param seq what came after it is sent first; absent = nothing is */
export function eventSource(
  events: EventsService,
  textOf: (event: TrainerEvent) => string,
  seq: number | undefined,
): Source {
  return (send) => {
    const end = events.subscribe((event) => send(textOf(event)));
    const missed = seq === undefined ? [] : events.since(seq);
    if (missed.length > 0) send(missed.map(textOf).join(''));
    return end;
  };
}

const textOf = (data: TrainerEvent) => messageText({ id: data.seq, data });

export function eventsRoutes(streams: EventStreams, events: EventsService): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/events',
      kind: 'read',
      operation: {
        operationId: 'getEvents',
        summary: 'Events as they happen, or those that did',
        requestParams: { query: sinceQuery, header: lastEventHeader },
        responses: {
          200: {
            description: 'Each event is the data of one message and its number the id; as JSON a list',
            content: {
              'text/event-stream': { schema: { type: 'string' } },
              ...json(z.object({ events: z.array(event) })),
            },
          },
        },
      },
      handlers: [
        (request, response) => {
          const { since } = validate(sinceQuery, request.query, 'a question for events');
          const last = validate(lastEventHeader, request.headers, 'a question for events')['last-event-id'];
          response.vary('accept');
          switch (request.accepts(['text/event-stream', 'application/json'])) {
            case 'text/event-stream':
              if (request.method === 'HEAD') response.type('text/event-stream').end();
              else streams.open(response, eventSource(events, textOf, last ?? since));
              break;
            case 'application/json':
              response.set('cache-control', 'no-store');
              response.json({ events: events.since(since ?? last ?? 0) });
              break;
            default:
              throw new Problem(406, 'events are text/event-stream or application/json');
          }
        },
      ],
    },
  ];
}
