// One attempt to send a request to one endpoint.
import { Agent, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';

/** Envoy's default connect_timeout. */
const CONNECT_TIMEOUT_MS = 5_000;

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
  | { readonly failure: 'connect' | 'reset'; readonly reason: string };

export function createAgent(): Agent {
  return new Agent({ keepAlive: true, maxFreeSockets: 1024 });
}

/** Ends early, as a failure, when `signal` aborts: how long an answer may take is the caller's business. */
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
    const giveUp = () => {
      resolve({ failure: 'connect', reason: 'connection timeout' });
      outgoing.destroy();
    };
    const timer = setTimeout(giveUp, CONNECT_TIMEOUT_MS);

    // The body starts to flow when the connection stands: until then the request can go elsewhere.
    const send = () => {
      connected = true;
      clearTimeout(timer);
      if (body === undefined) outgoing.end();
      else body.pipe(outgoing);
    };
    outgoing.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', send);
      else send();
    });
    outgoing.once('response', (response) => resolve({ response }));
    // Later errors belong to the response, whose reader sees them; without a listener they would end the process.
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      resolve({ failure: connected ? 'reset' : 'connect', reason: error.code ?? error.message });
    });
  });
}
