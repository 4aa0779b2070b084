import { describe, expect, it } from 'vitest';
import { crc32 } from '../../trainer/actor/crc32.js';
import { encodeModel } from '../../trainer/actor/model-file.js';
import { untrainedModel } from '../../trainer/actor/untrained.js';
import { clientConfig, modelBase64, nextReport, serve, startClient } from './support/fixtures.js';
import type { MockHost } from './support/mock-host.js';

type Change = (bytes: Buffer) => Buffer | undefined;

/** A model file with a change, its checksum made right again unless told otherwise. */
function changed(change: Change, fixChecksum = true): string {
  const original = Buffer.from(encodeModel(untrainedModel()));
  const bytes = change(original) ?? original;
  if (fixChecksum && bytes.length > 4)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes.toString('base64');
}

const set =
  (offset: number, value: number): Change =>
  (bytes) => {
    bytes.writeUInt8(value, offset);
    return undefined;
  };
const setFloat =
  (offset: number, value: number): Change =>
  (bytes) => {
    bytes.writeFloatLE(value, offset);
    return undefined;
  };

const FAULTS: [string, string, string][] = [
  ['magic', changed(set(0, 0x77)), 'not a model file (wrong magic)'],
  ['version', changed(set(4, 2)), 'format version is not 1'],
  ['feature-set version', changed(set(6, 1)), 'trained for another feature set'],
  ['feature-set hash', changed(set(8, 1)), 'trained for another feature set'],
  ['number of features', changed(set(12, 20)), 'shape does not fit this plugin'],
  ['number of context features', changed(set(13, 7)), 'shape does not fit this plugin'],
  ['hidden layer of 0', changed(set(14, 0)), 'shape does not fit this plugin'],
  ['hidden layer of 6', changed(set(14, 6)), 'shape does not fit this plugin'],
  ['hidden layer of 68', changed(set(15, 68)), 'shape does not fit this plugin'],
  ['hidden layer of another size', changed(set(15, 20)), 'bytes are not the length of such a model'],
  [
    'length (one byte more)',
    changed((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
    'bytes are not the length of such a model',
  ],
  [
    'length (cut)',
    changed((bytes) => bytes.subarray(0, 100)),
    '100 bytes are not the length of such a model',
  ],
  ['length (none)', changed(() => Buffer.alloc(0)), '0 bytes are not the length of such a model'],
  [
    'length (17 KiB)',
    changed((bytes) => Buffer.concat([bytes, Buffer.alloc(17_000)])),
    'bytes are not the length of such a model',
  ],
  ['checksum', changed(set(200, 99), false), 'checksum does not match'],
  ['temperature of 0', changed(setFloat(16, 0)), 'temperature must be above 0'],
  ['temperature below 0', changed(setFloat(16, -1)), 'temperature must be above 0'],
  ['temperature that is no number', changed(setFloat(16, NaN)), 'holds a number that is not finite'],
  ['output scale without end', changed(setFloat(20, Infinity)), 'holds a number that is not finite'],
  ['scale of layer 1', changed(setFloat(40, NaN)), 'holds a number that is not finite'],
  ['scale of layer 2', changed(setFloat(40 + 4 * 32, -Infinity)), 'holds a number that is not finite'],
  ['weight', changed((bytes) => void bytes.writeInt8(-128, bytes.length - 5)), 'holds the weight -128'],
];

const actor = (model: string) => clientConfig({ policy: 'actor', model });

async function started(): Promise<[MockHost, string]> {
  const host = await startClient({ policy: 'actor', model: modelBase64({ seed: 5 }) });
  return [host, nextReport(host).workers[0]!.model];
}

describe('a model with a fault', () => {
  it.each(FAULTS)('in its %s is rejected, and the old one keeps serving', async (_name, model, reason) => {
    const [host, serving] = await started();
    host.logs.length = 0;
    expect(host.reconfigure(actor(model))).toBe(false);
    const errors = host.logs.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]!.message).toContain('configuration rejected: model: ');
    expect(errors[0]!.message).toContain(reason);
    expect(serve(host).endpoints).toHaveLength(3);
    expect(nextReport(host).models).toMatchObject([{ id: serving, requests: 1 }]);
  });

  it('is rejected as a candidate by its own path', async () => {
    const [host] = await started();
    const config = clientConfig({
      policy: 'actor',
      model: modelBase64(),
      candidate: { model: changed(set(0, 0)), share: 0.5 },
    });
    expect(host.reconfigure(config)).toBe(false);
    expect(host.logText()).toContain('candidate.model: not a model file (wrong magic)');
  });
});

describe('a model of every shape', () => {
  it.each([
    [4, 4],
    [64, 64],
    [12, 36],
    [32, 16],
  ])('%d x %d decides', async (hidden1, hidden2) => {
    const host = await startClient({ policy: 'actor', model: modelBase64({ hidden1, hidden2, scale: 1 }) });
    for (let n = 0; n < 20; n++) expect(serve(host).endpoints).toHaveLength(3);
  });
});
