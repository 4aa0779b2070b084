// Reads an ECDS file: the DiscoveryResponse by which Envoy gets the filter's configuration.
import { z } from 'zod';

const STRING_VALUE = 'type.googleapis.com/google.protobuf.StringValue';
const stringValue = z.object({ '@type': z.literal(STRING_VALUE), value: z.string().default('') });

const vmConfig = z
  .object({
    vm_id: z.string().default(''),
    configuration: stringValue.optional(),
    environment_variables: z.object({ key_values: z.record(z.string(), z.string()).default({}) }).optional(),
  })
  .default({ vm_id: '' });

const resource = z.object({
  name: z.string(),
  typed_config: z.object({
    '@type': z.literal('type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm'),
    config: z.object({
      name: z.string().default(''),
      root_id: z.string().default(''),
      vm_config: vmConfig,
      configuration: stringValue.optional(),
    }),
  }),
});

const response = z.object({ version_info: z.string().default(''), resources: z.array(resource).length(1) });

export interface FilterConfig {
  readonly version: string;
  readonly rootId: string;
  readonly vmId: string;
  readonly vmConfiguration: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The plugin's own configuration, as the plugin reads it. */
  readonly configuration: string;
}

/** Throws an error that names the file and the field. */
export function parseFilterConfig(text: string, file: string): FilterConfig {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
  const parsed = response.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
  }
  const { config } = parsed.data.resources[0]!.typed_config;
  return {
    version: parsed.data.version_info,
    rootId: config.root_id,
    vmId: config.vm_config.vm_id,
    vmConfiguration: config.vm_config.configuration?.value ?? '',
    environment: config.vm_config.environment_variables?.key_values ?? {},
    configuration: config.configuration?.value ?? '',
  };
}

/** Envoy starts a new VM when this changes, and keeps the old one, with its globals, when it does not. */
export function vmKey(config: FilterConfig): string {
  return JSON.stringify([config.vmId, config.vmConfiguration, config.environment]);
}
