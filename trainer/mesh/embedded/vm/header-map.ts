// Headers in the order they came, names in lower case, with Envoy's pseudo headers (`:path`, `:status`) among them.

export type HeaderPair = readonly [name: string, value: string];
export type HeaderRecord = Readonly<Record<string, string>>;

export class HeaderMap {
  private pairs: HeaderPair[];

  constructor(pairs: Iterable<HeaderPair> = []) {
    this.pairs = Array.from(pairs, ([name, value]) => [name.toLowerCase(), value] as const);
  }

  static from(record: HeaderRecord): HeaderMap {
    return new HeaderMap(Object.entries(record));
  }

  get size(): number {
    return this.pairs.length;
  }

  get byteSize(): number {
    return this.pairs.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  }

  /** The value; several values of the same name joined by a comma (RFC 9110 section 5.3). */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    let found: string | undefined;
    for (const [key, value] of this.pairs) {
      if (key === wanted) found = found === undefined ? value : `${found},${value}`;
    }
    return found;
  }

  add(name: string, value: string): void {
    this.pairs.push([name.toLowerCase(), value]);
  }

  /** Sets the value in place of the first of that name, and drops the others. */
  replace(name: string, value: string): void {
    const wanted = name.toLowerCase();
    const first = this.pairs.findIndex(([key]) => key === wanted);
    if (first < 0) return this.add(wanted, value);
    this.pairs[first] = [wanted, value];
    this.pairs = this.pairs.filter(([key], index) => index <= first || key !== wanted);
  }

  remove(name: string): void {
    const wanted = name.toLowerCase();
    this.pairs = this.pairs.filter(([key]) => key !== wanted);
  }

  assign(pairs: Iterable<HeaderPair>): void {
    this.pairs = new HeaderMap(pairs).pairs;
  }

  [Symbol.iterator](): IterableIterator<HeaderPair> {
    return this.pairs[Symbol.iterator]();
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.pairs.map(([name]) => [name, this.get(name) ?? '']));
  }
}
