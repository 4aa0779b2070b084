// The JSON body of a request, read without express: reports come by the thousand.
import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Problem } from './problem.js';

const DECODERS: Readonly<Record<string, typeof gunzipSync>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};
const JSON_TYPE = /^application\/json *(; *charset="?utf-?8"? *)?$/i;

/**
 * Calls `done` with the parsed body, or what is wrong with it; not at all when the client goes away before its end.
 * @param maxBytes also of what is compressed
 */
export function readJson(
  request: IncomingMessage,
  maxBytes: number,
  done: (problem: Problem | undefined, value?: unknown) => void,
): void {
  const refuse = (status: number, detail: string) => {
    request.removeAllListeners('data').removeAllListeners('end');
    // What still comes is read and dropped, so that the connection can be used again.
    request.resume();
    done(new Problem(status, detail));
  };
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!JSON_TYPE.test(type)) {
    refuse(415, 'a report is application/json in UTF-8');
    return;
  }
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
    let value: unknown;
    try {
      value = parse(Buffer.concat(chunks), DECODERS[encoding], maxBytes);
    } catch (error) {
      done(error as Problem);
      return;
    }
    done(undefined, value);
  });
  // A client that goes away is no failure of ours.
  request.on('error', () => undefined);
}

/** @throws {Problem} */
function parse(body: Buffer, decode: typeof gunzipSync | undefined, maxBytes: number): unknown {
  let text: string;
  try {
    text = (decode?.(body, { maxOutputLength: maxBytes }) ?? body).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new Problem(413, `the body has more than ${maxBytes} bytes`);
    throw new Problem(400, `the body is not what its content-encoding says: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem(400, `the body is not JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}
