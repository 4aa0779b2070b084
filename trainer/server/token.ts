// The bearer token: where it comes from, and the door that asks for it.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import { Problem } from './problem.js';

export const TOKEN_VARIABLE = 'WEIR_TOKEN';
export const TOKEN_FILE = 'token';
/** Shorter ones could be guessed. */
const LEAST_LENGTH = 16;

export interface TokenSources {
  /** `--token-file`. */
  readonly file?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a token is kept that nobody gave. */
  readonly dataDir: string;
}

export interface Token {
  readonly value: string;
  /** Where it was found, or was put: a path or the variable's name. Never log the value. */
  readonly source: string;
}

/**
 * The first of: the file, the variable WEIR_TOKEN, `token` in the data folder, where a new one is put (mode 0600).
 * @throws {Error} that names the source where a token cannot be read, is too short, or has characters no header may
 */
export function loadToken({ file, environment, dataDir }: TokenSources): Token {
  if (file !== undefined) return checked(readFileSync(file, 'utf8'), file);
  const given = environment[TOKEN_VARIABLE];
  if (given !== undefined) return checked(given, TOKEN_VARIABLE);
  const path = join(dataDir, TOKEN_FILE);
  try {
    // `wx`: of two that start at once, one writes and the other reads.
    writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return checked(readFileSync(path, 'utf8'), path);
}

function checked(text: string, source: string): Token {
  const value = text.trim();
  if (!/^[\w.~+/=-]+$/.test(value))
    throw new Error(`${source}: a token is letters, digits and -._~+/=, and not empty`);
  if (value.length < LEAST_LENGTH)
    throw new Error(`${source}: a token has ${LEAST_LENGTH} characters or more`);
  return { value, source };
}

/** Lets through who sends `authorization: Bearer TOKEN`; without a token to compare with, nobody. */
export function requireToken(token: string | undefined): RequestHandler {
  if (token === undefined) {
    return () => {
      throw new Problem(403, 'changes are refused: this trainer has no token configured');
    };
  }
  const expected = digest(token);
  return (request, response, next) => {
    const [, sent] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    // Digests have one length, so the time of the comparison tells nothing of the token.
    if (sent !== undefined && timingSafeEqual(digest(sent), expected)) {
      next();
      return;
    }
    response.set('www-authenticate', 'Bearer realm="weir"');
    throw new Problem(401, sent === undefined ? 'this needs a bearer token' : 'the bearer token is wrong');
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
