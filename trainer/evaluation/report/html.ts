// HTML from templates in which nothing that is put in can become markup, unless it is markup already.

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => ENTITIES[c]!);

/** A template: what is put in is escaped, other templates are put in as they are. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = (part: Part): string => {
    if (part instanceof Html) return part.text;
    return typeof part === 'object' ? part.map(text).join('') : escapeHtml(String(part));
  };
  return new Html(strings.map((string, i) => string + (i < parts.length ? text(parts[i]!) : '')).join(''));
}
