// Prometheus' text format for what is counted elsewhere and only shown at a scrape.

export type Labels = Readonly<Record<string, string>>;

/** A value with its labels; `suffix` is that of a histogram's parts. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

export function renderFamilies(families: readonly Family[]): string {
  return families.map(renderFamily).join('\n');
}

function renderFamily({ name, help, type, samples }: Family): string {
  const lines = samples.map(({ labels, value, suffix = '' }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    return `${name}${suffix}{${pairs.join(',')}} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** Names of clusters and endpoints are what sidecars say they are. */
function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`));
}
