// Where the programs are that tests run against, as `npm run setup:tools` and `npm run setup:istio` found or built them.
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../trainer/cli/package-root.js';

const FILE = join(packageRoot, 'build/tools.json');

const TOOLS = ['jaeger', 'prometheus', 'promtool', 'chromium', 'skopeo'] as const;

export type Tool = (typeof TOOLS)[number];
/** `istio-crds` is the file with Istio's CustomResourceDefinitions. */
export type ControlPlaneTool =
  'etcd' | 'kube-apiserver' | 'kubectl' | 'helm' | 'pilot-discovery' | 'istio-crds';

/** @throws {Error} where the program is not there, with the command that brings it */
export function toolPath(tool: Tool | ControlPlaneTool, file = FILE): string {
  try {
    const paths = JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<string, string>>;
    const path = paths[tool];
    if (path === undefined) throw new Error(`it is not in ${file}`);
    accessSync(path, tool === 'istio-crds' ? constants.R_OK : constants.X_OK);
    return path;
  } catch (cause) {
    throw new Error(
      `no ${tool} for this: run npm run ${isOfControlPlane(tool) ? 'setup:istio' : 'setup:tools'}`,
      {
        cause,
      },
    );
  }
}

function isOfControlPlane(tool: Tool | ControlPlaneTool): tool is ControlPlaneTool {
  return !(TOOLS as readonly string[]).includes(tool);
}

export const jaeger = (): string => toolPath('jaeger');
export const prometheus = (): string => toolPath('prometheus');
export const promtool = (): string => toolPath('promtool');
export const chromium = (): string => toolPath('chromium');
export const skopeo = (): string => toolPath('skopeo');
