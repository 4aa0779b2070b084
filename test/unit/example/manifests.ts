// The manifests of deploy/example, as far as tests look at them.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const EXAMPLE = join(import.meta.dirname, '../../../deploy/example');
const BALANCE = 'weir.dev/balance';

export interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly replicas?: number;
    readonly ports?: readonly { readonly port: number }[];
    readonly template?: {
      readonly metadata: Manifest['metadata'];
      readonly spec: { readonly containers: readonly Container[] };
    };
  };
}

export const documents = (text: string): readonly Manifest[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest);

/** Of the files that kustomization.yaml names. */
export function manifests(): readonly Manifest[] {
  const files = readdirSync(EXAMPLE).filter((name) => name.endsWith('.yaml'));
  const own = ['kustomization.yaml', 'pod.yaml', 'load-job.yaml', 'weir-values.yaml'];
  return files
    .filter((name) => !own.includes(name))
    .flatMap((name) => documents(readFileSync(join(EXAMPLE, name), 'utf8')));
}

export const isBalanced = ({ metadata }: Manifest): boolean => metadata.labels?.[BALANCE] === 'enabled';

export const environment = ({ env }: Container): Record<string, string> =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));
