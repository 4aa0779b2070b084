// Filters made for a test, from a source in a string.
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import asc from 'assemblyscript/asc';

const ROOT = resolve(import.meta.dirname, '../../..');

/** Compiles `source`, which stands as `entry` in this repository for the time, to a wasm file at `path`. */
export async function compile(
  entry: string,
  source: string,
  options: readonly string[],
  path: string,
): Promise<void> {
  let binary: Uint8Array | undefined;
  let words = '';
  const { error } = await asc.main([entry, '--baseDir', ROOT, ...options, '--outFile', 'out.wasm'], {
    readFile: (name) => (name === entry ? source : readFile(resolve(ROOT, name), 'utf8').catch(() => null)),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: () => null,
    stderr: {
      write: (chunk) => void (words += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()),
    },
  });
  if (error || !binary) throw new Error(`${entry} does not compile: ${words}`);
  await writeFile(path, binary);
}
