// Linear regression with a ridge, for the few inputs of a decision record: normal equations and Cholesky.

/** Weights of `columns` inputs and, last, the intercept, which the ridge leaves alone. */
export type Line = Float64Array;

export interface Rows {
  readonly columns: number;
  readonly inputs: readonly ArrayLike<number>[];
  readonly targets: ArrayLike<number>;
}

/** @param ridge added to each diagonal element, as so many more observations of 0 with an input of 1 */
export function fitRidge({ columns, inputs, targets }: Rows, ridge: number): Line {
  const size = columns + 1;
  const matrix = Array.from({ length: size }, () => new Float64Array(size));
  const right = new Float64Array(size);
  const row = new Float64Array(size).fill(1);
  inputs.forEach((input, n) => {
    row.set(input);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) matrix[i]![j]! += row[i]! * row[j]!;
      right[i]! += row[i]! * targets[n]!;
    }
  });
  for (let i = 0; i < size; i++) matrix[i]![i]! += i < columns ? ridge : 1e-9;
  return solve(matrix, right);
}

export function predict(line: Line, input: ArrayLike<number>): number {
  let value = line[input.length]!;
  for (let i = 0; i < input.length; i++) value += line[i]! * input[i]!;
  return value;
}

/** Of a symmetric positive definite matrix, whose lower triangle is given and used up. */
function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const size = right.length;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i]![k]! * matrix[j]![k]!;
      matrix[i]![j] = i === j ? Math.sqrt(sum) : sum / matrix[j]![j]!;
    }
  }
  const x = right.slice();
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i]! -= matrix[i]![k]! * x[k]!;
    x[i]! /= matrix[i]![i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i]! -= matrix[k]![i]! * x[k]!;
    x[i]! /= matrix[i]![i]!;
  }
  return x;
}
