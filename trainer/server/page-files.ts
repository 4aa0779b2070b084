// The built page, read once: what is not in this list is not served, so no path leads out of its folder.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** Absent where it would not be smaller. */
  readonly gzip?: Buffer;
}

/** By path without a leading slash: `index.html`, `assets/index-4f2a.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Empty where the page was not built. */
export function readPage(): PageFiles {
  // trainer/server in the sources, dist/trainer/server when built.
  const folders = ['../../dist/dashboard/', '../../dashboard/'].map((up) => new URL(up, import.meta.url));
  const folder = folders.find((url) => existsSync(new URL('index.html', url)));
  if (folder === undefined) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    name.replaceAll('\\', '/'),
  );
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)];
      if (type === undefined) return [];
      return [[name, fileOf(readFileSync(fileURLToPath(new URL(name, folder))), type)] as const];
    }),
  );
}

function fileOf(bytes: Buffer, type: string): PageFile {
  const gzip = gzipSync(bytes, { level: 9 });
  return gzip.length < bytes.length ? { type, bytes, gzip } : { type, bytes };
}
