// Plots as SVG, drawn here and now: vega needs neither a canvas nor a page for it.
import { logger, None, parse, View } from 'vega';
import { compile, type Config, type TopLevelSpec } from 'vega-lite';
import { Html } from './html.js';

/** The page's own colour, so that a plot is as light or dark as the text around it. */
const INK = 'currentColor';

const CONFIG: Config = {
  background: 'transparent',
  font: 'system-ui, sans-serif',
  // A figure's caption says what it shows; a label at each mark would double the size.
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: INK,
    titleColor: INK,
    tickColor: INK,
    domainColor: INK,
    gridColor: INK,
    gridOpacity: 0.12,
    domainOpacity: 0.4,
    tickOpacity: 0.4,
    titleFontWeight: 'normal',
    labelLimit: 260,
  },
  header: { labelColor: INK, titleColor: INK },
  legend: { labelColor: INK, titleColor: INK },
  title: { color: INK, fontWeight: 'normal' },
};

/** @returns an `svg` element */
export async function drawSvg(spec: TopLevelSpec): Promise<Html> {
  // An empty plot is drawn as one; that it is empty is no news for stderr.
  const silent = logger(None);
  const compiled = compile(spec, { config: CONFIG, logger: silent });
  const view = new View(parse(compiled.spec), { renderer: 'none', logger: silent });
  try {
    return new Html(shorten(await view.toSVG()));
  } finally {
    view.finalize();
  }
}

/** Tenths of a pixel are as fine as a screen shows; what is finer would double the size. */
const shorten = (svg: string): string =>
  svg.replace(/ (?:d|transform)="[^"]*"/g, (attribute) =>
    attribute.replace(/\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1)))),
  );
