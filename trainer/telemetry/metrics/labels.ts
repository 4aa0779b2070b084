// Bounds of labels: what sidecars name must not make the metrics grow without end.

export const MAX_LABEL_VALUES = 50;
/** Label of all values past the bound. */
export const OTHER = 'other';

/** The first values by their name, all others as one. */
export function boundedLabels(most = MAX_LABEL_VALUES): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.size < most) seen.add(value);
    return seen.has(value) ? value : OTHER;
  };
}
