// What stands before the routes: rate limits by kind, the host check, the id of a request.
import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { Problem, writeProblem } from './problem.js';
import type { Guards, RouteKind } from './route.js';
import { requireToken } from './token.js';

/** Requests a second from one address. */
export type Limits = Readonly<Record<Exclude<RouteKind, 'health' | 'page'>, number>>;

/**
 * Reports: ten times the thousand sidecars that one trainer serves, and all of a node may share an address.
 * Changes are made by people and pipelines; the limit is also what slows down who guesses tokens.
 */
export const LIMITS: Limits = { report: 10_000, read: 200, change: 10 };
const WINDOW_MS = 1000;

/**
 * All of the page is from here, and nothing of it inline: styles that scripts set go by the CSSOM. Without
 * `upgrade-insecure-requests`, which would break the page wherever it is served by plain HTTP.
 */
const PAGE_POLICY = {
  useDefaults: false,
  directives: {
    ...{ defaultSrc: ["'self'"], imgSrc: ["'self'", 'data:'] },
    ...{ objectSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'self'"], frameAncestors: ["'none'"] },
  },
};

export function guardsOf(limits: Limits, token: string | undefined, hosts?: readonly string[]): Guards {
  const host = hosts === undefined ? [] : [requireHost(hosts)];
  return {
    health: [],
    // Its handler counts by itself.
    report: [],
    read: [limiter(limits.read), helmet(), ...host],
    page: [limiter(limits.read), helmet({ contentSecurityPolicy: PAGE_POLICY }), ...host],
    change: [limiter(limits.change), helmet(), ...host, requireToken(token)],
  };
}

function limiter(perSecond: number): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: perSecond,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Its checks warn of `x-forwarded-for` without a trusted proxy. Sidecars send that header; it is not believed.
    validate: false,
    handler: (_request, response) => {
      response.set('retry-after', String(WINDOW_MS / 1000));
      writeProblem(response, new Problem(429, `more than ${perSecond} requests a second from one address`));
    },
  });
}

/**
 * Against DNS rebinding: a web page elsewhere can make its own name point here, but then its name is in the header.
 * @param hosts names without a port
 */
function requireHost(hosts: readonly string[]): RequestHandler {
  const allowed = new Set(hosts.map((host) => host.toLowerCase()));
  return (request, _response, next) => {
    const name = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    if (!allowed.has(name)) throw new Problem(421, `the host ${JSON.stringify(name)} is not served here`);
    next();
  };
}

/** Numbers the requests; the number is in the answer's `x-request-id` and in every log line about it. */
export function requestIds(prefix: string): RequestHandler {
  let count = 0;
  return (_request, response, next) => {
    response.setHeader('x-request-id', `${prefix}-${(count += 1)}`);
    next();
  };
}
