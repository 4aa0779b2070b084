// What the setup scripts share: where the parts are kept that are made once a machine, and how they get there whole.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

export const cacheFolder = () => process.env.WEIR_CACHE || join(homedir(), '.cache/weir');

/** Runs a command without a word and returns its output; where it fails, throws the first line that says why. */
export function run(name, command, args, options) {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
  if (done.status === 0) return done.stdout.trim();
  const said = `${done.stdout ?? ''}\n${done.stderr ?? ''}`.split('\n');
  const line = said.find((text) => /error: |not found|no module named|unable to|disabled/i.test(text));
  const why = done.error?.message ?? done.signal ?? line ?? `exit ${done.status}`;
  throw new Error(`${name}: ${why.replace(/^gyp ERR! stack /, '').trim()}`.slice(0, 200));
}

/** Makes a folder as a whole: `fill` works in one beside it, which takes its name only when all is there. */
export function once(folder, fill) {
  if (existsSync(folder)) return;
  mkdirSync(dirname(folder), { recursive: true });
  const scratch = mkdtempSync(`${folder}.part-`);
  try {
    fill(scratch);
    renameSync(scratch, folder);
  } catch (error) {
    // Another process may have been faster; what it made is as good.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
