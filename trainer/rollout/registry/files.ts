// The few file system calls that durable state is made of. They are an argument, so that a test can end the process
// at each of them.
import { mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';

export interface Files {
  /** With its parents; nothing where it is there. */
  makeFolder(path: string): Promise<void>;
  /** Names in a folder; none where there is no folder. */
  list(path: string): Promise<string[]>;
  read(path: string): Promise<Buffer>;
  /** A new file. @throws EEXIST where there is one */
  create(path: string, content: Uint8Array): Promise<void>;
  /** Brings a file, or the names in a folder, to the disk. */
  sync(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** With all below; nothing where it is gone. */
  remove(path: string): Promise<void>;
}

export const nodeFiles: Files = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  async list(path) {
    try {
      return await readdir(path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  },
  read: (path) => readFile(path),
  create: (path, content) => writeFile(path, content, { flag: 'wx' }),
  async sync(path) {
    const file = await open(path);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
};

/** `ENOSPC` and the like, where the operating system refused. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
