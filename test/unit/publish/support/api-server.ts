// A stand-in for a Kubernetes API server: an HTTP server with as much of its behaviour as the publishers meet, kept to
// what the documentation of server-side apply and RFC 6902 say. The real kube-apiserver runs in the Istio tests.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { applied, type Leaves } from './managed-object.js';
import { patched, type Operation } from './json-patch.js';

export interface StoredObject {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown> & { uid: string; resourceVersion: string };
  spec: unknown;
}

interface Stored {
  object: StoredObject;
  owners: Map<string, Leaves>;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly contentType: string | undefined;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** What happens to a call instead of an answer; `undefined` = it is answered. */
export type Fault =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  | 'reset'
  | 'hang'
  | undefined;

export class ApiServer {
  readonly calls: Call[] = [];
  /** Asked at each call. */
  fault: (call: Call) => Fault = () => undefined;
  /** Runs before a patch is merged: what others do between our read and our write. */
  beforePatch: () => void = () => undefined;
  readonly #objects = new Map<string, Stored>();
  #version = 100;
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  kubeConfig(): KubeConfig {
    const { port } = this.#server.address() as AddressInfo;
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true }],
      users: [{ name: 'u' }],
      contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
      currentContext: 'x',
    });
    return config;
  }

  /** Applies as another manager would with force; makes the object where there is none. */
  applyAs(manager: string, path: string, spec: unknown): void {
    const stored = this.#objects.get(path) ?? this.#fresh(path);
    this.#store(path, stored, manager, spec, true);
  }

  object(path: string): StoredObject {
    const stored = this.#objects.get(path);
    if (stored === undefined) throw new Error(`nothing at ${path}`);
    return rendered(stored);
  }

  has(path: string): boolean {
    return this.#objects.has(path);
  }

  delete(path: string): void {
    this.#objects.delete(path);
  }

  #fresh(path: string): Stored {
    const [, , group, version, , namespace, plural, name] = path.split('/');
    const kinds: Record<string, string> = {
      wasmplugins: 'WasmPlugin',
      trafficextensions: 'TrafficExtension',
    };
    const metadata = { name, namespace, uid: randomUUID(), resourceVersion: '0' };
    const kind = kinds[plural ?? ''] ?? plural ?? '';
    return { object: { apiVersion: `${group}/${version}`, kind, metadata, spec: {} }, owners: new Map() };
  }

  /** Merges, and returns the conflicts; what changed nothing keeps its version. */
  #store(path: string, { object, owners }: Stored, manager: string, spec: unknown, force: boolean) {
    const result = applied(object.spec, owners, manager, spec, force);
    if ('conflicts' in result) return result.conflicts;
    const isSame =
      JSON.stringify([object.spec, [...owners]]) === JSON.stringify([result.spec, [...result.owners]]);
    const resourceVersion =
      isSame && this.#objects.has(path) ? object.metadata.resourceVersion : String(++this.#version);
    const metadata = { ...object.metadata, resourceVersion };
    this.#objects.set(path, { object: { ...object, metadata, spec: result.spec }, owners: result.owners });
    return [];
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://x');
    const method = request.method ?? '';
    const body = Buffer.concat(chunks).toString();
    const call = { method, path, query, contentType: request.headers['content-type'], body };
    this.calls.push(call);
    const fault = this.fault(call);
    if (fault === 'hang') return;
    if (fault === 'reset') {
      request.socket.destroy();
      return;
    }
    const [status, answer] = fault === undefined ? this.#answer(call) : [fault.status, fault.body ?? ''];
    response.writeHead(status, { 'content-type': 'application/json', ...(fault?.headers ?? {}) });
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }

  #answer(call: Call): [number, unknown] {
    const stored = this.#objects.get(call.path);
    if (call.method === 'GET')
      return stored === undefined ? failure(404, 'NotFound', 'not found') : [200, rendered(stored)];
    this.beforePatch();
    const now = this.#objects.get(call.path);
    return call.contentType === 'application/apply-patch+yaml'
      ? this.#apply(call, now)
      : this.#patch(call, now);
  }

  #apply({ path, body, query }: Call, stored: Stored | undefined): [number, unknown] {
    const manager = query.get('fieldManager');
    if (manager === null) return failure(400, 'BadRequest', 'fieldManager is required for apply patch');
    const { metadata, spec } = JSON.parse(body) as {
      metadata: { uid?: string; resourceVersion?: string };
      spec: { url?: string };
    };
    const conflicts = applied(
      stored?.object.spec ?? {},
      stored?.owners ?? new Map<string, Leaves>(),
      manager,
      spec,
      query.get('force') === 'true',
    );
    if ('conflicts' in conflicts) {
      const causes = conflicts.conflicts.map(({ field, owner }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with "${owner}"`,
        field,
      }));
      return failure(409, 'Conflict', `Apply failed with ${causes.length} conflicts`, { causes });
    }
    if (metadata.uid !== undefined && metadata.uid !== stored?.object.metadata.uid)
      return failure(409, 'Conflict', 'uid mismatch');
    const expected = metadata.resourceVersion;
    if (expected !== undefined && expected !== stored?.object.metadata.resourceVersion)
      return failure(409, 'Conflict', 'the object has been modified');
    this.#store(path, stored ?? this.#fresh(path), manager, spec, query.get('force') === 'true');
    return [stored === undefined ? 201 : 200, this.object(path)];
  }

  #patch({ path, body, contentType }: Call, stored: Stored | undefined): [number, unknown] {
    if (contentType !== 'application/json-patch+json')
      return failure(415, 'UnsupportedMediaType', contentType ?? '');
    if (stored === undefined) return failure(404, 'NotFound', 'not found');
    const result = patched(stored.object, JSON.parse(body) as Operation[]);
    if (result === undefined) return failure(422, 'Invalid', 'testing value failed');
    const after = result as StoredObject;
    if (after.metadata.resourceVersion !== stored.object.metadata.resourceVersion)
      return failure(409, 'Conflict', 'the object has been modified');
    after.metadata.resourceVersion = String(++this.#version);
    this.#objects.set(path, { object: after, owners: stored.owners });
    return [200, after];
  }
}

export function failure(
  code: number,
  reason: string,
  message: string,
  details: object = {},
): [number, unknown] {
  return [code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details }];
}

function rendered({ object, owners }: Stored): StoredObject {
  const managedFields = [...owners].map(([manager, leaves]) => {
    const fieldsV1: Record<string, unknown> = {};
    for (const leaf of leaves) {
      let at = fieldsV1;
      for (const key of ['spec', ...leaf.split('.')]) at = (at[`f:${key}`] ??= {}) as Record<string, unknown>;
    }
    return { manager, operation: 'Apply', fieldsV1 };
  });
  return { ...object, metadata: { ...object.metadata, managedFields } };
}
