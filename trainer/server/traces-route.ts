// POST /v1/traces: OTLP/HTTP, protobuf and JSON. Like reports it comes from machines, many times a second, so its handler
// is plain node:http, and `app.ts` calls it without the way through express.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import protobuf from 'protobufjs/minimal.js';
import { z } from 'zod';
import type { Metrics } from '../telemetry/metrics.js';
import { decodeJson, exportRequest, requireFewParts } from '../telemetry/traces/otlp/decode-json.js';
import { decodeProtobuf } from '../telemetry/traces/otlp/decode-protobuf.js';
import { MalformedOtlp, type RawResourceSpans } from '../telemetry/traces/otlp/message.js';
import type { SpanReader } from '../telemetry/traces/read-spans.js';
import { isJson, parseJson, readBody } from './body.js';
import { Problem, asProblem, writeProblem } from './problem.js';
import { RateLimit } from './rate-limit.js';
import type { PlainHandler } from './reports-route.js';
import type { Route } from './route.js';
import { json } from './schemas.js';
import type { TracesService } from './services.js';

export const TRACES_PATH = '/v1/traces';
const BODY = { maxBytes: 4 * 1024 * 1024, maxInflatedBytes: 16 * 1024 * 1024 };
const PROTOBUF = 'application/x-protobuf';

export interface TracesRoute {
  readonly traces: TracesService;
  readonly reader: SpanReader;
  /** Time in ms of any monotone clock. */
  readonly now: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Requests a second from one address. */
  readonly maxPerSecond: number;
}

const binary = { schema: { type: 'string', format: 'binary' } } as const;
const answer = z
  .object({
    partialSuccess: z.object({ rejectedSpans: z.string(), errorMessage: z.string() }).optional(),
  })
  .meta({ id: 'ExportTraceServiceResponse' });

export function ingestRoutes(take: PlainHandler): Route[] {
  return [
    {
      method: 'post',
      path: TRACES_PATH,
      kind: 'report',
      operation: {
        operationId: 'exportTraces',
        summary: 'Spans by OTLP/HTTP',
        requestBody: { required: true, content: { [PROTOBUF]: binary, ...json(exportRequest) } },
        responses: {
          200: {
            description: 'They were taken, but those without a valid id or time',
            content: { [PROTOBUF]: binary, ...json(answer) },
          },
        },
      },
      handlers: [
        (request, response) => {
          take(request, response);
        },
      ],
    },
  ];
}

export function ingestHandler(options: TracesRoute): PlainHandler {
  const { now, log, metrics, maxPerSecond } = options;
  const limit = new RateLimit(maxPerSecond);
  const refuse = (response: ServerResponse, error: unknown) => {
    metrics.spans('refused', 1);
    const problem = asProblem(error);
    if (problem.status >= 500) log.error({ err: error, path: TRACES_PATH }, 'request failed');
    writeProblem(response, problem);
  };
  return (request, response) => {
    if (!limit.allows(request.socket.remoteAddress ?? '', now())) {
      response.setHeader('retry-after', '1');
      request.resume();
      refuse(response, new Problem(429, `more than ${maxPerSecond} requests a second from one address`));
      return;
    }
    const type = typeOf(request);
    if (type === undefined) {
      request.resume();
      refuse(response, new Problem(415, `spans are ${PROTOBUF} or application/json`));
      return;
    }
    readBody(request, BODY, (problem, body) => {
      try {
        if (body === undefined) throw problem ?? new Problem(400, 'there is no body');
        reply(response, type, take(options, decode(body, type, options.reader)));
      } catch (error) {
        refuse(response, error);
      }
    });
  };
}

type Encoding = 'protobuf' | 'json';

function typeOf({ headers: { 'content-type': type } }: IncomingMessage): Encoding | undefined {
  if (type?.split(';', 1)[0]?.trim().toLowerCase() === PROTOBUF) return 'protobuf';
  return isJson(type) ? 'json' : undefined;
}

/** @throws {Problem} */
function decode(body: Buffer, type: Encoding, { isWanted }: SpanReader): RawResourceSpans[] {
  try {
    if (type === 'protobuf') return decodeProtobuf(body, isWanted);
    requireFewParts(body);
    return decodeJson(parseJson(body), isWanted);
  } catch (error) {
    if (error instanceof MalformedOtlp) throw new Problem(400, `not OTLP traces: ${error.message}`);
    throw error;
  }
}

/** @returns how many spans were dropped */
function take({ traces, reader, metrics, now }: TracesRoute, raw: RawResourceSpans[]): number {
  const { spans, dropped } = reader.read(raw);
  traces.take(spans, now());
  metrics.spans('accepted', spans.length);
  metrics.spans('dropped', dropped);
  return dropped;
}

const WHY = 'spans without a valid id or time';

function reply(response: ServerResponse, type: Encoding, dropped: number): void {
  if (type === 'json') {
    const partialSuccess = { rejectedSpans: String(dropped), errorMessage: WHY };
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.end(JSON.stringify(dropped === 0 ? {} : { partialSuccess }));
    return;
  }
  response.setHeader('content-type', PROTOBUF);
  response.end(dropped === 0 ? undefined : partialSuccess(dropped));
}

/** ExportTraceServiceResponse { partial_success = 1 { rejected_spans = 1, error_message = 2 } } */
function partialSuccess(dropped: number): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(0x0a).fork().uint32(0x08).int64(dropped).uint32(0x12).string(WHY).ldelim();
  return writer.finish();
}
