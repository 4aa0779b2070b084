import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServeOptionsError, readServeOptions } from '../../../trainer/service/options.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'weir-options-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function file(text: string, name = 'weir.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
function refusal(text: string): string {
  try {
    readServeOptions(file(text));
  } catch (error) {
    expect(error).toBeInstanceOf(ServeOptionsError);
    return (error as Error).message.replaceAll(folder, '');
  }
  throw new Error('it was taken');
}

describe('the configuration of weir serve', () => {
  it('has defaults for everything, of no file as of an empty one', () => {
    const options = readServeOptions();
    expect(options).toMatchObject({
      plugin: { role: 'client' },
      publish: [],
      learning: { enabled: true, cpuShare: 0.25 },
      rollout: { shares: [0.05, 0.25, 0.5] },
    });
    expect(readServeOptions(file(''))).toEqual(options);
  });

  it('asks for what pods use every 15 s where it is to', () => {
    expect(readServeOptions().resources.kubernetes).toBeUndefined();
    const { resources } = readServeOptions(file('resources: { kubernetes: {} }'));
    expect(resources.kubernetes).toEqual({ everySeconds: 15 });
  });

  it('is YAML or JSON', () => {
    expect(readServeOptions(file('learning:\n  minutes: 2\n')).learning.minutes).toBe(2);
    expect(readServeOptions(file('{"learning":{"minutes":3}}', 'weir.json')).learning.minutes).toBe(3);
  });

  it('has the lead by the folder, and by a Lease with the durations of client-go where one is named', () => {
    expect(readServeOptions().leader).toEqual({});
    expect(readServeOptions(file('leader: { kubernetes: {} }')).leader.kubernetes).toEqual({
      ...{ name: 'weir-trainer', leaseDurationSeconds: 15 },
      ...{ renewDeadlineSeconds: 10, retryPeriodSeconds: 2 },
    });
  });

  it.each([
    ['lerning: {}', '/weir.yaml: the file: Unrecognized key: "lerning"'],
    ['learning: { cpuShare: 2 }', '/weir.yaml: learning.cpuShare: Too big: expected number to be <=1'],
    [
      'resources: { kubernetes: { namespaces: [] } }',
      '/weir.yaml: resources.kubernetes.namespaces: Too small: expected array to have >=1 items',
    ],
    [
      'resources: { kubernetes: { everySeconds: 0.5 } }',
      '/weir.yaml: resources.kubernetes.everySeconds: Too small: expected number to be >=1',
    ],
    ['rollout: { shares: [0.05, 0] }', '/weir.yaml: rollout.shares.1: Too small: expected number to be >0'],
    [
      'publish: [{ kind: envoy-file }]',
      '/weir.yaml: publish.0.path: Invalid input: expected string, received undefined',
    ],
    [
      'leader: { kubernetes: { leaseDurationSeconds: 10 } }',
      '/weir.yaml: leader.kubernetes.renewDeadlineSeconds: must be less than leaseDurationSeconds',
    ],
    [
      'leader: { kubernetes: { retryPeriodSeconds: 10 } }',
      '/weir.yaml: leader.kubernetes.retryPeriodSeconds: must be less than renewDeadlineSeconds',
    ],
    ['leader: { kubernetes: { leaseDurationSeconds: 1.5 } }', 'leader.kubernetes.leaseDurationSeconds: '],
  ])('names the file and the field: %s', (text, message) => {
    expect(refusal(text)).toContain(message);
  });

  it('says what is no YAML, and what is no file', () => {
    expect(refusal('a: [')).toMatch(/^\/weir\.yaml: Flow sequence/);
    expect(() => readServeOptions(join(folder, 'none.yaml'))).toThrow(/none\.yaml: ENOENT/);
  });
});
