// Rows of figures over time in a ring, so many of them at most: whoever was not seen for longest makes room.

/** A figure of a row; NaN = nothing is known. */
export type Figures = readonly number[];

interface Row {
  /** Column after column, `slots` values each. */
  readonly values: Float32Array;
  /** Number of the sample that it was in last. */
  seenIn: number;
}

export class Rows {
  /** In the order in which they were seen, the latest last. */
  readonly #rows = new Map<string, Row>();

  /**
   * @param columns figures of a row
   * @param slots samples that are kept
   * @param most rows
   */
  constructor(
    readonly columns: number,
    readonly slots: number,
    readonly most: number,
  ) {}

  get size(): number {
    return this.#rows.size;
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  /**
   * Takes sample number `n` in: one more than the last. What is in it for the first time gets no place of another that
   * is in it too, so that more of them than there is room for do not push each other out, second by second.
   */
  put(n: number, seen: ReadonlyMap<string, Figures>): void {
    for (const [key, row] of this.#rows) {
      if (n - row.seenIn >= this.slots) this.#rows.delete(key);
      else this.#write(row, n, undefined);
    }
    for (const [key, figures] of seen) {
      const row = this.#rows.get(key);
      if (row) this.#seen(key, row, n, figures);
    }
    for (const [key, figures] of seen) {
      if (this.#rows.has(key)) continue;
      const row = this.#place(n);
      if (!row) return;
      this.#seen(key, row, n, figures);
    }
  }

  /** Values of a column in the samples of these numbers, all of them kept; null = nothing was known. */
  column(key: string, column: number, samples: readonly number[]): (number | null)[] {
    const { values } = this.#rows.get(key)!;
    return samples.map((n) => shown(values[column * this.slots + (n % this.slots)]!));
  }

  /** Of the rows that were in sample number `n` or a later one. */
  keysSince(n: number): string[] {
    return [...this.#rows].filter(([, { seenIn }]) => seenIn >= n).map(([key]) => key);
  }

  /** An empty row, that of the one not seen for longest where there is no other; undefined where all were seen now. */
  #place(n: number): Row | undefined {
    if (this.#rows.size < this.most)
      return { values: new Float32Array(this.columns * this.slots).fill(NaN), seenIn: n };
    const [key, row] = this.#rows.entries().next().value!;
    if (row.seenIn === n) return undefined;
    this.#rows.delete(key);
    row.values.fill(NaN);
    return row;
  }

  #seen(key: string, row: Row, n: number, figures: Figures): void {
    this.#rows.delete(key);
    this.#rows.set(key, row);
    row.seenIn = n;
    this.#write(row, n, figures);
  }

  #write({ values }: Row, n: number, figures: Figures | undefined): void {
    for (let column = 0; column < this.columns; column++)
      values[column * this.slots + (n % this.slots)] = figures?.[column] ?? NaN;
  }
}

/** Steps of 0.0001: what a chart shows no finer, and what keeps an answer short. */
export function shown(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 1e4) / 1e4;
}
