// A shell as a reader of the README has it: in the root of the checkout, with kubectl and a cluster.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { toolPath } from '../../../bench/cluster/tool-path.js';
import { packageRoot } from '../../../trainer/cli/package-root.js';

/** Variables that one command sets are there for the next. */
const SCRIPT = 'set -a; . "$1"; eval "$2"; export -p > "$1"';

export interface Shell {
  /** @returns what it printed @throws {Error} where it fails */
  run(command: string): Promise<string>;
  close(): void;
}

export function openShell(kubeConfig: string): Shell {
  const folder = mkdtempSync(join(tmpdir(), 'weir-shell-'));
  const variables = join(folder, 'variables');
  writeFileSync(variables, '');
  const path = `${dirname(toolPath('kubectl'))}${delimiter}${process.env['PATH']}`;
  const env = { ...process.env, KUBECONFIG: kubeConfig, PATH: path };
  return {
    async run(command) {
      const args = ['-eo', 'pipefail', '-c', SCRIPT, 'shell', variables, command];
      const options = { cwd: packageRoot, env, maxBuffer: 1 << 26 };
      return (await promisify(execFile)('bash', args, options)).stdout;
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}
