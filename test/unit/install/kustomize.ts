// Files of deploy/kustomize, from values: of a base all that `weir install` would apply, one file a kind; of an overlay what
// it adds to the base, and a patch where it differs.
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { packageVersion } from '../../../trainer/cli/package-root.js';
import { parseValues } from '../../../trainer/install/parse-values.js';
import { render } from '../../../trainer/install/render.js';
import { MODEL } from './render.js';

/** Text by name. */
export type Files = Readonly<Record<string, string>>;

export type Manifest = Readonly<Record<string, unknown>> & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

const MADE =
  'Made by test/unit/install/kustomize.test.ts (UPDATE_GOLDEN=1), as weir install --dry-run prints it';

/** As kubectl reads it. */
const text = (content: object): string => stringify(content, { version: '1.1', lineWidth: 0 });

export function manifestsOf(input: unknown): Manifest[] {
  const values = parseValues(input);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: values.namespace } };
  return [namespace, ...render(values, { version: packageVersion(), model: MODEL })] as Manifest[];
}

export function baseFiles(): Files {
  const files = byKind(manifestsOf({}));
  return { ...files, ...kustomization('The trainer alone', { resources: Object.keys(files) }) };
}

export function overlayFiles(input: unknown): Files {
  const base = new Map(manifestsOf({}).map((one) => [keyOf(one), one]));
  const all = manifestsOf(input);
  const added = byKind(all.filter((one) => !base.has(keyOf(one))));
  const patches = all.flatMap((one) => {
    const before = base.get(keyOf(one));
    return before === undefined || isDeepStrictEqual(before, one) ? [] : [patch(before, one)];
  });
  const named = Object.fromEntries(patches.map((one) => [`${one.kind.toLowerCase()}-patch.yaml`, text(one)]));
  const lists = {
    resources: ['../../base', ...Object.keys(added)],
    patches: Object.keys(named).map((path) => ({ path })),
  };
  return { ...added, ...named, ...kustomization('The base, and what values.yaml adds to it', lists) };
}

export const keyOf = ({ kind, metadata: { namespace = '', name } }: Manifest): string =>
  [kind, namespace, name].join('/');

function byKind(manifests: readonly Manifest[]): Files {
  const kinds = [...new Set(manifests.map(({ kind }) => kind))];
  return Object.fromEntries(
    kinds.map((kind) => [
      `${kind.toLowerCase()}.yaml`,
      manifests.flatMap((one) => (one.kind === kind ? [text(one)] : [])).join('---\n'),
    ]),
  );
}

const kustomization = (what: string, content: object): Files => ({
  'kustomization.yaml': [
    ...[`# ${what}.`, `# ${MADE}.`],
    text({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...content }),
  ].join('\n'),
});

function patch(before: Manifest, after: Manifest): Manifest {
  const { apiVersion, kind, metadata } = after;
  const { name, namespace } = metadata;
  const changed = changes(before, after) as { metadata?: object };
  return {
    ...{ apiVersion, kind, ...changed },
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...changed.metadata },
  };
}

/** Of maps, key by key, without those that are gone: a patch that leaves one out keeps it, and the test tells. */
function changes(before: unknown, after: unknown): unknown {
  if (!isMap(before) || !isMap(after)) return after;
  return Object.fromEntries(
    Object.entries(after).flatMap(([key, value]) =>
      isDeepStrictEqual(before[key], value) ? [] : [[key, changes(before[key], value)]],
    ),
  );
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
