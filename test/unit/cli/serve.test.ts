// `weir serve` as a process: what it says, how it ends, and what it finds again after kill -9.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { compiledScript } from '../../../trainer/mesh/apps/child-process.js';

const script = compiledScript(import.meta.url, '../../../trainer/cli/main.js');
const model = untrainedModel({ seed: 7 });

let folder: string;
const children: { readonly child: ChildProcess; readonly ended: Promise<unknown> }[] = [];
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'weir-serve-'))));
// The processes first: one that still writes would fill the folder while it is removed.
afterEach(async () => {
  for (const { child, ended } of children.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly url: () => Promise<string>;
  /** Exit code and signal. */
  readonly ended: Promise<unknown[]>;
}

function weir(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [script, ...args], { cwd: folder });
  const ended = once(child, 'exit');
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  children.push({ child, ended });
  const url = () =>
    vi.waitUntil(() => /listens on (http:\S+)\//.exec(said)?.[1], { timeout: 30_000, interval: 50 });
  return { child, ended, said: () => said, url };
}

const serve = (...more: readonly string[]) =>
  weir('serve', '--port', '0', '--data', 'data', '--config', 'weir.yaml', ...more);

/** Publishes for Envoys to a file, and does not learn. */
function configuration(): void {
  const target = {
    kind: 'envoy-file',
    path: join(folder, 'client.json'),
    plugin: join(folder, 'plugin.wasm'),
  };
  writeFileSync(join(folder, 'plugin.wasm'), '');
  writeFileSync(
    join(folder, 'weir.yaml'),
    JSON.stringify({ publish: [target], learning: { enabled: false } }),
  );
}

const token = () => readFileSync(join(folder, 'data/token'), 'utf8').trim();
const published = () => {
  const path = join(folder, 'client.json');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

async function rollout(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${url}/v1/rollout`)).json()) as Record<string, unknown>;
}

describe('weir serve', () => {
  it('publishes, takes a model from weir publish, and goes on in the canary after kill -9', async () => {
    configuration();
    const first = serve();
    const url = await first.url();
    await vi.waitUntil(() => published() !== '', { timeout: 20_000 });
    writeFileSync(join(folder, 'mine.weir'), encodeModel(model));
    const publish = weir('publish', 'mine.weir', '--force', '--trainer', url, '--token-file', 'data/token');
    expect(await publish.ended, publish.said()).toEqual([0, null]);
    expect(publish.said()).toContain(`model ${model.id} is candidate`);
    await vi.waitUntil(() => published().includes(Buffer.from(encodeModel(model)).toString('base64')), {
      timeout: 20_000,
    });
    first.child.kill('SIGKILL');
    await first.ended;

    const second = serve();
    const again = await second.url();
    // The lead of who died is free after some seconds.
    await vi.waitUntil(async () => (await rollout(again))['stage'] === 'canary', { timeout: 30_000 });
    expect(await rollout(again)).toMatchObject({ candidate: model.id, share: 0.05 });
    const back = weir('rollback', '--reason', 'enough', '--trainer', again, '--token-file', 'data/token');
    expect(await back.ended, back.said()).toEqual([0, null]);
    expect(await rollout(again)).toMatchObject({ stage: 'idle', candidate: null });
    second.child.kill('SIGTERM');
    expect(await second.ended).toEqual([0, null]);
  });

  it('keeps its token for its owner', async () => {
    configuration();
    await serve().url();
    expect(token()).toMatch(/^\S{40,}$/);
  });

  it('says in one line what is wrong with its configuration, and where', async () => {
    writeFileSync(join(folder, 'weir.yaml'), 'learning: { minutes: none }\n');
    const { ended, said } = serve();
    expect(await ended).toEqual([2, null]);
    expect(said()).toBe('weir.yaml: learning.minutes: Invalid input: expected number, received string\n');
  });

  it.each([
    [{ endpoints: { file: 'none.yaml' } }, /^weir: none\.yaml: ENOENT.*$/m],
    [{ publish: [{ kind: 'istio-wasmplugin', namespace: 'a', name: 'b' }] }, /^weir: .*none\.kube.*$/m],
  ])('ends where a part of it cannot be had: %j', async (options, line) => {
    writeFileSync(join(folder, 'weir.yaml'), JSON.stringify(options));
    const { ended, said } = serve('--kubeconfig', 'none.kube');
    expect(await ended).toEqual([1, null]);
    expect(said()).toMatch(line);
  });

  it('says in one line that its port is taken', async () => {
    configuration();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => void taken.close());
    const { ended, said } = serve('--port', String((taken.address() as AddressInfo).port));
    expect(await ended).toEqual([1, null]);
    expect(said()).toMatch(/weir: listen EADDRINUSE: address already in use 127\.0\.0\.1:\d+\n$/);
  });

  it.each([
    [['publish', 'none.weir', '--token-file', 'token'], 2, /^none\.weir: ENOENT.*\n$/],
    [['rollback', '--trainer', 'here', '--token-file', 'token'], 2, /^weir: --trainer: "here" is no URL\n$/],
    [['rollback'], 2, /^weir: this needs the trainer's token: --token-file, or WEIR_TOKEN\n$/],
    [
      ['rollback', '--trainer', 'http://127.0.0.1:9', '--token-file', 'token'],
      1,
      /^weir: http:\/\/127\.0\.0\.1:9: .*\n$/,
    ],
  ])('says in one line why it does not %j', async (args, code, line) => {
    writeFileSync(join(folder, 'token'), 'a-token-for-the-tests');
    const { ended, said } = weir(...args);
    expect(await ended).toEqual([code, null]);
    expect(said()).toMatch(line);
  });
});
