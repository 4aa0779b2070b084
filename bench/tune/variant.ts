// A simulator with other constants: a copy of the plugin's sources with them exchanged, compiled as the real one is.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../trainer/cli/package-root.js';

export interface Parameter {
  /** `NAME` of a `const NAME: f32 = VALUE` in `file`, a path below plugin/. */
  readonly name: string;
  readonly file: string;
  /** To be tried, one of them the value in the sources. */
  readonly values: readonly number[];
}

export type Values = Readonly<Record<string, number>>;

const declaration = ({ name }: Parameter) => new RegExp(`(const ${name}: f(?:32|64) = )([-\\d.e]+)(;)`);

/** The value in the sources. @throws {Error} where the file has no such constant */
export function presentValue(parameter: Parameter): number {
  const text = readFileSync(join(packageRoot, 'plugin', parameter.file), 'utf8');
  const match = declaration(parameter).exec(text);
  if (!match) throw new Error(`plugin/${parameter.file} has no constant ${parameter.name}`);
  return Number(match[2]);
}

/** Compiles the simulator with these values and returns the module's bytes. */
export function compileVariant(parameters: readonly Parameter[], values: Values): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'weir-tune-'));
  try {
    cpSync(join(packageRoot, 'plugin'), join(folder, 'plugin'), { recursive: true });
    cpSync(join(packageRoot, 'asconfig.json'), join(folder, 'asconfig.json'));
    for (const parameter of parameters) {
      const file = join(folder, 'plugin', parameter.file);
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, text.replace(declaration(parameter), `$1${values[parameter.name]}$3`));
    }
    const asc = join(packageRoot, 'node_modules/assemblyscript/bin/asc.js');
    const args = [asc, 'plugin/simulator.ts', '--target', 'simulator', '--outFile', 'variant.wasm'];
    execFileSync(process.execPath, args, { cwd: folder, stdio: 'pipe' });
    return readFileSync(join(folder, 'variant.wasm'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
