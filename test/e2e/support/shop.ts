// The local mesh of a shop, as `weir up` runs it: web calls api calls db and cache; one endpoint of db turns slow, and one of
// api begins to fail.
import { mkdtempSync, rmSync } from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadScenario } from '../../../trainer/environment/scenario.js';
import { eventually } from './eventually.js';

const ROOT = join(import.meta.dirname, '../../..');
const SCENARIO = join(ROOT, 'bench/scenarios/shop.json');
/** Ten sidecars on a busy machine. */
const START_MS = 90_000;

export interface Shop {
  readonly url: string;
  /** Bearer token of what changes something. */
  readonly token: string;
  /** When the faults begin, Unix time in ms, to some tenths of a second. */
  readonly faultsAt: number;
  get<T>(path: string): Promise<T>;
  /** What it printed. */
  log(): string;
  stop(): Promise<void>;
}

/** Resolves when traces of its load come in. @param options of `weir up` */
export async function startShop(...options: readonly string[]): Promise<Shop> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-shop-'));
  const data = join(folder, 'data');
  const token = 'a-token-of-this-test';
  const args = [join(ROOT, 'bin/weir.mjs'), 'up', '--scenario', SCENARIO, '--duration', '600'];
  const child = spawn(process.execPath, [...args, '--learn', '--data', data, '--json', '-', ...options], {
    env: { ...process.env, WEIR_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (text: Buffer) => (printed += text.toString()));
  child.stderr.on('data', (text: Buffer) => (printed += text.toString()));
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = await eventually(
      () => {
        if (child.exitCode !== null) throw new Error(`weir up ended: ${printed}`);
        return /page is at (http:\/\/127\.0\.0\.1:\d+)\//.exec(printed)?.[1];
      },
      { timeoutMs: START_MS, pollMs: 100 },
    );
    const get = async <T>(path: string): Promise<T> => {
      const response = await fetch(`${url}${path}`);
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    };
    const began = await eventually(async () => firstRequest(get), { timeoutMs: START_MS, pollMs: 200 });
    const after = Math.min(
      ...loadScenario(SCENARIO).faults.flatMap((fault) => ('fromSeconds' in fault ? fault.fromSeconds : [])),
    );
    return { url, token, faultsAt: began + 1000 * after, get, log: () => printed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Begin of the oldest trace that is kept, which is of the first second of the load; undefined before there is one. */
async function firstRequest(get: <T>(path: string) => Promise<T>): Promise<number | undefined> {
  const { traces } = await get<{ traces: { startMs: number }[] }>('/v1/traces?limit=1000');
  return traces.length === 0 ? undefined : Math.min(...traces.map(({ startMs }) => startMs));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await gone;
  clearTimeout(late);
}
