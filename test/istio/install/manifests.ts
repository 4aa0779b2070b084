// Manifests as two programs print them, made comparable.
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import { keyOf, manifestsOf, type Manifest } from '../../unit/install/kustomize.js';

export const CHART = join(packageRoot, 'deploy/helm/weir');
const ANNOTATION = 'weir.dev/config';

interface Deployment extends Manifest {
  readonly spec: { readonly template: { readonly metadata: { annotations: Record<string, string> } } };
}

const isDeployment = (manifest: Manifest): manifest is Deployment => manifest.kind === 'Deployment';

/**
 * What `weir install` makes of values, but for the namespace.
 * @param annotated with the hash of the configuration, by which programs differ
 */
export const renderedBy = (values: object, annotated = false): Manifest[] =>
  comparable(
    manifestsOf(values).filter(({ kind }) => kind !== 'Namespace'),
    annotated,
  );

export function parsedManifests(text: string, annotated = false): Manifest[] {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Manifest | null);
  return comparable(
    documents.filter((one) => one !== null),
    annotated,
  );
}

/** In the order of their names, with the trainer's configuration as what it says. */
function comparable(manifests: readonly Manifest[], annotated: boolean): Manifest[] {
  return (structuredClone(manifests) as Manifest[])
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .map((manifest) => {
      if (manifest.kind === 'ConfigMap') {
        const data = manifest['data'] as Record<string, string>;
        return { ...manifest, data: { ...data, 'weir.yaml': JSON.parse(data['weir.yaml']!) as object } };
      }
      if (isDeployment(manifest) && !annotated) {
        const { [ANNOTATION]: _hash, ...others } = manifest.spec.template.metadata.annotations;
        manifest.spec.template.metadata.annotations = others;
      }
      return manifest;
    });
}

/** Of the pods. */
export const configAnnotation = (manifests: readonly Manifest[]): string | undefined =>
  manifests.find(isDeployment)?.spec.template.metadata.annotations[ANNOTATION];
