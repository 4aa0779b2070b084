// The body of a request, read without express: reports and spans come by the thousand.
import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Problem } from './problem.js';

const DECODERS: Readonly<Record<string, typeof gunzipSync>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};
const JSON_TYPE = /^application\/json *(; *charset="?utf-?8"? *)?$/i;

export interface BodyLimits {
  /** As it comes over the wire. */
  readonly maxBytes: number;
  /** Of what is compressed, once it is not; absent = as over the wire. */
  readonly maxInflatedBytes?: number;
}

/** Calls `done` with the parsed body, or what is wrong with it; not at all when the client goes away before its end. */
export function readJson(
  request: IncomingMessage,
  maxBytes: number,
  done: (problem: Problem | undefined, value?: unknown) => void,
): void {
  if (!isJson(request.headers['content-type'])) {
    // What still comes is read and dropped, so that the connection can be used again.
    request.resume();
    done(new Problem(415, 'a report is application/json in UTF-8'));
    return;
  }
  readBody(request, { maxBytes }, (problem, body) => {
    let value: unknown;
    try {
      if (body === undefined) throw problem ?? new Problem(400, 'there is no body');
      value = parseJson(body);
    } catch (error) {
      done(error as Problem);
      return;
    }
    done(undefined, value);
  });
}

export const isJson = (type = ''): boolean => JSON_TYPE.test(type);

/** @throws {Problem} */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new Problem(400, `the body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** One of the two. */
type BodyListener = (problem: Problem | undefined, body?: Buffer) => void;

/** As `readJson`, for the bytes. */
export function readBody(request: IncomingMessage, limits: BodyLimits, done: BodyListener): void {
  const { maxBytes } = limits;
  const refuse = (status: number, detail: string) => {
    request.removeAllListeners('data').removeAllListeners('end');
    request.resume();
    done(new Problem(status, detail));
  };
  const { 'content-encoding': encoding = 'identity' } = request.headers;
  if (encoding !== 'identity' && !Object.hasOwn(DECODERS, encoding)) {
    refuse(415, `the encoding ${JSON.stringify(encoding)} is not known here, only gzip, deflate and br`);
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) refuse(413, `the body has more than ${maxBytes} bytes`);
  });
  request.on('end', () => {
    let body: Buffer;
    try {
      body = inflate(Buffer.concat(chunks), DECODERS[encoding], limits.maxInflatedBytes ?? maxBytes);
    } catch (error) {
      done(error as Problem);
      return;
    }
    done(undefined, body);
  });
  // A client that goes away is no failure of ours.
  request.on('error', () => undefined);
}

/** @throws {Problem} */
function inflate(body: Buffer, decode: typeof gunzipSync | undefined, maxBytes: number): Buffer {
  try {
    return decode?.(body, { maxOutputLength: maxBytes }) ?? body;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Problem(413, `the body has more than ${maxBytes} bytes`);
    throw new Problem(400, `the body is not what its content-encoding says: ${(error as Error).message}`);
  }
}
