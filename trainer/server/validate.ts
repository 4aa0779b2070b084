// What comes in is checked against the schema that the OpenAPI document shows.
import type { z } from 'zod';
import { Problem, type FieldError } from './problem.js';

/** A body full of errors is not answered with a larger one. */
const MAX_LISTED_ERRORS = 100;

/**
 * @param what the value is, for the problem: `a report`
 * @throws {Problem} 400 that lists every field that is wrong
 */
export function validate<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const errors: FieldError[] = issues
    .slice(0, MAX_LISTED_ERRORS)
    .map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  const count = issues.length;
  const more = count > errors.length ? `, the first ${errors.length} listed` : '';
  throw new Problem(400, `not ${what}: ${count} ${count === 1 ? 'error' : 'errors'}${more}`, { errors });
}
