// A route as one record: how it is handled, who may call it, and its page in the OpenAPI document.
import type { RequestHandler, Router } from 'express';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { methodNotAllowed } from './problem.js';
import { requestSpan } from './request-spans.js';

/** `page` is for browsers; `health` is never refused; `report` comes from sidecars; `change` needs the token. */
export type RouteKind = 'health' | 'page' | 'report' | 'read' | 'change';

export interface Route {
  readonly method: 'get' | 'post';
  /** As express has it: `/v1/models/:id`. */
  readonly path: string;
  readonly kind: RouteKind;
  /** Without the problems that every route may answer with: `openapi.ts` adds them. */
  readonly operation: ZodOpenApiOperationObject;
  readonly handlers: readonly RequestHandler[];
}

/** What stands before the handlers of a kind: rate limits, the token. */
export type Guards = Readonly<Record<RouteKind, readonly RequestHandler[]>>;

export function mount(router: Router, routes: readonly Route[], guards: Guards): void {
  for (const route of routes)
    router[route.method](route.path, ...requestSpan(route), ...guards[route.kind], ...route.handlers);
  for (const path of new Set(routes.map((route) => route.path))) {
    const allowed = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
    // Express answers HEAD wherever it answers GET.
    const all = allowed.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    router.all(path, methodNotAllowed(...all));
  }
}
