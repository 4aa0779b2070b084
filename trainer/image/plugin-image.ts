// plugin.wasm as an OCI image (image-spec 1.1) that Istio's agent fetches for `url: oci://..`.
//
// The agent (istio/pkg/wasm/imagefetcher.go) takes three forms: an image of Docker's media types, the same in OCI's (the
// "compat" variant, spec-compat.md of the Wasm Image Specification: `plugin.wasm` in a tar+gzip layer, the last one), and
// an artifact of two layers with media types of its own. This is the second: the agent tries it before the third, it
// needs no empty second layer, and it is an ordinary image to every registry, scanner and copying tool.
import { createHash } from 'node:crypto';
import { gzipStored, tarOf } from './archive.js';
import type { ModuleVersion } from './module-version.js';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';
/** The name that the agent looks for. */
const WASM_FILE = 'plugin.wasm';

export const TITLE_KEY = 'org.opencontainers.image.title';
export const TITLE = 'weir-plugin';

export interface PluginImage {
  /** Path in the layout -> content. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly manifestDigest: string;
  /** Of the module itself, 64 hexadecimal digits. */
  readonly wasmSha256: string;
}

/**
 * The layout of one image of one layer.
 * @param tag `org.opencontainers.image.ref.name` in the index, what tools name the image by
 */
export function pluginImage(
  wasm: Uint8Array,
  { version, revision }: ModuleVersion,
  licence: string,
  tag: string,
): PluginImage {
  const annotations = {
    [TITLE_KEY]: TITLE,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': licence,
    ...(revision === undefined ? {} : { 'org.opencontainers.image.revision': revision }),
  };
  const files = new Map<string, Uint8Array>();
  const blob = (mediaType: string, content: Uint8Array) => {
    const hash = sha256(content);
    files.set(`blobs/sha256/${hash}`, content);
    return { mediaType, digest: `sha256:${hash}`, size: content.length };
  };

  const tar = tarOf(WASM_FILE, wasm);
  const layer = blob(LAYER, gzipStored(tar));
  const config = blob(
    CONFIG,
    json({
      // A module runs anywhere, but in an index of platforms the agent looks for this one, on every node.
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: annotations },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(tar)}`] },
    }),
  );
  const manifest = blob(
    MANIFEST,
    json({ schemaVersion: 2, mediaType: MANIFEST, config, layers: [layer], annotations }),
  );
  const named = { [TITLE_KEY]: TITLE, 'org.opencontainers.image.ref.name': tag };
  const manifests = [{ ...manifest, annotations: named }];
  files.set('index.json', json({ schemaVersion: 2, mediaType: INDEX, manifests }));
  files.set('oci-layout', json({ imageLayoutVersion: '1.0.0' }));
  return { files, manifestDigest: manifest.digest, wasmSha256: sha256(wasm) };
}

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
