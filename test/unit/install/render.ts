// What an installation consists of, in types that tests look at it by.
import { parseValues } from '../../../trainer/install/parse-values.js';
import { render } from '../../../trainer/install/render.js';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { shippedModel } from '../../../trainer/cli/shipped-model.js';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

export const MODEL = Buffer.from(encodeModel(shippedModel())).toString('base64');

export const rendered = (values: object): readonly Manifest[] =>
  render(parseValues(values), { version: '1.2.3', model: MODEL }) as Manifest[];

/** The one of this kind, and of this name where there are several. */
export function only(values: object, kind: string, name?: string): Manifest {
  const found = rendered(values).filter(
    (one) => one.kind === kind && (name ?? one.metadata.name) === one.metadata.name,
  );
  if (found.length !== 1) throw new Error(`${found.length} of ${kind} ${name ?? ''}`);
  return found[0]!;
}

/** `Kind namespace/name`. */
export const nameOf = ({ kind, metadata: { namespace, name } }: Manifest): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

/** Of the filter, in either resource. */
export const pluginConfig = ({ spec }: Manifest): object =>
  spec?.['pluginConfig'] ?? (spec?.['wasm'] as { pluginConfig: object }).pluginConfig;
