// Helpers of the engine's tests: applications, ECDS files, requests, waiting.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineFiles } from '../../../trainer/mesh/engine.js';

const TYPES = 'type.googleapis.com/';

export interface EcdsOptions {
  readonly vmId?: string;
  readonly environment?: Record<string, string>;
}

export function ecds(configuration: string, { vmId = 'weir', environment = {} }: EcdsOptions = {}): string {
  const config = {
    name: 'weir',
    root_id: 'weir',
    vm_config: { vm_id: vmId, environment_variables: { key_values: environment } },
    configuration: { '@type': `${TYPES}google.protobuf.StringValue`, value: configuration },
  };
  const filter = { '@type': `${TYPES}envoy.extensions.filters.http.wasm.v3.Wasm`, config };
  const type = `${TYPES}envoy.config.core.v3.TypedExtensionConfig`;
  return JSON.stringify({
    version_info: '1',
    resources: [{ '@type': type, name: 'weir', typed_config: filter }],
  });
}

/** Replaces a file as publishers do: by a rename. */
export function publish(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

/** A folder with plugin and configurations, and what removes it again. */
export function engineFiles(
  plugin: Uint8Array,
  client: string,
  server: string,
): EngineFiles & { remove(): void } {
  const runDir = mkdtempSync(join(tmpdir(), 'weir-embedded-'));
  const files = {
    plugin: join(runDir, 'plugin.wasm'),
    clientConfig: join(runDir, 'client.json'),
    serverConfig: join(runDir, 'server.json'),
    runDir,
  };
  writeFileSync(files.plugin, plugin);
  publish(files.clientConfig, client);
  publish(files.serverConfig, server);
  return { ...files, remove: () => rmSync(runDir, { recursive: true, force: true }) };
}

export interface Application {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Answers a request whose body has come; or does not, and leaves the client waiting. */
export type Answer = (incoming: IncomingMessage, body: string, outgoing: ServerResponse) => void;

export async function application(answer: Answer): Promise<Application> {
  const server: Server = createServer((incoming, outgoing) => {
    text(incoming).then(
      (body) => answer(incoming, body, outgoing),
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { address: `127.0.0.1:${port}`, port, close };
}

/** Polls until the value is there; fails after five seconds. */
export async function eventually<T>(
  read: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`never happened: ${read.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
