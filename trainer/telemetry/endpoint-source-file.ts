// Endpoint tables from a file, JSON or YAML, in the words of the plugin's key `endpoints` (docs/contracts.md).
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { EndpointTable, type EndpointSource } from './endpoint-source.js';
import type { EventSink } from './event.js';
import { MAX_CLUSTERS, MAX_ENDPOINTS, MAX_TEXT } from './limits.js';

/** By reading it: files that Kubernetes mounts are swapped by a link, of which watchers hear nothing. */
const POLL_MS = 1000;

const address = z
  .string()
  .max(MAX_TEXT)
  .regex(/^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\]):\d{1,5}$/, 'is not IP:PORT');
const endpoint = z.union(
  [address, z.strictObject({ address, weight: z.number().positive().max(1e6).default(1) })],
  { error: 'is neither IP:PORT nor { address: IP:PORT, weight: a number above 0 }' },
);
const table = z
  .record(
    z.string().min(1).max(MAX_TEXT),
    z
      .array(endpoint)
      .max(MAX_ENDPOINTS)
      .transform((all) => all.map((one) => (typeof one === 'string' ? { address: one, weight: 1 } : one)))
      .refine(
        (all) => new Set(all.map((one) => one.address)).size === all.length,
        'an address appears twice',
      ),
  )
  .refine((all) => Object.keys(all).length <= MAX_CLUSTERS, `has more than ${MAX_CLUSTERS} clusters`);

export interface FileSourceOptions {
  readonly path: string;
  readonly events: EventSink;
  readonly pollMs?: number;
}

/**
 * Follows the file; an edit that is wrong leaves the table as it was, and an event says why.
 * @throws {Error} that names file and field, where it is wrong from the start
 */
export function fileSource({ path, events, pollMs = POLL_MS }: FileSourceOptions): EndpointSource {
  const known = new EndpointTable();
  known.replace(readTable(path));
  let said = '';
  const look = () => {
    try {
      known.replace(readTable(path));
      said = '';
    } catch (error) {
      const { message } = error as Error;
      if (message !== said)
        events.emit('endpoints.file-rejected', `${message}; the table before stays.`, { path });
      said = message;
    }
  };
  const poll = setInterval(look, pollMs).unref();
  return {
    get endpoints() {
      return known.endpoints;
    },
    onChange: (listener) => known.onChange(listener),
    close: async () => {
      clearInterval(poll);
    },
  };
}

function readTable(path: string): EndpointSource['endpoints'] {
  let value: unknown;
  try {
    // YAML is a superset of JSON.
    value = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message.split('\n')[0]}`, { cause: error });
  }
  const parsed = table.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue!.path.map(String).join('.');
  throw new Error(`${path}: ${field === '' ? '' : `${field}: `}${issue!.message}`);
}
