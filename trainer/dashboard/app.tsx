// The frame around the views: where one can go, whether what is shown is live, light or dark.
import type { ComponentType } from 'preact';
import { lazy, Suspense } from 'preact/compat';
import { useEffect, useState } from 'preact/hooks';
import { connection, heardAt, version } from './data/live.js';
import { Loading } from './parts/notice.js';
import { outcome } from './parts/dialog.js';
import { route } from './router.js';
import { ago } from './text/format.js';
import { hashOf, type View } from './text/route.js';
import { theme, type Theme } from './theme.js';
import { Overview } from './views/overview.js';

const VIEWS: Readonly<Record<View, ComponentType>> = {
  overview: Overview,
  graph: lazy(async () => (await import('./views/graph.js')).GraphPage),
  service: lazy(async () => (await import('./views/service.js')).ServicePage),
  traces: lazy(async () => (await import('./views/traces.js')).Traces),
  trace: lazy(async () => (await import('./views/trace.js')).Trace),
  models: lazy(async () => (await import('./views/models.js')).Models),
  training: lazy(async () => (await import('./views/training.js')).Training),
  events: lazy(async () => (await import('./views/events.js')).Events),
};

const LINKS: readonly [view: View, title: string, also: readonly View[]][] = [
  ['overview', 'Overview', []],
  ['graph', 'Graph', ['service']],
  ['traces', 'Traces', ['trace']],
  ['models', 'Models', []],
  ['training', 'Training', []],
  ['events', 'Events', []],
];

export function App() {
  const { view } = route.value;
  const Shown = VIEWS[view];
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        To the content
      </a>
      <header>
        <a class="brand" href={hashOf('overview')}>
          <img src="icon.svg" alt="" width="22" height="22" />
          Weir
        </a>
        <nav aria-label="Views">
          {LINKS.map(([name, title, also]) => (
            <a
              key={name}
              href={hashOf(name)}
              aria-current={view === name || also.includes(view) ? 'page' : undefined}
            >
              {title}
            </a>
          ))}
        </nav>
        <Liveness />
        <ThemePicker />
      </header>
      <main id="main">
        <Suspense fallback={<Loading what="the view" />}>
          <Shown key={view} />
        </Suspense>
      </main>
      <footer>
        <span>Weir {version.value}</span>
        <a href="openapi.json">OpenAPI</a>
        <a href="metrics">Metrics</a>
      </footer>
      <p class="hidden" role="status" aria-live="polite">
        {outcome.value}
      </p>
    </>
  );
}

/** The hash is taken by the views. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main h1')?.focus();
}

function Liveness() {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const silentMs = now - heardAt.value;
  const isLive = connection.value === 'live' && silentMs < 20_000;
  const isNew = connection.value === 'connecting';
  return (
    <span class={`live ${isLive ? 'good' : 'warn'}`}>
      <span role="status">{isNew ? 'connecting' : isLive ? 'live' : 'reconnecting'}</span>
      {isNew || isLive ? null : `, last heard ${ago(silentMs)} ago`}
    </span>
  );
}

function ThemePicker() {
  return (
    <label class="theme">
      <span class="hidden">Colours</span>
      <select
        value={theme.value}
        onChange={({ currentTarget }) => (theme.value = currentTarget.value as Theme)}
      >
        <option value="system">Auto</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}
