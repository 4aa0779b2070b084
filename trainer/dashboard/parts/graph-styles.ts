// How the graph is drawn: colour says health, and so do the border and the words.
import type cytoscape from 'cytoscape';
import { colour } from '../theme.js';

export function styles(): cytoscape.StylesheetJson {
  const tones = { good: colour('--good'), warn: colour('--warn'), bad: colour('--bad') };
  return [
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        width: 140,
        height: 72,
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
      {
        selector: `node[tone = "${tone}"]`,
        style: {
          'border-color': tones[tone],
          'border-style': tone === 'bad' ? ('double' as const) : ('solid' as const),
          'border-width': tone === 'bad' ? 5 : 3,
        },
      },
      {
        selector: `edge[tone = "${tone}"]`,
        // Their labels have two lines, which stand above the edge too.
        style: { 'line-color': tones[tone], 'target-arrow-color': tones[tone], 'text-margin-y': -19 },
      },
    ]),
  ];
}
