// One file out of a zip archive, without reading the rest of it.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { open, type Entry, type ZipFile } from 'yauzl';

/** Writes the first entry whose name matches to `target`; false when there is none. */
export async function extractFirst(archive: string, name: RegExp, target: string): Promise<boolean> {
  const zip = await openArchive(archive);
  try {
    const entry = await find(zip, name);
    if (entry === undefined) return false;
    await pipeline(await openEntry(zip, entry), createWriteStream(target));
    return true;
  } finally {
    zip.close();
  }
}

function openArchive(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip),
    );
  });
}

function find(zip: ZipFile, name: RegExp): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    zip.on('error', reject);
    zip.on('end', () => resolve(undefined));
    zip.on('entry', (entry: Entry) => (name.test(entry.fileName) ? resolve(entry) : zip.readEntry()));
    zip.readEntry();
  });
}

function openEntry(zip: ZipFile, entry: Entry): Promise<NodeJS.ReadableStream> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}
