// The part of a kubelet's own interface that `kubectl logs` needs: the API server asks the pod's node, here.
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { open } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { MERGE, type Clients } from './clients.js';
import type { Container } from './container.js';
import type { Kubelet } from './kubelet.js';
import { NODE_ADDRESS } from './pod-network.js';
import { NODE } from './pods.js';

const POLL_MS = 100;

export interface LogServer {
  stop(): Promise<void>;
}

export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** Registers the node too, so that the API server knows where to ask. */
export async function serveLogs(
  { core }: Clients,
  { pods }: Pick<Kubelet, 'pods'>,
  pair: KeyPair,
): Promise<LogServer> {
  const server = createServer(pair, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://node');
    const [, route, namespace, name] = pathname.split('/');
    const container = pods.get(`${namespace}/${name}`)?.container;
    if (route !== 'containerLogs' || container === undefined) {
      // kubectl asks again.
      response.writeHead(400).end(`container in pod ${name} is waiting to start`);
      return;
    }
    const isFollowed = searchParams.get('follow') === 'true';
    void send(container, isFollowed, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, NODE_ADDRESS, resolve));
  const { port } = server.address() as AddressInfo;
  await core.createNode({ body: { metadata: { name: NODE } } });
  const status = {
    addresses: [{ type: 'InternalIP', address: NODE_ADDRESS }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  await core.patchNodeStatus({ name: NODE, body: { status } }, MERGE);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function send(container: Container, isFollowed: boolean, response: ServerResponse): Promise<void> {
  const file = await open(container.logFile);
  try {
    for (;;) {
      // Asked before the file is read: what is written until the end is sent.
      const isLast = container.hasEnded || !isFollowed;
      response.write(await file.readFile());
      if (isLast || response.destroyed) break;
      await pause(POLL_MS);
    }
  } finally {
    await file.close();
    response.end();
  }
}
