// Reads values: what the schema says of each field, and what fields say only together.
import { z } from 'zod';
import { configSchema, valuesSchema, type Values } from './values.js';

/** @throws {z.ZodError} with the path of each field, also where what `weir serve` would get is not its configuration */
export function parseValues(input: unknown): Values {
  const values = withDefaultResources(valuesSchema.parse(input ?? {}));
  const issues = configSchema.safeParse(values.config).error?.issues ?? [];
  const ofConfig = issues.map((issue) => ({ ...issue, path: ['config', ...issue.path] }));
  const all = [...ofConfig, ...contradictions(values)];
  if (all.length > 0) throw new z.ZodError(all);
  return values;
}

/** The one map whose defaults lie deeper than the schema looks. */
function withDefaultResources(values: Values): Values {
  const defaults = valuesSchema.parse({}).resources;
  return { ...values, resources: merged(defaults, values.resources) };
}

type Map = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Map =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As Helm lays values over those of a chart: key by key, and null takes one away. */
function merged(defaults: Map, given: Map): Record<string, unknown> {
  const all = { ...defaults, ...given };
  const kept = Object.entries(all).filter(([, value]) => value !== null);
  return Object.fromEntries(
    kept.map(([key, value]) => [
      key,
      isMap(value) && isMap(defaults[key]) ? merged(defaults[key], value) : value,
    ]),
  );
}

/** deploy/helm/weir/templates/_check.tpl says the same. */
function contradictions({ replicas, persistence, plugin, mesh, optIn }: Values): z.core.$ZodIssue[] {
  const problem = (path: string[], message: string) => ({
    code: 'custom' as const,
    input: undefined,
    path,
    message,
  });
  const isShared = persistence.enabled && persistence.accessMode === 'ReadWriteMany';
  const names = mesh.map(({ namespace }) => namespace);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return [
    // Each on a folder of its own would lead, and publish over the others.
    ...(replicas > 1 && !isShared
      ? [problem(['replicas'], 'more than one needs persistence.enabled and accessMode ReadWriteMany')]
      : []),
    ...(plugin.url === '' && (mesh.length > 0 || optIn.byLabel)
      ? [problem(['plugin', 'url'], 'is needed where mesh or optIn.byLabel is set')]
      : []),
    ...(twice === undefined ? [] : [problem(['mesh'], `names the namespace ${twice} twice`)]),
  ];
}
