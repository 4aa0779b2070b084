// The command line as a client of a trainer that runs: its address, its token, and what it answers.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { TOKEN_VARIABLE } from '../server/token.js';
import { UsageError } from './errors.js';

export interface TrainerOptions {
  readonly trainer: string;
  readonly tokenFile?: string;
}

const TIMEOUT_MS = 30_000;

export const withTrainer = (command: Command): Command =>
  command
    .option('--trainer <url>', 'address of the trainer', 'http://127.0.0.1:7070')
    .option('--token-file <file>', 'its bearer token (default: the variable WEIR_TOKEN)');

/**
 * @returns the body of the answer
 * @throws {UsageError} where the trainer does not want it so, with what it said
 * @throws {Error} where it does not answer, or failed
 */
export async function ask(options: TrainerOptions, path: string, body: object): Promise<unknown> {
  const token = tokenOf(options);
  const answer = await fetch(new URL(path, urlOf(options.trainer)), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    const { message, cause } = error as Error;
    throw new Error(
      `${options.trainer}: ${cause instanceof Error ? cause.message || String(cause) : message}`,
    );
  });
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  const line = `${options.trainer}: ${detailOf(text) ?? `HTTP ${answer.status}`}`;
  throw answer.status < 500 ? new UsageError(`weir: ${line}`) : new Error(line);
}

function urlOf(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new UsageError(`weir: --trainer: ${JSON.stringify(text)} is no URL`);
}

function tokenOf({ tokenFile }: TrainerOptions): string {
  const given = process.env[TOKEN_VARIABLE];
  if (tokenFile === undefined && given !== undefined) return given.trim();
  if (tokenFile === undefined)
    throw new UsageError(`weir: this needs the trainer's token: --token-file, or ${TOKEN_VARIABLE}`);
  try {
    return readFileSync(tokenFile, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`weir: --token-file: ${(error as Error).message}`);
  }
}

/** Of problem details (RFC 9457). */
function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}
