// What stands where there is nothing to show: why, and what to do.
import type { ComponentChildren } from 'preact';
import type { ApiProblem } from '../data/api.js';

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="notice">
      <strong>{title}</strong>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

export function ProblemNote({ problem }: { readonly problem: ApiProblem }) {
  return (
    <div
      class={`notice ${problem.status === 404 ? '' : 'problem'}`}
      role={problem.status === 404 ? 'status' : 'alert'}
    >
      <strong>{problem.status === 404 ? 'Nothing here' : 'That did not work'}</strong>
      <p>{problem.message}</p>
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <div class="notice quiet" role="status">
      Loading {what} …
    </div>
  );
}

const TRACING =
  'Sidecars send spans to POST /v1/traces (docs/tracing.md). `weir up` with Envoy does so by itself.';

export const NoTraces = ({ title }: { readonly title: string }) => <Empty title={title}>{TRACING}</Empty>;
