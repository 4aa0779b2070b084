// The graph as a drawing. Everything on it is in the tables below it too.
import { useEffect, useRef } from 'preact/hooks';
import type { GraphView } from '../../telemetry/graph/graph-view.js';
import { go } from '../router.js';
import { isDark } from '../theme.js';
import { hashOf } from '../text/route.js';
import type { Drawing } from './graph-drawing.js';

export function GraphCanvas({ graph }: { readonly graph: GraphView }) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawing>(undefined);
  const latest = useRef(graph);
  latest.current = graph;
  const dark = isDark.value;
  useEffect(() => {
    const target = box.current;
    if (!target) return;
    let isOver = false;
    void import('./graph-drawing.js').then(({ makeDrawing }) => {
      if (isOver) return;
      drawn.current = makeDrawing(target, (service) => go(hashOf('service', service)));
      drawn.current.update(latest.current);
    });
    return () => {
      isOver = true;
      drawn.current?.destroy();
      drawn.current = undefined;
    };
  }, [dark]);
  useEffect(() => drawn.current?.update(graph), [graph]);
  const text = `${graph.services.length} services and ${graph.edges.length} calls between them; the tables below say the same`;
  return <div ref={box} class="canvas" role="img" aria-label={text} />;
}
