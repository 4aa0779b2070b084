// The commands of a README, section by section, and a shell that runs them one after the other.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { toolPath } from '../../../bench/cluster/tool-path.js';
import { packageRoot } from '../../../trainer/cli/package-root.js';

/** Lines of the blocks of shell commands, by the heading that they are under. */
export function commandsOf(file: string): ReadonlyMap<string, readonly string[]> {
  const sections = readFileSync(file, 'utf8').split(/^#+ /m).slice(1);
  return new Map(
    sections.map((text) => {
      const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!.trim());
      return [text.split('\n', 1)[0]!, blocks.flatMap((block) => block.split('\n'))] as const;
    }),
  );
}

export interface Shell {
  /** In the root of the checkout. @returns what it printed @throws {Error} where it fails */
  run(command: string): Promise<string>;
  close(): void;
}

/** Variables that one command sets are there for the next. */
export function openShell(kubeConfig: string): Shell {
  const folder = mkdtempSync(join(tmpdir(), 'weir-walk-'));
  const state = join(folder, 'variables');
  writeFileSync(state, '');
  const path = `${dirname(toolPath('kubectl'))}${delimiter}${process.env['PATH']}`;
  const env = { ...process.env, KUBECONFIG: kubeConfig, PATH: path };
  return {
    async run(command) {
      const script = `set -a; . "$1"; eval "$2"; export -p > "$1"`;
      const args = ['-eo', 'pipefail', '-c', script, 'walk', state, command];
      const options = { cwd: packageRoot, env, maxBuffer: 1 << 26 };
      return (await promisify(execFile)('bash', args, options)).stdout;
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}
