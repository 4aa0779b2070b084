// Memory that Envoy asks for while a callback runs (header values, properties, bodies). It is ours until the next
// callback begins, so a request allocates nothing: small pieces come from one static block, large ones (configuration,
// answers of the trainer) from the heap, freed at the next callback.

const BLOCK_BYTES: usize = 32768;
const block: usize = memory.data(32768, 16);
let used: usize = 0;

/** Large pieces of this callback, at most as many as Envoy hands over in one. */
const MAX_LARGE: i32 = 64;
const large: StaticArray<usize> = new StaticArray<usize>(MAX_LARGE);
let largeCount: i32 = 0;

/** Begins a callback: everything handed out before is free again. */
export function resetScratch(): void {
  used = 0;
  while (largeCount > 0) heap.free(unchecked(large[--largeCount]));
}

/** Memory for `size` bytes until the next callback; 0 where there is none. */
export function scratch(size: usize): usize {
  const rounded = (size + 15) & ~15;
  if (used + rounded <= BLOCK_BYTES) {
    const at = block + used;
    used += rounded;
    return at;
  }
  if (largeCount == MAX_LARGE) return 0;
  const at = heap.alloc(size);
  unchecked((large[largeCount++] = at));
  return at;
}
