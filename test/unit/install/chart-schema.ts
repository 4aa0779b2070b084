// The chart's values.schema.json, from the schema of the values.
import { z } from 'zod';
import { configSchema, valuesSchema } from '../../../trainer/install/values.js';

export interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly default?: unknown;
  readonly [key: string]: unknown;
}

const jsonSchema = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }) as JsonSchema;

/** Of the values as Helm hands them over: laid over those of values.yaml. */
export function chartSchema(): JsonSchema {
  const schema = jsonSchema(valuesSchema);
  const { $schema: _draft, ...config } = jsonSchema(configSchema);
  const { namespace, ...properties } = schema.properties!;
  const { config: described, ...others } = properties;
  const whole = withRequired({ ...schema, properties: { ...others, config: described! } });
  return {
    ...whole,
    properties: {
      namespace: withoutDefault(namespace!),
      ...whole.properties,
      config: { ...config, ...(described?.description ? { description: described.description } : {}) },
      // What Helm adds where the chart is a part of another.
      global: { type: 'object' },
    },
  };
}

/** values.yaml has them all, so that a missing one was taken away by null, and no template expects that. */
function withRequired(schema: JsonSchema): JsonSchema {
  const { properties, default: _filled, ...rest } = schema;
  if (properties === undefined) return schema;
  const inner = Object.entries(properties).map(([key, of]) => [key, withRequired(of)] as const);
  return { ...rest, properties: Object.fromEntries(inner), required: Object.keys(properties) };
}

function withoutDefault({ default: _own, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
