import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { contentId, withContentId } from '../../../trainer/actor/content-id.js';
import {
  CONTEXT_FEATURES,
  ENDPOINT_FEATURES,
  FEATURE_SET_HASH,
  fnv1a32,
} from '../../../trainer/actor/features.js';
import { decodeModel, encodeModel } from '../../../trainer/actor/model-file.js';
import { idGauge } from '../../../trainer/actor/model-id.js';
import { CONTEXT, FEATURES } from '../../../trainer/actor/model.js';
import { forward } from '../../../trainer/actor/reference.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';

const GOLDEN = fileURLToPath(new URL('../../golden/untrained.weir', import.meta.url));
const features = Int8Array.from({ length: 8 * FEATURES }, (_, i) => ((i * 37) % 255) - 127);
const context = Int8Array.from({ length: CONTEXT }, (_, i) => i * 9 - 30);

describe('the untrained model', () => {
  it('is the golden file, byte for byte (UPDATE_GOLDEN=1 rewrites it)', () => {
    const bytes = encodeModel(untrainedModel());
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, bytes);
    expect(existsSync(GOLDEN)).toBe(true);
    expect(Buffer.from(bytes).equals(readFileSync(GOLDEN))).toBe(true);
  });

  it('has a residual of exactly zero, so that its score is that of ewma-full', () => {
    expect([...forward(untrainedModel(), features, context)]).toEqual(new Array(8).fill(0));
    expect(untrainedModel().temperature).toBeCloseTo(0.2);
  });

  it('has a hidden layer that is neither dead nor saturated, so that learning can start from it', () => {
    const residuals = forward(untrainedModel({ scale: 1 }), features, context);
    expect(new Set(residuals).size).toBeGreaterThan(4);
  });

  it('keeps the residual of its variant within the scale', () => {
    for (const scale of [0.02, 1]) {
      const residuals = [...forward(untrainedModel({ seed: 2, scale }), features, context)];
      expect(Math.max(...residuals.map(Math.abs))).toBeLessThanOrEqual(scale);
      expect(residuals.some((residual) => residual !== 0)).toBe(true);
    }
  });

  it('is the same for the same seed and another for another', () => {
    expect(encodeModel(untrainedModel({ seed: 5 }))).toEqual(encodeModel(untrainedModel({ seed: 5 })));
    const ids = [untrainedModel(), untrainedModel({ seed: 2 }), untrainedModel({ scale: 0.02 })].map(
      (m) => m.id,
    );
    expect(new Set(ids).size).toBe(3);
  });
});

describe('a content id', () => {
  it('follows the content and not the id that was there', () => {
    const model = untrainedModel();
    expect(contentId({ ...model, id: 'f'.repeat(32) })).toBe(model.id);
    expect(contentId({ ...model, temperature: 0.3 })).not.toBe(model.id);
    expect(withContentId({ ...model, bias3: 1 }).id).not.toBe(model.id);
  });

  it('survives the file', () => {
    const model = decodeModel(encodeModel(untrainedModel({ seed: 9 })));
    expect(contentId(model)).toBe(model.id);
  });

  it('shows its first four bytes in the gauge', () => {
    expect(idGauge('fe010203'.padEnd(32, '0'))).toBe(0xfe010203);
  });
});

describe('the feature set', () => {
  it('has 24 endpoint and 8 context features and the hash that stands in every model file', () => {
    expect([ENDPOINT_FEATURES.length, CONTEXT_FEATURES.length]).toEqual([24, 8]);
    expect(FEATURE_SET_HASH).toBe(new DataView(encodeModel(untrainedModel()).buffer).getUint32(8, true));
  });

  it('is hashed with FNV-1a (its published vectors)', () => {
    expect(fnv1a32('')).toBe(0x811c9dc5);
    expect(fnv1a32('a')).toBe(0xe40c292c);
    expect(fnv1a32('foobar')).toBe(0xbf9cf968);
  });
});
