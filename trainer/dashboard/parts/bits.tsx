// Small pieces that several views share.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Exemplar, GraphWindow } from '../../telemetry/graph/graph-view.js';
import { go, route, takeArrival } from '../router.js';
import { clock, ms } from '../text/format.js';
import { BAD_SHARE, WARN_SHARE } from '../text/health.js';
import { hashOf, type Route } from '../text/route.js';

/** Who follows a link by keyboard, or hears the page, goes on at the heading of the new view, whenever that has loaded. */
export function Heading({
  children,
  aside,
}: {
  readonly children: ComponentChildren;
  readonly aside?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { view, name } = route.value;
  useEffect(() => {
    if (takeArrival()) heading.current?.focus();
  }, [view, name]);
  return (
    <div class="heading">
      <h1 ref={heading} tabIndex={-1}>
        {children}
      </h1>
      {aside}
    </div>
  );
}

export function Panel({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="panel" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Bar behind a share: 0..1. */
export function Share({ value, children }: { readonly value: number; readonly children: ComponentChildren }) {
  return (
    <span class="share">
      <i style={{ width: `${Math.min(100, 100 * value)}%` }} />
      <span>{children}</span>
    </span>
  );
}

export function TraceLinks({ exemplar }: { readonly exemplar: Exemplar | undefined }) {
  if (exemplar === undefined) return null;
  const label = exemplar.failed ? 'failed trace' : `trace of ${ms(exemplar.ms)}`;
  return (
    <span class="links">
      <a href={hashOf('trace', exemplar.traceId)} title={`at ${clock(exemplar.at)}`}>
        {label}
      </a>
      {exemplar.url === undefined ? null : <JaegerLink url={exemplar.url} />}
    </span>
  );
}

export function JaegerLink({ url }: { readonly url: string }) {
  return (
    <a href={url} target="_blank" rel="noreferrer">
      in Jaeger<span class="hidden"> (another window)</span>
    </a>
  );
}

const WINDOWS: readonly [GraphWindow, string][] = [
  ['1m', '1 min'],
  ['15m', '15 min'],
  ['24h', '24 h'],
];

export const windowOf = ({ query }: Route): GraphWindow =>
  WINDOWS.find(([window]) => window === query['window'])?.[0] ?? '1m';

export function WindowPicker() {
  const current = windowOf(route.value);
  return (
    <fieldset class="picker">
      <legend class="hidden">Time range</legend>
      {WINDOWS.map(([window, label]) => (
        <label key={window}>
          <input
            type="radio"
            name="window"
            checked={window === current}
            onChange={() => {
              const { view, name, query } = route.value;
              go(hashOf(view, name, { ...query, window }));
            }}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** In words beside the colour, which not everybody can tell. */
export function Health({ errorShare, isSlow }: { readonly errorShare: number; readonly isSlow: boolean }) {
  const errors = errorShare >= BAD_SHARE ? 'failing' : errorShare > WARN_SHARE ? 'some errors' : '';
  const tone = errors === 'failing' ? 'bad' : errors !== '' || isSlow ? 'warn' : 'good';
  const words = [errors, isSlow ? 'slow endpoint' : ''].filter(Boolean).join(', ');
  return <span class={`dot ${tone}`}>{words === '' ? 'healthy' : words}</span>;
}
