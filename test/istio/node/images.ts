// What is in the images that containers name: Node alone, or what the Dockerfile puts into the trainer's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import { parseDockerfile } from '../../image/dockerfile.js';

export interface Image {
  readonly entrypoint: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** As `SOURCE=TARGET`. */
  readonly mounts: readonly string[];
}

/** @throws {Error} on one that is not to be had here */
export function imageOf(name: string): Image {
  if (/^node:\d+-alpine$/.test(name)) return { entrypoint: [], env: {}, mounts: [] };
  if (/\/trainer:[\w.-]+$/.test(name)) return trainer();
  throw new Error(`image ${name}: not known here`);
}

/** Built of this checkout already: what the final stage copies lies here at the same paths. */
function trainer(): Image {
  const { instructions } = parseDockerfile(readFileSync(join(packageRoot, 'Dockerfile'), 'utf8')).at(-1)!;
  const texts = (op: string) => instructions.filter((one) => one.op === op).map(({ text }) => text);
  const sources = texts('COPY').flatMap((text) => text.match(/(?<=\/opt\/weir\/)\S+/g) ?? []);
  const env = texts('ENV').flatMap((text) => [...text.matchAll(/(\w+)=(\w+)/g)]);
  return {
    entrypoint: JSON.parse(texts('ENTRYPOINT').at(-1)) as string[],
    env: Object.fromEntries(env.map(([, key, value]) => [key!, value!])),
    // An empty folder for the volume, in the image.
    mounts: sources
      .filter((path) => path !== 'data')
      .map((path) => `${join(packageRoot, path)}=/opt/weir/${path}`),
  };
}
