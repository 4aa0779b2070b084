// A Dockerfile as far as ours goes: its instructions, and what they do, on folders instead of layers. What needs a base
// image is left to whoever runs the result.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { basename, join, posix } from 'node:path';

export interface Instruction {
  readonly op: string;
  readonly text: string;
}

export interface Stage {
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Stages in their order; what comes before the first FROM is in none. */
export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  const logical = lines.join('\n').replaceAll(/\\\n/g, ' ').split('\n');
  const stages: { name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of logical) {
    const [, op, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (op === undefined || rest === undefined) continue;
    if (op === 'FROM') stages.push({ name: / AS (\w+)$/.exec(rest)?.[1], instructions: [] });
    else stages.at(-1)?.instructions.push({ op, text: rest });
  }
  return stages;
}

/** What a stage says of the process that runs in it. */
export interface Configuration {
  readonly env: Record<string, string>;
  readonly labels: Record<string, string>;
  workdir: string;
  user: string;
  entrypoint: readonly string[];
  command: readonly string[];
}

export interface Build {
  /** A stage's file system is below `root/NAME`. */
  readonly root: string;
  /** Files of the build context, at their own paths. */
  readonly context: string;
  readonly args: Readonly<Record<string, string>>;
  /** Of the base image, and what this machine's processes need to find their programs and registries. */
  readonly env: Readonly<Record<string, string>>;
}

/** Runs a stage's instructions one by one. @throws {Error} on one that it does not know, or a command that fails */
export function runStage({ name = 'final', instructions }: Stage, build: Build): Configuration {
  const made: Configuration = {
    ...{ env: { ...build.env }, labels: {}, workdir: '/', user: '' },
    ...{ entrypoint: [], command: [] },
  };
  const args: Record<string, string> = {};
  const here = (path: string) => join(build.root, name, posix.resolve(made.workdir, path));
  const expand = (text: string) =>
    text.replaceAll(/\$\{?(\w+)\}?/g, (_, key: string) => made.env[key] ?? args[key] ?? '');
  const pairs = (text: string) =>
    [...expand(text).matchAll(/([\w.]+)=("([^"]*)"|\S+)/g)].map(
      ([, key, bare, quoted]) => [key!, quoted ?? bare!] as const,
    );
  for (const { op, text } of instructions) {
    if (op === 'WORKDIR') mkdirSync(here((made.workdir = text)), { recursive: true });
    else if (op === 'ENV') Object.assign(made.env, Object.fromEntries(pairs(text)));
    else if (op === 'LABEL') Object.assign(made.labels, Object.fromEntries(pairs(text)));
    else if (op === 'ARG') {
      const [key, value = ''] = text.split('=');
      args[key!] = build.args[key!] ?? value;
    } else if (op === 'RUN') run(text, here('.'), { ...args, ...made.env });
    else if (op === 'COPY') copy(text, build, here);
    else if (op === 'USER') made.user = text;
    else if (op === 'ENTRYPOINT') made.entrypoint = JSON.parse(text) as string[];
    else if (op === 'CMD') made.command = JSON.parse(text) as string[];
    else if (op !== 'EXPOSE') throw new Error(`${op} ${text}: not known here`);
  }
  return made;
}

function run(command: string, cwd: string, env: Record<string, string>): void {
  execFileSync('sh', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
}

/** The content of a folder goes into the target; a file goes below it where it ends with a slash or several come. */
function copy(text: string, { root, context }: Build, here: (path: string) => string): void {
  const words = text.split(/\s+/);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = paths.pop()!;
  for (const path of paths) {
    const source = join(from === undefined ? context : join(root, from), path);
    const isFolder = statSync(source).isDirectory();
    const below = !isFolder && (target.endsWith('/') || paths.length > 1);
    cpSync(source, below ? join(here(target), basename(path)) : here(target), {
      ...{ recursive: true, verbatimSymlinks: true, errorOnExist: false },
    });
  }
}
