// What Istio's agent takes for a module: the rules of istio/pkg/wasm/imagefetcher.go (1.31) on a layout, for an image of
// OCI's media types.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Manifest {
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Content of a blob, checked as a registry's client checks it. */
export function blob(layout: string, { digest, size }: Descriptor): Buffer {
  const bytes = readFileSync(join(layout, 'blobs', digest.replace(':', '/')));
  if (`sha256:${sha256(bytes)}` !== digest || bytes.length !== size) throw new Error(`${digest} is not it`);
  return bytes;
}

/** The image of that tag, with the digest that the agent holds against `sha256` of the WasmPlugin. */
export function findImage(layout: string, tag: string): { manifest: Manifest; checksum: string } {
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: Descriptor[] };
  const found = index.manifests.filter((d) => d.annotations?.['org.opencontainers.image.ref.name'] === tag);
  if (found.length !== 1) throw new Error(`${found.length} images of tag ${tag}`);
  const content = blob(layout, found[0]!);
  return { manifest: JSON.parse(content.toString()) as Manifest, checksum: sha256(content) };
}

/** The module in the last layer, as extractOCIStandardImage and extractWasmPluginBinary find it. */
export function extractWasm(layout: string, { layers }: Manifest): Buffer {
  const layer = layers.at(-1);
  if (layer?.mediaType !== 'application/vnd.oci.image.layer.v1.tar+gzip')
    throw new Error('invalid media type');
  const tar = gunzipSync(blob(layout, layer));
  for (let at = 0; tar[at] !== 0;) {
    const name = tar.toString('latin1', at, tar.indexOf(0, at));
    const size = parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    const content = tar.subarray(at + 512, at + 512 + size);
    if (name.split('/').at(-1) === 'plugin.wasm') return content;
    at += 512 + 512 * Math.ceil(size / 512);
  }
  throw new Error('plugin.wasm not found in the archive');
}
