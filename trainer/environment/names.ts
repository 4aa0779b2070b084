// Names that default to other names, filled in before validation so that every later step sees a complete scenario.

export type Json = Record<string, unknown>;

export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members of a list that are objects, with their place. What else is there, the schema reports. */
export function records(value: unknown): [number, Json][] {
  if (!Array.isArray(value)) return [];
  return value
    .map((item: unknown, i): [number, unknown] => [i, item])
    .filter((e): e is [number, Json] => isRecord(e[1]));
}

const mapRecords = (value: unknown, change: (item: Json, i: number) => Json): unknown =>
  Array.isArray(value) ? value.map((item: unknown, i) => (isRecord(item) ? change(item, i) : item)) : value;

/**
 * The scenario's name defaults to `fallbackName`, a service's to `service-N`; load and faults are on the first service
 * unless they say otherwise.
 */
export function fillNames(raw: unknown, fallbackName: string): unknown {
  if (!isRecord(raw)) return raw;
  const filled: Json = { name: fallbackName, ...raw };
  if ('services' in filled)
    filled.services = mapRecords(filled.services, (s, i) => ({ name: `service-${i}`, ...s }));
  const name = records(filled.services)[0]?.[1].name;
  const first = typeof name === 'string' ? name : 'service-0';
  const load = 'load' in filled ? filled.load : {};
  filled.load = isRecord(load) ? { service: first, ...load } : load;
  const entry =
    isRecord(filled.load) && typeof filled.load.service === 'string' ? filled.load.service : first;
  if ('faults' in filled) filled.faults = mapRecords(filled.faults, (f) => ({ service: entry, ...f }));
  return filled;
}
