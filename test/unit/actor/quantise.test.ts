import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { CONTEXT, FEATURES, type Model } from '../../../trainer/actor/model.js';
import { channelScale, quantise, type Network } from '../../../trainer/actor/quantise.js';
import { forward } from '../../../trainer/actor/reference.js';

const [H1, H2] = [8, 4];

/** Weights whose channels have any size: 10^-4 to 10^4. */
const anyNetwork: fc.Arbitrary<Network> = fc
  .record({
    hidden1: fc.constant(H1),
    hidden2: fc.constant(H2),
    w1: matrix(H1, FEATURES),
    v1: matrix(H1, CONTEXT),
    b1: vector(H1),
    w2: matrix(H2, H1),
    u2: matrix(H2, H1),
    b2: vector(H2),
    w3: vector(H2),
  })
  .filter(({ w3 }) => w3.some((weight) => Math.abs(weight) > 1e-3));

function vector(length: number): fc.Arbitrary<Float32Array> {
  return fc.float32Array({ minLength: length, maxLength: length, min: -4, max: 4, noNaN: true });
}

function matrix(rows: number, width: number): fc.Arbitrary<Float32Array> {
  return fc
    .tuple(
      vector(rows * width),
      fc.array(fc.integer({ min: -4, max: 4 }), { minLength: rows, maxLength: rows }),
    )
    .map(([values, powers]) => values.map((value, i) => value * 10 ** powers[Math.floor(i / width)]!));
}

/** What the int8 weights stand for, with the step of each channel. */
function layers({ scale1, scale2, outputScale, w1, v1, w2, u2, w3 }: Model) {
  const step2 = Array.from(scale2, (scale) => (scale * 127) / 32);
  return [
    { name: 'w1', width: FEATURES, weights: w1, steps: [...scale1] },
    { name: 'v1', width: CONTEXT, weights: v1, steps: [...scale1] },
    { name: 'w2', width: H1, weights: w2, steps: step2 },
    { name: 'u2', width: H1, weights: u2, steps: step2 },
    { name: 'w3', width: H2, weights: w3, steps: [outputScale * 127] },
  ] as const;
}

/** The network that the int8 weights stand for. */
function onGrid(network: Network): Network {
  const back = layers(quantise(network, 1)).map(({ name, width, weights, steps }) => [
    name,
    Float32Array.from(weights, (weight, i) => weight * steps[Math.floor(i / width)]!),
  ]);
  return { ...network, ...(Object.fromEntries(back) as object) };
}

/** By how much a bias is off, but for the 24 bits of the scale that it is multiplied by. */
const missed = (bias: number, wanted: number) => Math.abs(bias - wanted) - 2 ** -22 * Math.abs(wanted);

describe('quantising a network', () => {
  it('leaves every weight at most half a step from where it was, and biases half a step of their accumulator', () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        const model = quantise(network, 1);
        for (const { name, width, weights, steps } of layers(model))
          for (const [i, weight] of weights.entries()) {
            const step = steps[Math.floor(i / width)]!;
            // A hundred-thousandth more: scales are floats, of 24 bits, and a weight is up to 127 of them.
            expect(Math.abs(weight * step - network[name][i]!), `${name}[${i}]`).toBeLessThanOrEqual(
              0.50002 * step,
            );
          }
        for (const [j, scale] of model.scale1.entries())
          expect(missed(model.bias1[j]! * scale, 32 * network.b1[j]!)).toBeLessThanOrEqual(0.5001 * scale);
        // In units of the table's argument, as the first one.
        for (const [j, scale] of model.scale2.entries())
          expect(missed(model.bias2[j]! * scale, 32 * network.b2[j]!)).toBeLessThanOrEqual(0.5001 * scale);
      }),
    );
  });

  it('is exact on its own grid: what was quantised once has the same weights the second time', () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        const once = quantise(network, 1);
        const twice = quantise(onGrid(network), 1);
        for (const name of ['w1', 'v1', 'w2', 'u2', 'w3'] as const) expect(twice[name]).toEqual(once[name]);
      }),
    );
  });

  it('uses the whole range in every channel: its largest weight is 127 steps', () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        const { w1, v1 } = quantise(network, 1);
        for (let j = 0; j < H1; j++) {
          const own = [...network.w1.subarray(j * FEATURES, (j + 1) * FEATURES)];
          const shared = [...network.v1.subarray(j * CONTEXT, (j + 1) * CONTEXT)];
          // Else the smallest scale there is counts.
          if (Math.max(...[...own, ...shared].map(Math.abs)) < 1e-3) continue;
          const steps = [
            ...w1.subarray(j * FEATURES, (j + 1) * FEATURES),
            ...v1.subarray(j * CONTEXT, (j + 1) * CONTEXT),
          ];
          expect(Math.max(...steps.map(Math.abs))).toBe(127);
        }
      }),
    );
  });

  it('makes a model that the filter accepts', () => {
    fc.assert(fc.property(anyNetwork, (network) => void encodeModel(quantise(network, 0.2))));
  });

  it('keeps the biases of channels without weights', () => {
    const zero: Network = {
      hidden1: H1,
      hidden2: H2,
      w1: new Float32Array(H1 * FEATURES),
      v1: new Float32Array(H1 * CONTEXT),
      b1: Float32Array.of(0, 1, -1, 0.5, 3, -3, 0.25, 0),
      w2: new Float32Array(H2 * H1),
      u2: new Float32Array(H2 * H1),
      b2: Float32Array.of(1, 0, 0, 0),
      w3: Float32Array.of(1, 0, 0, 0),
    };
    const model = quantise(zero, 1);
    expect(model.w1.every((weight) => weight === 0)).toBe(true);
    // A bias of 1 is 32 of the table's units.
    const units = Array.from(model.bias1, (bias, j) => bias * model.scale1[j]!);
    for (const [j, unit] of units.entries()) expect(unit).toBeCloseTo(32 * zero.b1[j]!, 3);
    const [residual] = forward(model, new Int8Array(FEATURES), new Int8Array(CONTEXT));
    // tanh(1), to half a step of 1/127.
    expect(Math.abs(residual! - Math.tanh(1))).toBeLessThan(0.5 / 127 + 1e-4);
  });

  it('gives channels without weights a scale, so that nothing is divided by zero', () => {
    expect(channelScale(new Float32Array(4), new Float32Array(2))).toBeGreaterThan(0);
    expect(channelScale(Float32Array.of(-2.54, 1), Float32Array.of(0.5))).toBeCloseTo(0.02, 6);
  });

  it('names a model by its content', () => {
    const [network] = fc.sample(anyNetwork, { numRuns: 1, seed: 7 }) as [Network];
    expect(quantise(network, 0.2).id).toBe(quantise(network, 0.2).id);
    expect(quantise(network, 0.3).id).not.toBe(quantise(network, 0.2).id);
  });
});
