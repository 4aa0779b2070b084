// A process of its own that outlives its parent for a moment and ends what the parent started.
// The parent holds the other end of stdin: however it dies, kill -9 included, the pipe closes.
// Plain JavaScript without imports from the project, so that Node runs it from a checkout and from a package alike.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const GRACE_MS = 1000;
const POLL_MS = 20;

/** Start time of each process watched: a number alone may have gone to another process by the time we kill it. */
const watched = new Map();
const folders = new Set();

/** The 22nd field of /proc/PID/stat, counted after the command's name, which may hold blanks and brackets. */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is dead already: its parent has not looked yet.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return process.platform === 'linux' ? undefined : startTimeByPs(pid);
  }
}

function startTimeByPs(pid) {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

const COMMANDS = {
  add: (pid) => {
    const started = startTime(Number(pid));
    if (started !== undefined) watched.set(Number(pid), started);
  },
  remove: (pid) => watched.delete(Number(pid)),
  folder: (path) => folders.add(path),
};

function alive() {
  return [...watched].filter(([pid, started]) => startTime(pid) === started).map(([pid]) => pid);
}

function signal(name) {
  for (const pid of alive()) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended in between.
    }
  }
}

async function cleanUp() {
  signal('SIGTERM');
  const deadline = Date.now() + GRACE_MS;
  while (alive().length > 0 && Date.now() < deadline) await new Promise((next) => setTimeout(next, POLL_MS));
  signal('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

// Ctrl-C and a closing terminal reach the whole process group; this one goes last.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const blank = line.indexOf(' ');
  COMMANDS[line.slice(0, blank)]?.(line.slice(blank + 1));
});
lines.on('close', cleanUp);
