// What the setup scripts share: where the parts are kept that are made once a machine, and how they get there whole.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where tests look for the programs that they run against. */
const toolsFile = join(dirname(fileURLToPath(import.meta.url)), '../build/tools.json');
/** Also looked in where PATH lacks them. */
const FOLDERS = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/go/bin'];

export const say = (line) => process.stderr.write(`weir: ${line}\n`);

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

/** Path of the first program by one of these names; undefined where there is none. */
export function find(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...FOLDERS];
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** What `get` returns; where it cannot, one line of what is missing and what follows. */
export function attempt(name, without, get) {
  try {
    return get();
  } catch (error) {
    say(`no ${name}, so tests ${without} will fail: ${error.message}`);
    return undefined;
  }
}

/** Adds the paths of programs to build/tools.json; the exit code says whether all are there. */
export function keepTools(paths) {
  let before = {};
  try {
    before = JSON.parse(readFileSync(toolsFile, 'utf8'));
  } catch {
    // The first ones.
  }
  mkdirSync(dirname(toolsFile), { recursive: true });
  writeFileSync(`${toolsFile}.${process.pid}`, `${JSON.stringify({ ...before, ...paths }, undefined, 2)}\n`);
  renameSync(`${toolsFile}.${process.pid}`, toolsFile);
  if (Object.values(paths).includes(undefined)) process.exitCode = 1;
  else say(`tests have their tools: ${Object.keys(paths).join(', ')}`);
}
