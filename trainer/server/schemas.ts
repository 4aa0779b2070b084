// Schemas that several routes share, as they stand in the OpenAPI document.
import { z } from 'zod';
// Types of `.meta()` alone.
import 'zod-openapi';

export const MAX_NAME = 200;
export const MAX_REASON = 1000;

export const modelId = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'is not 32 lower-case hex digits')
  .meta({ description: 'Model id, 16 bytes' });

/** JSON that another part is answerable for. */
export const record = z.record(z.string(), z.unknown());

export const why = z.object({
  by: z.string().min(1).max(MAX_NAME).default('api').meta({ description: 'Who wants it' }),
  reason: z.string().max(MAX_REASON).default('').meta({ description: 'Why, for the record' }),
});

export const modelEntry = z
  .looseObject({ id: modelId, status: z.string(), pinned: z.boolean(), createdAt: z.string() })
  .meta({ id: 'ModelEntry', description: 'A model in the registry' });

export const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457)' });

export const json = (schema: z.ZodType) => ({ 'application/json': { schema } });
