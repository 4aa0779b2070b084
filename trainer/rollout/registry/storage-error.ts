// What the disk refuses, as a sentence: which path, why, and what to do.
import { errnoOf } from './files.js';

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full (ENOSPC); free some room',
  EDQUOT: "the user's quota of the disk is used up (EDQUOT); free some room or raise it",
  EFBIG: 'the file would be larger than this process may write (EFBIG); raise `ulimit -f`',
  EROFS: 'the file system is read-only (EROFS); mount it for writing',
  EACCES: "permission denied (EACCES); give the trainer's user the right to write there",
  EPERM: "not permitted (EPERM); give the trainer's user the right to write there",
};

/** The old state stays as it was. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  /** `ENOSPC` and the like. */
  readonly code: string | undefined;

  constructor(
    readonly path: string,
    what: string,
    cause: unknown,
  ) {
    const code = errnoOf(cause);
    const why = (code === undefined ? undefined : ADVICE[code]) ?? (cause as Error).message;
    super(`${path}: ${what}: ${why}`, { cause });
    this.code = code;
  }
}
