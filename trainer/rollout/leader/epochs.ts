// The epochs of leading as files of one folder. Creating EPOCH fails where it is there, so that of all who want to lead
// next one does; `EPOCH.released` says that its leader has gone. The newest file is never removed: epochs only grow.
//
// A leader shows that it lives by a counter in its file's modification time: seconds since 1970 that have nothing to do
// with any clock, and that need no room on a full disk. What is in the file says to people who leads.
import { mkdir, open, readFile, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../registry/files.js';

export interface Top {
  readonly epoch: number;
  readonly isReleased: boolean;
}

export class Epochs {
  /** @param folder that nothing else uses */
  constructor(readonly folder: string) {}

  /** The newest epoch; undefined where nobody has led yet. */
  async top(): Promise<Top | undefined> {
    const all = await this.#all();
    return all.reduce<Top | undefined>(
      (top, each) => (top && top.epoch >= each.epoch ? top : each),
      undefined,
    );
  }

  /** Whether `epoch` is this caller's now. @param holder who that is, for people */
  async claim(epoch: number, holder: string): Promise<boolean> {
    await mkdir(this.folder, { recursive: true });
    const path = this.#path(epoch);
    try {
      await (await open(path, 'wx')).close();
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    }
    // A claim that slept since it looked: others have led meanwhile, and removed the file that would have stopped it.
    if ((await this.top())?.epoch !== epoch) {
      await rm(path, { force: true });
      return false;
    }
    await this.#describe(path, holder);
    for (const { epoch: old } of await this.#all())
      if (old < epoch)
        for (const left of [this.#path(old), this.#path(old, true)]) await rm(left, { force: true });
    return true;
  }

  /** Nothing where the epoch is past. */
  async beat(epoch: number, count: number): Promise<void> {
    await utimes(this.#path(epoch), count, count).catch(unlessGone);
  }

  /** The counter of the last beat; undefined where the epoch is past. */
  async pulse(epoch: number): Promise<number | undefined> {
    return (await stat(this.#path(epoch)).catch(unlessGone))?.mtimeMs;
  }

  async holder(epoch: number): Promise<string> {
    const text = await readFile(this.#path(epoch), 'utf8').catch(() => '');
    return text.trim() || 'a process unknown';
  }

  async release(epoch: number): Promise<void> {
    await rename(this.#path(epoch), this.#path(epoch, true));
  }

  /** For people only: a full disk does not keep anybody from leading. */
  async #describe(path: string, holder: string): Promise<void> {
    const file = await open(path, 'r+');
    try {
      await file.writeFile(`${holder}\n`).catch(() => undefined);
      await file.sync();
    } finally {
      await file.close();
    }
    const folder = await open(this.folder);
    await folder.sync().finally(() => folder.close());
  }

  async #all(): Promise<Top[]> {
    const names = (await readdir(this.folder).catch(unlessGone)) ?? [];
    return names.flatMap((name) => {
      const [, epoch, released] = /^(\d{1,15})(\.released)?$/.exec(name) ?? [];
      return epoch === undefined ? [] : [{ epoch: Number(epoch), isReleased: released !== undefined }];
    });
  }

  #path(epoch: number, isReleased = false): string {
    return join(this.folder, isReleased ? `${epoch}.released` : String(epoch));
  }
}

function unlessGone(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error;
}
