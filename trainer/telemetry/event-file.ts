// Events as lines of JSON in a file that only grows by whole lines, and that makes room for the next one when it is full.
import { open, readFile, rename, truncate, type FileHandle } from 'node:fs/promises';
import type { TrainerEvent } from './event.js';

const ROTATE_BYTES = 8 * 1024 * 1024;

export class EventFile {
  readonly #path: string;
  readonly #older: string;
  readonly #rotateBytes: number;
  #handle: FileHandle | undefined;
  /** Of whole lines. */
  #size: number;

  private constructor(base: string, size: number, rotateBytes: number) {
    [this.#path, this.#older] = pathsOf(base);
    this.#size = size;
    this.#rotateBytes = rotateBytes;
  }

  /**
   * Cuts off a last line that a killed process left unfinished.
   * @param base path without `.jsonl`; the file before it is `BASE.1.jsonl`
   * @param most number of the events to read back
   * @throws what the disk says
   */
  static async open(
    base: string,
    most: number,
    rotateBytes = ROTATE_BYTES,
  ): Promise<{ file: EventFile; last: readonly TrainerEvent[] }> {
    const [path, older] = pathsOf(base);
    const [before, bytes] = [await readOr(older), await readOr(path)];
    const size = bytes.lastIndexOf('\n') + 1;
    if (size < bytes.length) await truncate(path, size);
    const lines = [before, bytes].flatMap((part) =>
      part.toString('utf8').split('\n').slice(0, -1).slice(-most),
    );
    return { file: new EventFile(base, size, rotateBytes), last: lines.slice(-most).flatMap(parse) };
  }

  /** All of them or none. @throws what the disk says */
  async append(events: readonly TrainerEvent[]): Promise<void> {
    const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    if (this.#size > 0 && this.#size + bytes.length > this.#rotateBytes) await this.#rotate();
    const handle = (this.#handle ??= await open(this.#path, 'a'));
    try {
      await handle.appendFile(bytes);
    } catch (error) {
      // What fitted of it. Should this fail too, the next start cuts it off, or passes over the one broken line.
      await handle.truncate(this.#size).catch(() => undefined);
      await this.close().catch(() => undefined);
      throw error;
    }
    this.#size += bytes.length;
  }

  async sync(): Promise<void> {
    await this.#handle?.sync();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #rotate(): Promise<void> {
    await this.close();
    await rename(this.#path, this.#older);
    this.#size = 0;
  }
}

const pathsOf = (base: string) => [`${base}.jsonl`, `${base}.1.jsonl`] as const;

async function readOr(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** A line that is no event is passed over: there is nobody to mend it. */
function parse(line: string): TrainerEvent[] {
  try {
    const event = JSON.parse(line) as Partial<TrainerEvent> | null;
    return Number.isSafeInteger(event?.seq) && typeof event?.kind === 'string' ? [event as TrainerEvent] : [];
  } catch {
    return [];
  }
}
