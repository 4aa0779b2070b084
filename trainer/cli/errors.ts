// How commands end: 0 done, 1 something failed, 2 bad input.

/** The user's input is wrong; every line names the option or the file and field. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
