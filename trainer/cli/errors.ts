// How commands end: 0 done, 1 something failed or differs, 2 bad input, 130 interrupted.

/** The user's input is wrong; every line names the option or the file and field. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Ctrl-C before the command was through: there is no result, and nothing to say. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** What was compared differs, and how has been printed: there is nothing more to say. */
export class Different extends Error {
  override readonly name = 'Different';
}

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** What a shell reports for a process that SIGINT ended. */
export const EXIT_INTERRUPTED = 130;
