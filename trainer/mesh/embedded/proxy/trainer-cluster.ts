// Http calls of the filter: to the cluster of the trainer, on loopback.
import { type Agent, request, type IncomingMessage } from 'node:http';
import { Status } from '../vm/abi.js';
import { HeaderMap } from '../vm/header-map.js';
import type { HttpCall } from '../vm/options.js';
import { outgoingHeaders, responseHeaders } from './messages.js';

export const TRAINER_CLUSTER = 'weir-trainer';

export function trainerCluster(port: number, agent: Agent): (call: HttpCall) => number {
  return (call) => {
    if (call.cluster !== TRAINER_CLUSTER) return Status.BAD_ARGUMENT;
    send(port, agent, call);
    return Status.OK;
  };
}

function send(port: number, agent: Agent, { vm, token, headers, body, timeoutMs }: HttpCall): void {
  // Envoy's client answers by itself where no response came: 503 without a connection, 504 after the timeout.
  const answerLocally = (status: string) => vm.deliver(token, HeaderMap.from({ ':status': status }));
  const outgoing = request({
    agent,
    host: '127.0.0.1',
    port,
    method: headers.get(':method') ?? 'GET',
    path: headers.get(':path') ?? '/',
    headers: { ...outgoingHeaders(headers, false), 'content-length': body.byteLength },
    setHost: false,
    ...(timeoutMs > 0 && { signal: AbortSignal.timeout(timeoutMs) }),
  });
  outgoing.on('error', (error) => answerLocally(isTimeout(error) ? '504' : '503'));
  outgoing.once('response', (response) => {
    // Broken in the middle: Envoy resets the call, and the plugin sees neither headers nor body.
    collect(response).then(
      (bytes) => vm.deliver(token, responseHeaders(response), bytes),
      () => vm.failCall(token),
    );
  });
  outgoing.end(body);
}

function isTimeout(error: Error): boolean {
  return error.name === 'TimeoutError' || (error.cause as Error | undefined)?.name === 'TimeoutError';
}

async function collect(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
