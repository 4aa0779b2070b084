// Where the programs are that tests run against, as `npm run setup:tools` found or built them.
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '../../../build/tools.json');

export type Tool = 'jaeger' | 'prometheus' | 'promtool' | 'chromium' | 'skopeo';

/** @throws {Error} where the program is not there, with the command that brings it */
export function toolPath(tool: Tool, file = FILE): string {
  try {
    const paths = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<Tool, string>>;
    const path = paths[tool];
    if (path === undefined) throw new Error(`it is not in ${file}`);
    accessSync(path, constants.X_OK);
    return path;
  } catch (cause) {
    throw new Error(`no ${tool} for this test: run npm run setup:tools`, { cause });
  }
}

export const jaeger = (): string => toolPath('jaeger');
export const prometheus = (): string => toolPath('prometheus');
export const promtool = (): string => toolPath('promtool');
export const chromium = (): string => toolPath('chromium');
export const skopeo = (): string => toolPath('skopeo');
