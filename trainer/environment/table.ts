// Costs by cell of a coarse state, as plugin/simulator/table-policy.ts reads them: the cell is found by bins of features.
import { ENDPOINT_FEATURES } from '../actor/features.js';
import { FEATURES } from '../actor/model.js';

type Feature = (typeof ENDPOINT_FEATURES)[number];

/** Bins of a feature, parted at the edges: int8 as in decision records, ascending; a value at an edge lies above it. */
export interface Dimension {
  readonly feature: Feature;
  readonly edges: readonly number[];
}

export const cellCount = (dimensions: readonly Dimension[]): number =>
  dimensions.reduce((product, { edges }) => product * (edges.length + 1), 1);

/** Cell of the endpoint whose features are row `row` of `features`; the last dimension runs fastest. */
export function cellOf(dimensions: readonly Dimension[], features: Int8Array, row: number): number {
  let cell = 0;
  for (const { feature, edges } of dimensions) {
    const value = features[row * FEATURES + ENDPOINT_FEATURES.indexOf(feature)]!;
    cell = cell * (edges.length + 1) + edges.filter((edge) => value >= edge).length;
  }
  return cell;
}

/** @param costs one a cell; @param epsilon share of the choices that are made at random */
export function encodeTable(
  dimensions: readonly Dimension[],
  costs: Float32Array,
  epsilon: number,
): Uint8Array {
  const words = dimensions.reduce((sum, { edges }) => sum + 2 + edges.length, 2);
  const bytes = new Uint8Array(4 * (words + costs.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, dimensions.length, true);
  view.setFloat32(4, epsilon, true);
  let at = 8;
  for (const { feature, edges } of dimensions) {
    for (const word of [ENDPOINT_FEATURES.indexOf(feature), edges.length, ...edges]) {
      view.setInt32(at, word, true);
      at += 4;
    }
  }
  for (const [i, cost] of costs.entries()) view.setFloat32(at + 4 * i, cost, true);
  return bytes;
}
