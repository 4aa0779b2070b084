// One attempt to send a request to one endpoint.
import { Agent, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';

/** Envoy's default connect_timeout. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Envoy's default route timeout. */
const RESPONSE_TIMEOUT_MS = 15_000;

export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Absent for a request without a body. */
  readonly body?: IncomingMessage;
}

export type AttemptResult =
  | { readonly response: IncomingMessage }
  /** `connect`: not a byte of the request's body was read, so it may go to another endpoint. */
  | { readonly failure: 'connect' | 'reset' | 'timeout'; readonly reason: string };

export function createAgent(): Agent {
  return new Agent({ keepAlive: true, maxFreeSockets: 1024 });
}

/** Ends early, as a failure, when `signal` aborts. */
export function attempt(
  agent: Agent,
  endpoint: string,
  { method, path, headers, body }: UpstreamRequest,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const colon = endpoint.lastIndexOf(':');
  const [host, port] = [endpoint.slice(0, colon), Number(endpoint.slice(colon + 1))];
  return new Promise((resolve) => {
    const outgoing = request({ agent, host, port, method, path, headers, signal, setHost: false });
    let connected = false;
    const giveUp = (failure: 'connect' | 'timeout', reason: string) => {
      resolve({ failure, reason });
      outgoing.destroy();
    };
    let timer = setTimeout(() => giveUp('connect', 'connection timeout'), CONNECT_TIMEOUT_MS);

    // The body starts to flow when the connection stands: until then the request can go elsewhere.
    const send = () => {
      connected = true;
      clearTimeout(timer);
      timer = setTimeout(() => giveUp('timeout', 'response timeout'), RESPONSE_TIMEOUT_MS);
      if (body === undefined) outgoing.end();
      else body.pipe(outgoing);
    };
    outgoing.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', send);
      else send();
    });
    outgoing.once('response', (response) => {
      clearTimeout(timer);
      resolve({ response });
    });
    // Later errors belong to the response, whose reader sees them; without a listener they would end the process.
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve({ failure: connected ? 'reset' : 'connect', reason: error.code ?? error.message });
    });
  });
}
