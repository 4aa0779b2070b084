// cytoscape, as the graph of this page looks. Colour says health, width says rate, and words say both.
import cytoscape, { type Core, type ElementDefinition, type NodeSingular } from 'cytoscape';
import type { CallEdge, GraphView, ServiceNode } from '../../telemetry/graph/graph-view.js';
import { ms, percent, rate } from '../text/format.js';
import { layered } from '../text/layout.js';
import { colour } from '../theme.js';

/** Errors from here on are trouble. */
const BAD = 0.05;
const WARN = 0.005;

export function makeDrawing(container: HTMLElement, onService: (name: string) => void): Core {
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
  const observer = new ResizeObserver(() => {
    core.resize();
    fit(core);
  });
  observer.observe(container);
  core.on('destroy', () => observer.disconnect());
  return core;
}

/** New figures change labels and colours; places change only with who is there. */
export function update(core: Core, graph: GraphView): void {
  const before = core.elements().map((element) => element.id());
  const wanted = elementsOf(graph);
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
  core.fit(undefined, 30);
  if (core.zoom() > 1.15) {
    core.zoom(1.15);
    core.center();
  }
}

function elementsOf({ services, edges, bottlenecks }: GraphView): ElementDefinition[] {
  const known = new Set(services.map(({ name }) => name));
  // A caller is drawn though nobody calls it.
  const all = [...known, ...edges.flatMap(({ from, to }) => [from, to].filter((name) => !known.has(name)))];
  const places = layered([...new Set(all)], edges);
  const slow = new Set(
    bottlenecks.flatMap(({ service, endpoint }) => (endpoint === undefined ? [] : [service])),
  );
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
  const { errorShare, p99Ms, rps } = service;
  const trouble = [
    isSlow ? 'slow endpoint' : '',
    errorShare > WARN ? `${percent(errorShare)} errors` : '',
  ].filter(Boolean);
  const lines = [id, `${rate(rps)}   p99 ${ms(p99Ms)}`, ...trouble.slice(0, 2)];
  return {
    label: lines.join('\n'),
    tone: errorShare >= BAD ? 'bad' : errorShare > WARN || isSlow ? 'warn' : 'good',
  };
}

function edgeData({ rps, p99Ms, errorShare }: CallEdge): Record<string, unknown> {
  const errors = errorShare > WARN ? `\n${percent(errorShare)} errors` : '';
  return {
    label: `${rate(rps)}  p99 ${ms(p99Ms)}${errors}`,
    width: Math.min(8, 1.5 + Math.log10(1 + rps)),
    tone: errorShare >= BAD ? 'bad' : errorShare > WARN ? 'warn' : 'good',
  };
}

function styles(): cytoscape.StylesheetJson {
  const tones = { good: colour('--good'), warn: colour('--warn'), bad: colour('--bad') };
  return [
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        width: 132,
        height: 62,
        'background-color': colour('--panel'),
        'border-width': 2,
        'border-color': tones.good,
        label: 'data(label)',
        color: colour('--text'),
        'font-family': 'system-ui, sans-serif',
        'font-size': 11,
        'line-height': 1.35,
        'text-wrap': 'wrap',
        'text-valign': 'center',
        'text-halign': 'center',
      },
    },
    {
      selector: 'edge',
      style: {
        width: 'data(width)',
        'line-color': colour('--edge'),
        'target-arrow-color': colour('--edge'),
        'target-arrow-shape': 'triangle',
        'curve-style': 'bezier',
        label: 'data(label)',
        color: colour('--muted'),
        'font-family': 'system-ui, sans-serif',
        'font-size': 10,
        'text-wrap': 'wrap',
        'text-background-color': colour('--page'),
        'text-background-opacity': 0.9,
        'text-background-padding': '2px',
        'text-margin-y': -12,
      },
    },
    ...(['warn', 'bad'] as const).flatMap((tone) => [
      { selector: `node[tone = "${tone}"]`, style: { 'border-color': tones[tone], 'border-width': 3 } },
      {
        selector: `node[tone = "${tone}"]`,
        style: {
          'border-style': tone === 'bad' ? ('double' as const) : ('solid' as const),
          'border-width': tone === 'bad' ? 5 : 3,
        },
      },
      {
        selector: `edge[tone = "${tone}"]`,
        style: { 'line-color': tones[tone], 'target-arrow-color': tones[tone] },
      },
    ]),
  ];
}
