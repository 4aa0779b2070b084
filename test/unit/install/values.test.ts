import { describe, expect, it } from 'vitest';
import { ZodError } from 'zod';
import { parseValues } from '../../../trainer/install/parse-values.js';
import { BAD_VALUES, MONITORED, VALUE_SETS } from './value-sets.js';

describe('values', () => {
  it.each(Object.entries({ ...VALUE_SETS, monitored: MONITORED }))('take %s', (_, values) => {
    expect(parseValues(values)).toMatchObject({
      namespace: expect.stringMatching(/^(weir-system|balancing)$/),
    });
  });

  it.each(BAD_VALUES)('refuse %s, by its field', (_what, values, [field, said]) => {
    let issues: ZodError['issues'] = [];
    try {
      parseValues(values);
    } catch (error) {
      if (error instanceof ZodError) issues = error.issues;
    }
    expect(issues.map(({ path }) => path.join('.') || 'the file')).toEqual([field]);
    expect(issues[0]!.message).toMatch(said);
  });

  it('lay resources over the defaults key by key, as Helm does', () => {
    const resources = (given: object) => parseValues({ resources: given }).resources;
    expect(resources({ requests: { cpu: '1' }, limits: { memory: null, cpu: 2 } })).toEqual({
      requests: { cpu: '1', memory: '512Mi' },
      limits: { cpu: 2 },
    });
    expect(resources({ limits: null })).toEqual({ requests: { cpu: '250m', memory: '512Mi' } });
  });

  it('leave the configuration of the trainer as it was written', () => {
    const config = { learning: { minutes: 1 } };
    expect(parseValues({ config }).config).toEqual(config);
  });
});
