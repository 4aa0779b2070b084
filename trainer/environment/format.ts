// JSON as Prettier formats it: what fits stays on one line, numbers are filled into lines. So generated files read like
// those written by hand, and pass the same check.

const WIDTH = 110;

/** The text of a JSON file. The outermost object has a line for each of its fields. */
export function formatJson(value: object): string {
  return `${lines(Object.entries(value), ['{', '}'], 0, field)}\n`;
}

type Field = [key: string, value: unknown];
const isDefined = ([, value]: Field) => value !== undefined;
const keyOf = (key: string) => `${JSON.stringify(key)}: `;
const field = ([key, value]: Field, indent: number, after: number) =>
  keyOf(key) + format(value, indent, keyOf(key).length, after);

/** @param before and `after`: characters that stand on its first line before it and on its last line after it */
function format(value: unknown, indent: number, before: number, after: number): string {
  const flat = oneLine(value);
  const isShort = indent + before + flat.length + after <= WIDTH;
  if (typeof value !== 'object' || value === null || (isShort && !mustBreak(value))) return flat;
  if (!Array.isArray(value)) return lines(Object.entries(value).filter(isDefined), ['{', '}'], indent, field);
  if (value.every((item) => typeof item === 'number')) return fill(value, indent);
  return lines(value, ['[', ']'], indent, (item, inner, rest) => format(item, inner, 0, rest));
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(isDefined);
  return fields.length === 0 ? '{}' : `{ ${fields.map(([k, v]) => keyOf(k) + oneLine(v)).join(', ')} }`;
}

/** A list of several objects that have several fields each is broken even where it is short. */
function mustBreak(value: object): boolean {
  const items = Object.values(value) as unknown[];
  const isRecord = (item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item) && Object.keys(item).length > 1;
  if (Array.isArray(value) && items.length > 1 && items.every(isRecord)) return true;
  return items.some((item) => typeof item === 'object' && item !== null && mustBreak(item));
}

function lines<T>(
  items: readonly T[],
  [open, close]: readonly [string, string],
  indent: number,
  format: (item: T, indent: number, after: number) => string,
): string {
  const inner = indent + 2;
  const parts = items.map((item, i) => {
    const comma = i < items.length - 1 ? ',' : '';
    return `${' '.repeat(inner)}${format(item, inner, comma.length)}${comma}\n`;
  });
  return `${open}\n${parts.join('')}${' '.repeat(indent)}${close}`;
}

/** As many numbers on a line as fit. */
function fill(numbers: readonly number[], indent: number): string {
  const start = ' '.repeat(indent + 2);
  let text = '';
  let line = start;
  for (const [i, value] of numbers.entries()) {
    const word = `${value}${i < numbers.length - 1 ? ',' : ''}`;
    if (line !== start && line.length + 1 + word.length > WIDTH) {
      text += `${line}\n`;
      line = start;
    }
    line += line === start ? word : ` ${word}`;
  }
  return `[\n${text}${line}\n${' '.repeat(indent)}]`;
}
