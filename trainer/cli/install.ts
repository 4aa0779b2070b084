// `weir install`: Weir in an Istio mesh, from the same values that the Helm chart takes.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { ZodError } from 'zod';
import { encodeModel } from '../actor/model-file.js';
import type { Values } from '../install/values.js';
import { Different, UsageError } from './errors.js';
import { packageVersion } from './package-root.js';
import { shippedModel } from './shipped-model.js';

/** kubectl reads YAML 1.1, in which `off` is a boolean unless it is quoted. */
const KUBECTL_YAML = { version: '1.1' } as const;

interface InstallOptions {
  readonly values?: string;
  readonly set: readonly string[];
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly force?: boolean;
  readonly kubeconfig?: string;
}

export function addInstall(program: Command): void {
  const collect = (text: string, before: readonly string[]) => [...before, text];
  program
    .command('install')
    .description('install or upgrade Weir in an Istio mesh, by server-side apply')
    .option('--values <file>', 'values, YAML or JSON (docs/install.md)')
    .option('--set <path=value>', 'one value, as in replicas=2 (repeatable)', collect, [])
    .option('--dry-run', 'print the manifests; the cluster is asked nothing but who opted in by label')
    .option('--diff', 'print what would change; exit code 1 where something would')
    .option('--force', 'take over fields that others manage')
    .option('--kubeconfig <file>', "the way to the API server; default: kubectl's")
    .action(install);
}

async function install(options: InstallOptions): Promise<void> {
  const manifests = await rendered(options);
  if (options.dryRun) {
    process.stdout.write(manifests.map((one) => `---\n${stringify(one, KUBECTL_YAML)}`).join(''));
    return;
  }
  const [{ Cluster }, { unifiedDiff }, { loadKubeConfig }] = await Promise.all([
    import('../install/cluster.js'),
    import('../install/unified-diff.js'),
    import('../publish/kubernetes/kube-config.js'),
  ]);
  const cluster = new Cluster(loadKubeConfig(options.kubeconfig), options.force ?? false);
  let differs = false;
  for (const manifest of manifests) {
    const change = await (options.diff ? cluster.preview(manifest) : cluster.apply(manifest));
    const difference = unifiedDiff(change);
    differs ||= difference !== '';
    const became = change.before === undefined ? 'created' : difference === '' ? 'unchanged' : 'configured';
    process.stdout.write(options.diff ? difference : `${change.what} ${became}\n`);
  }
  if (options.diff && differs) throw new Different();
}

async function rendered(options: InstallOptions): Promise<object[]> {
  // Loads what takes a moment, which neither --help nor a typing error should wait for.
  const [{ parseValues }, { render }] = await Promise.all([
    import('../install/parse-values.js'),
    import('../install/render.js'),
  ]);
  const file = options.values ?? 'values';
  let values: Values;
  try {
    values = parseValues(withSet(readValues(options.values), options.set));
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const line = ({ path, message }: ZodError['issues'][number]) =>
      `${file}: ${path.map(String).join('.') || 'the file'}: ${message}`;
    throw new UsageError(error.issues.map(line).join('\n'));
  }
  if (values.optIn.byLabel) {
    const { withLabelled } = await import('../install/labelled.js');
    const { loadKubeConfig } = await import('../publish/kubernetes/kube-config.js');
    values = await withLabelled(values, loadKubeConfig(options.kubeconfig));
  }
  const model = Buffer.from(encodeModel(shippedModel())).toString('base64');
  // The chart leaves this one to Helm.
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: values.namespace } };
  return [namespace, ...render(values, { version: packageVersion(), model })];
}

function readValues(file: string | undefined): unknown {
  if (file === undefined) return {};
  try {
    return parse(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

/** As Helm's --set, without lists: values are YAML, so `true` and `2` are what they look like. */
function withSet(values: unknown, sets: readonly string[]): unknown {
  return sets.reduce((all, set) => {
    const [path, ...rest] = set.split('=');
    if (!path || rest.length === 0) throw new UsageError(`--set ${set}: expected path=value`);
    return put(all, path.split('.'), parse(rest.join('=')));
  }, values);
}

function put(within: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const map = typeof within === 'object' && within !== null ? (within as Record<string, unknown>) : {};
  return { ...map, [key]: put(map[key], rest, value) };
}
