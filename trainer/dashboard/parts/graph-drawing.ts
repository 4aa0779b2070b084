// cytoscape, as the graph of this page looks. Colour says health, width says rate, and words say both.
import cytoscape, { type Core, type ElementDefinition, type NodeSingular } from 'cytoscape';
import type { CallEdge, GraphView, ServiceNode } from '../../telemetry/graph/graph-view.js';
import { ms, percent, rate } from '../text/format.js';
import { BAD_SHARE, WARN_SHARE, slowServices } from '../text/health.js';
import { layered } from '../text/layout.js';
import { styles } from './graph-styles.js';

/** cytoscape looks for it before it adds a style sheet inline, which the page's policy forbids; `.canvas` says the same. */
const STYLE_ID = '__________cytoscape_stylesheet';

function keepFromInlineStyles(): void {
  if (document.getElementById(STYLE_ID) !== null) return;
  const mark = document.createElement('meta');
  mark.id = STYLE_ID;
  document.head.append(mark);
}

export interface Drawing {
  /** New figures change labels and colours; places change only with who is there. */
  update(graph: GraphView): void;
  destroy(): void;
}

/** Of the container, px: below, the graph is drawn from top to bottom. */
const NARROW = 640;

export function makeDrawing(container: HTMLElement, onService: (name: string) => void): Drawing {
  keepFromInlineStyles();
  const core = cytoscape({
    container,
    style: styles(),
    userPanningEnabled: true,
    // The page scrolls with the wheel; who wants the graph larger pinches or makes the window larger.
    userZoomingEnabled: false,
    autoungrabify: true,
    boxSelectionEnabled: false,
  });
  core.on('tap', 'node', ({ target }: { target: NodeSingular }) => onService(target.id()));
  core.on('mouseover', 'node', () => (container.style.cursor = 'pointer'));
  core.on('mouseout', 'node', () => (container.style.cursor = ''));
  let latest: GraphView | undefined;
  const update = (graph: GraphView) => {
    latest = graph;
    replace(core, elementsOf(graph, container.clientWidth < NARROW));
  };
  const observer = new ResizeObserver(() => {
    core.resize();
    if (latest !== undefined) update(latest);
    fit(core);
  });
  observer.observe(container);
  return {
    update,
    destroy() {
      observer.disconnect();
      core.destroy();
    },
  };
}

function replace(core: Core, wanted: readonly ElementDefinition[]): void {
  const before = core.elements().map((element) => element.id());
  const ids = new Set(wanted.map(({ data }) => String(data.id)));
  core.batch(() => {
    core.elements().forEach((element) => {
      if (!ids.has(element.id())) element.remove();
    });
    for (const definition of wanted) {
      const there = core.getElementById(String(definition.data.id));
      if (there.empty()) core.add(definition);
      else {
        there.data(definition.data);
        if (definition.position !== undefined) there.position(definition.position);
      }
    }
  });
  if (before.length !== ids.size || before.some((id) => !ids.has(id))) fit(core);
}

function fit(core: Core): void {
  core.fit(undefined, 24);
  if (core.zoom() > 1.15) {
    core.zoom(1.15);
    core.center();
  }
}

function elementsOf(graph: GraphView, isNarrow: boolean): ElementDefinition[] {
  const { services, edges } = graph;
  const known = new Set(services.map(({ name }) => name));
  // A caller is drawn though nobody calls it.
  const all = [...known, ...edges.flatMap(({ from, to }) => [from, to].filter((name) => !known.has(name)))];
  const places = layered([...new Set(all)], edges, isNarrow);
  const slow = slowServices(graph);
  const byName = new Map(services.map((service) => [service.name, service]));
  return [
    ...[...places].map(([id, position]) => ({
      data: { id, ...nodeData(id, byName.get(id), slow.has(id)) },
      position: { ...position },
    })),
    ...edges.map((edge) => ({
      data: { id: `${edge.from}→${edge.to}`, source: edge.from, target: edge.to, ...edgeData(edge) },
    })),
  ];
}

function nodeData(id: string, service: ServiceNode | undefined, isSlow: boolean): Record<string, unknown> {
  if (service === undefined) return { label: id, tone: 'good' };
  const { errorShare, p99Ms, rps, criticalShare } = service;
  const trouble = [
    errorShare > WARN_SHARE ? `${percent(errorShare)} errors` : '',
    isSlow ? 'slow endpoint' : '',
  ].filter(Boolean);
  const last = trouble.length === 0 ? `${percent(criticalShare)} of the time` : trouble.join('\n');
  const lines = [id, `${rate(rps)}   p99 ${ms(p99Ms)}`, last];
  return {
    label: lines.join('\n'),
    tone: errorShare >= BAD_SHARE ? 'bad' : errorShare > WARN_SHARE || isSlow ? 'warn' : 'good',
  };
}

function edgeData({ rps, p99Ms, errorShare }: CallEdge): Record<string, unknown> {
  const errors = errorShare > WARN_SHARE ? `\n${percent(errorShare)} errors` : '';
  return {
    label: `${rate(rps)}  p99 ${ms(p99Ms)}${errors}`,
    width: Math.min(8, 1.5 + Math.log10(1 + rps)),
    tone: errorShare >= BAD_SHARE ? 'bad' : errorShare > WARN_SHARE ? 'warn' : 'good',
  };
}
