// A folder that is changed by renames alone: whatever is unfinished lies in `tmp/`, so that a process which is killed
// at any moment leaves the old state or the new one, and something to sweep.
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Term } from '../leader/leadership.js';
import { errnoOf, type Files } from './files.js';
import { StorageError } from './storage-error.js';

export class Store {
  readonly #root: string;
  readonly #files: Files;
  readonly #term: Term | undefined;

  /** @param term that of the leader, who alone changes what is there; without one changes are not fenced */
  constructor(root: string, files: Files, term?: Term) {
    this.#root = root;
    this.#files = files;
    this.#term = term;
  }

  /** Whether this process leads here, so that it may mend what it finds. */
  get isLeading(): boolean {
    return this.#term !== undefined;
  }

  path(...names: readonly string[]): string {
    return join(this.#root, ...names);
  }

  /** Makes folders and removes what earlier leaders left unfinished. Only a leader may: nobody else is at work then. */
  async prepare(...folders: readonly string[]): Promise<void> {
    await this.#change(this.#root, 'cannot be prepared', async () => {
      for (const folder of ['tmp', ...folders]) await this.#files.makeFolder(this.path(folder));
      for (const left of await this.#files.list(this.path('tmp')))
        await this.#files.remove(this.path('tmp', left));
      await this.#files.sync(this.#root);
    });
  }

  /** Puts a file in its place, in that of an older one where there is one. */
  async replace(path: string, content: Uint8Array): Promise<void> {
    const part = this.#temporary();
    await this.#change(path, 'cannot be written', async () => {
      try {
        await this.#writeDown(part, content);
        await this.#commit(part, path);
      } catch (error) {
        await this.#tidy(part);
        throw error;
      }
    });
  }

  /** Puts a folder with its files in its place at once. */
  async install(path: string, contents: Readonly<Record<string, Uint8Array>>): Promise<void> {
    const part = this.#temporary();
    await this.#change(path, 'cannot be written', async () => {
      try {
        await this.#files.makeFolder(part);
        for (const [name, content] of Object.entries(contents))
          await this.#writeDown(join(part, name), content);
        await this.#files.sync(part);
        await this.#commit(part, path);
      } catch (error) {
        await this.#tidy(part);
        throw error;
      }
    });
  }

  /** Removes a file or a folder, all of it at once. */
  async discard(path: string): Promise<void> {
    const part = this.#temporary();
    await this.#change(path, 'cannot be removed', () => this.#commit(path, part));
    await this.#tidy(part);
  }

  /** Puts a damaged file or folder aside and says where. */
  async quarantine(path: string): Promise<string> {
    const aside = this.path('corrupt', `${basename(path)}.${randomUUID().slice(0, 8)}`);
    await this.#change(path, 'cannot be put aside', async () => {
      await this.#files.makeFolder(dirname(aside));
      await this.#commit(path, aside);
    });
    return aside;
  }

  /** An empty file that is there or not: the one change that needs no leader, since nothing can come between. */
  async mark(path: string, isSet: boolean): Promise<void> {
    try {
      if (!isSet) await this.#files.remove(path);
      else if (!(await this.#files.list(dirname(path))).includes(basename(path)))
        await this.#files.create(path, new Uint8Array());
      await this.#files.sync(dirname(path));
    } catch (error) {
      throw new StorageError(path, isSet ? 'cannot be written' : 'cannot be removed', error);
    }
  }

  #temporary(): string {
    return this.path('tmp', randomUUID());
  }

  async #writeDown(path: string, content: Uint8Array): Promise<void> {
    await this.#files.create(path, content);
    await this.#files.sync(path);
  }

  /** The rename that counts. Asked right before it, because the writing may have taken any time. */
  async #commit(from: string, to: string): Promise<void> {
    await this.#term?.check();
    await this.#files.rename(from, to);
    await this.#files.sync(dirname(to));
    if (dirname(from) !== this.path('tmp')) await this.#files.sync(dirname(from));
  }

  /** Before anything is written, and after all is: only who still leads then has written. */
  async #change(path: string, what: string, change: () => Promise<void>): Promise<void> {
    await this.#term?.check();
    try {
      await change();
    } catch (error) {
      // The next leader sweeps what this one was at: the loss is the reason then.
      await this.#term?.check();
      throw errnoOf(error) === undefined ? error : new StorageError(path, what, error);
    }
    await this.#term?.check();
  }

  /** What cannot be removed now, the next leader sweeps. */
  async #tidy(part: string): Promise<void> {
    await this.#files.remove(part).catch(() => undefined);
  }
}
