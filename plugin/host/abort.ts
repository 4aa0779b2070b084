/** Replaces AssemblyScript's `abort`: a trap needs no import. */
export function trap(_message: usize, _file: usize, _line: u32, _column: u32): void {
  unreachable();
}
