// The load of a measurement: a closed loop over keep-alive connections, by wrk or, without it, by Node.
import { execFile } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onCore } from './processes.js';

/** More than the endpoints, few enough that a latency is made of work rather than of the generator's own queue. */
export const CONNECTIONS = 16;
/** As a plain client sends them; Envoy adds its own. */
export const HEADERS = { 'user-agent': 'weir-bench', accept: '*/*' } as const;

export interface Measured {
  readonly requests: number;
  /** Requests that ended in anything but a 2xx. */
  readonly failed: number;
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

export interface Generator {
  /** One line for people. */
  readonly description: string;
  run(url: string, seconds: number): Promise<Measured>;
}

const run = promisify(execFile);

/** wrk where PATH has it; the fallback is our own. */
export function findGenerator(runDir: string, core: number | undefined): Generator {
  const wrk = onPath('wrk');
  return wrk === undefined ? ownGenerator(core) : wrkGenerator(wrk, runDir, core);
}

function onPath(command: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** wrk rounds what it prints; its script hook has the exact figures. */
const REPORT = `
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"failed":%d,"seconds":%.6f,"p50Us":%d,"p99Us":%d}\\n',
    summary.requests, e.connect + e.read + e.write + e.status + e.timeout, summary.duration / 1e6,
    latency:percentile(50), latency:percentile(99)))
end
`;

function wrkGenerator(path: string, runDir: string, core: number | undefined): Generator {
  const script = join(runDir, 'report.lua');
  writeFileSync(script, REPORT);
  const headers = Object.entries(HEADERS).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  return {
    description: `wrk (${path}), ${CONNECTIONS} connections`,
    run: (url, seconds) => {
      const args = ['-t', '1', '-c', String(CONNECTIONS), '-d', `${seconds}s`, '-s', script, ...headers, url];
      return figures(...onCore(core, path, args));
    },
  };
}

function ownGenerator(core: number | undefined): Generator {
  const script = fileURLToPath(new URL('./closed-loop.js', import.meta.url));
  return {
    description: `fallback: wrk is not on PATH, Node generates the load, ${CONNECTIONS} connections`,
    run: (url, seconds) => figures(...onCore(core, process.execPath, [script, url, String(seconds)])),
  };
}

/** The last line of the output is the result. */
async function figures(command: string, args: string[]): Promise<Measured> {
  const { stdout } = await run(command, args);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured;
}
