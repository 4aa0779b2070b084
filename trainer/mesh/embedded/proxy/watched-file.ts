// A file that others replace by an atomic rename. The folder is watched, as Envoy does; a slow poll catches what a
// watch misses (network file systems, an exhausted inotify).
import { watch, type FSWatcher, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const POLL_MS = 500;

export class WatchedFile {
  private readonly listeners = new Set<(text: string) => void>();
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private seen = '';
  private text = '';

  constructor(readonly path: string) {}

  /** The content now. Throws where the file cannot be read. */
  read(): string {
    return readFileSync(this.path, 'utf8');
  }

  /**
   * Calls the listener with every content after `known`, which the listener has read before; the file is watched
   * while there are listeners.
   */
  subscribe(known: string, listener: (text: string) => void): () => void {
    if (this.listeners.size === 0) this.start();
    else this.check();
    this.listeners.add(listener);
    if (this.text !== known) queueMicrotask(() => listener(this.text));
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.stop();
    };
  }

  private start(): void {
    this.seen = this.fingerprint();
    this.text = this.read();
    this.watcher = watch(dirname(this.path), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(this.path)) this.check();
    });
    // A folder that disappears ends the watch; the poll goes on.
    this.watcher.on('error', () => this.watcher?.close());
    this.timer = setInterval(() => this.check(), POLL_MS).unref();
  }

  private stop(): void {
    this.watcher?.close();
    clearInterval(this.timer);
  }

  private fingerprint(): string {
    try {
      const { mtimeNs, ino, size } = statSync(this.path, { bigint: true });
      return `${mtimeNs} ${ino} ${size}`;
    } catch {
      return '';
    }
  }

  private check(): void {
    const fingerprint = this.fingerprint();
    if (fingerprint === this.seen || fingerprint === '') return;
    let text: string;
    try {
      text = this.read();
    } catch {
      return; // Between two renames; the next event or poll sees it.
    }
    this.seen = fingerprint;
    if (text === this.text) return;
    this.text = text;
    for (const listener of [...this.listeners]) listener(text);
  }
}
