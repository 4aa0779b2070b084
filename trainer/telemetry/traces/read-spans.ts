// From OTLP to spans: what attributes mean, cleaned of what is private.
import {
  DECISION,
  HASHED_USER,
  INSTANCE,
  KEPT,
  METHOD,
  NODE,
  PEER,
  PEER_ADDRESS,
  PEER_PORT,
  QUERY,
  SERVICE,
  STATUS,
  UPSTREAM,
  URL_KEYS,
  USER,
  wantedAttributes,
} from './attributes.js';
import type { IsWanted, RawAttributes, RawResourceSpans, RawSpan, RawValue } from './otlp/message.js';
import type { Span, SpanKind } from './span.js';
import { hashUser } from './user-hash.js';
import { cut, hostAndPort, pathOf, plainName, spanName } from './text.js';

const KINDS: readonly SpanKind[] = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'];
const ERROR = 2;
/** A day: nothing that is served takes longer. */
const MAX_DURATION_MS = 86_400_000;
const UNKNOWN_SERVICE = 'unknown';
const NO_ID = /^0*$/;
const MODEL = /^[0-9a-f]{32}$/;

export interface Reading {
  readonly spans: Span[];
  /** Spans without a valid id or time. */
  readonly dropped: number;
}

export class SpanReader {
  readonly isWanted: IsWanted;
  readonly #kept: readonly string[];
  readonly #keepsQuery: boolean;
  readonly #namesUsers: boolean;

  /** @param allow attributes that are kept beside the usual ones; `url.query`, `user` (docs/tracing.md) */
  constructor(allow: readonly string[]) {
    const wanted = wantedAttributes(allow);
    this.isWanted = (key) => wanted.has(key);
    const special = new Set([QUERY, 'user']);
    this.#kept = [...new Set([...KEPT, ...allow])].filter((key) => !special.has(key));
    this.#keepsQuery = allow.includes(QUERY);
    this.#namesUsers = allow.includes('user');
  }

  read(all: readonly RawResourceSpans[]): Reading {
    const spans: Span[] = [];
    let dropped = 0;
    for (const { resource, spans: raw } of all) {
      for (const one of raw) {
        if (isValid(one)) spans.push(this.#span(one, resource));
        else dropped += 1;
      }
    }
    return { spans, dropped };
  }

  #span(raw: RawSpan, resource: RawAttributes): Span {
    const { attributes } = raw;
    const kind = KINDS[raw.kind] ?? 'internal';
    const isCaller = kind === 'client' || kind === 'producer';
    const status = statusOf(first(attributes, STATUS));
    const [chosen, model] = isCaller ? decisionOf(text(attributes.get(DECISION))) : [];
    return {
      traceId: raw.traceId,
      spanId: raw.spanId,
      parentId: NO_ID.test(raw.parentSpanId) ? undefined : raw.parentSpanId,
      service: plainName(text(resource.get(SERVICE))) ?? UNKNOWN_SERVICE,
      instance: plainName(text(resource.get(INSTANCE)) ?? text(attributes.get(NODE))),
      kind,
      name: spanName(raw.name, this.#keepsQuery) ?? kind,
      startMs: raw.startMs,
      durationMs: raw.endMs - raw.startMs,
      failed: raw.statusCode === ERROR || (status !== undefined && status >= 500),
      status,
      method: plainName(text(first(attributes, METHOD))),
      path: this.#path(attributes),
      peer: isCaller ? plainName(text(first(attributes, PEER))) : undefined,
      endpoint: isCaller ? endpointOf(attributes) : undefined,
      chosen,
      model,
      user: this.#user(attributes),
      attributes: this.#keep(attributes),
    };
  }

  #path(attributes: RawAttributes): string | undefined {
    const url = text(first(attributes, URL_KEYS));
    if (url === undefined) return undefined;
    const path = pathOf(url, this.#keepsQuery);
    const query = this.#keepsQuery && !path.includes('?') ? text(attributes.get(QUERY)) : undefined;
    return cut(query === undefined ? path : `${path}?${query.replace(/^\?/, '')}`);
  }

  #user(attributes: RawAttributes): string | undefined {
    const hashed = text(attributes.get(HASHED_USER));
    if (hashed !== undefined) return cut(hashed);
    const user = text(first(attributes, USER));
    return user === undefined || this.#namesUsers ? user : hashUser(user);
  }

  #keep(attributes: RawAttributes): Record<string, RawValue> {
    const kept: Record<string, RawValue> = {};
    for (const key of this.#kept) {
      const value = attributes.get(key);
      if (value !== undefined && value !== '-') kept[key] = typeof value === 'string' ? cut(value) : value;
    }
    return kept;
  }
}

function isValid({ traceId, spanId, startMs, endMs }: RawSpan): boolean {
  const durationMs = endMs - startMs;
  if (startMs === 0) return false;
  return !NO_ID.test(traceId) && !NO_ID.test(spanId) && durationMs >= 0 && durationMs <= MAX_DURATION_MS;
}

function first(attributes: RawAttributes, keys: readonly string[]): RawValue | undefined {
  for (const key of keys) {
    const value = attributes.get(key);
    // Envoy writes `-` for what there is not.
    if (value !== undefined && value !== '' && value !== '-') return value;
  }
  return undefined;
}

function text(value: RawValue | undefined): string | undefined {
  return value === undefined || value === '' || value === '-' ? undefined : String(value);
}

function statusOf(value: RawValue | undefined): number | undefined {
  const status = Number(value ?? NaN);
  return Number.isInteger(status) && status >= 0 && status <= 999 ? status : undefined;
}

function endpointOf(attributes: RawAttributes): string | undefined {
  const upstream = text(attributes.get(UPSTREAM));
  if (upstream !== undefined) return hostAndPort(upstream);
  const address = text(first(attributes, PEER_ADDRESS));
  const port = text(first(attributes, PEER_PORT));
  return address === undefined || port === undefined ? undefined : hostAndPort(`${address}:${port}`);
}

/** `ip:port,ip:port,..|model`: the first was chosen, the others are for retries. */
function decisionOf(decision: string | undefined): [chosen?: string | undefined, model?: string] {
  if (decision === undefined) return [];
  const [ranked = '', model = ''] = decision.split('|', 2);
  const chosen = hostAndPort(ranked.split(',', 1)[0]!);
  return MODEL.test(model) ? [chosen, model] : [chosen];
}
