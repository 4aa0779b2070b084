// What is remembered of a request between its callbacks: a record a context id, in a pool that grows by blocks and is
// never given back, so that any number of concurrent and long streams fits and a steady load allocates nothing.

/** Which model decided. */
export const enum Decider {
  None = -1,
  Model = 0,
  Candidate = 1,
}

@unmanaged
export class Stream {
  /** Key, 0 = free; a free record keeps the next free one in `link`. */
  context: u32 = 0;
  root: u32 = 0;
  link: usize = 0;
  started: f64 = 0;
  /** Index of the cluster, -1 none. */
  cluster: i32 = -1;
  /** The endpoint that was chosen, and the one whose in-flight counts this request; -1 none. */
  chosen: i32 = -1;
  holder: i32 = -1;
  classIndex: i32 = -1;
  work: f32 = 1;
  probability: f32 = 1;
  /** Requests that it met at the server. */
  depth: f32 = 0;
  decider: Decider = Decider.None;
  /** Slot of its decision record, -1 none. */
  record: i32 = -1;
  responded: bool = false;
  settled: bool = false;
  server: bool = false;
}

const BLOCK: i32 = 128;
/** Records a hash bucket on average before the index doubles: half full. */
let indexSize: u32 = 512;
let index: usize = heap.alloc((indexSize << 2) as usize);
memory.fill(index, 0, (indexSize << 2) as usize);
let inUse: u32 = 0;
let freeList: usize = 0;

function bucketOf(context: u32, size: u32): u32 {
  return (context * 0x9e3779b9) & (size - 1);
}

/** The stream of a context, null where there is none. */
export function findStream(context: u32): Stream | null {
  let b = bucketOf(context, indexSize);
  let at = load<u32>(index + (b << 2)) as usize;
  while (at != 0) {
    const stream = changetype<Stream>(at);
    if (stream.context == context) return stream;
    b = (b + 1) & (indexSize - 1);
    at = load<u32>(index + (b << 2)) as usize;
  }
  return null;
}

/** Opens the stream of a new context. */
export function openStream(context: u32, root: u32): Stream {
  if (freeList == 0) addBlock();
  if ((inUse + 1) * 2 > indexSize) growIndex();
  const at = freeList;
  const stream = changetype<Stream>(at);
  freeList = stream.link;
  stream.context = context;
  stream.root = root;
  stream.link = 0;
  stream.started = 0;
  stream.cluster = stream.chosen = stream.holder = stream.classIndex = stream.record = -1;
  stream.work = stream.probability = 1;
  stream.decider = Decider.None;
  stream.responded = stream.settled = stream.server = false;
  insert(index, indexSize, at);
  inUse++;
  return stream;
}

function insert(table: usize, size: u32, at: usize): void {
  let b = bucketOf(changetype<Stream>(at).context, size);
  while (load<u32>(table + (b << 2)) != 0) b = (b + 1) & (size - 1);
  store<u32>(table + (b << 2), at as u32);
}

/** Closes a stream; the hole in the index is filled by those that were pushed past it. */
export function closeStream(stream: Stream): void {
  const mask = indexSize - 1;
  let hole = bucketOf(stream.context, indexSize);
  while (load<u32>(index + (hole << 2)) != (changetype<usize>(stream) as u32)) hole = (hole + 1) & mask;
  for (let b = (hole + 1) & mask; ; b = (b + 1) & mask) {
    const at = load<u32>(index + (b << 2)) as usize;
    if (at == 0) break;
    const home = bucketOf(changetype<Stream>(at).context, indexSize);
    // May stay only if its home lies after the hole on the way to it.
    if (((b - home) & mask) < ((b - hole) & mask)) continue;
    store<u32>(index + (hole << 2), at as u32);
    hole = b;
  }
  store<u32>(index + (hole << 2), 0);
  stream.context = 0;
  stream.link = freeList;
  freeList = changetype<usize>(stream);
  inUse--;
}

function addBlock(): void {
  const size = offsetof<Stream>();
  const block = heap.alloc(size * BLOCK);
  for (let i = 0; i < BLOCK; i++) {
    const stream = changetype<Stream>(block + (i as usize) * size);
    stream.context = 0;
    stream.link = freeList;
    freeList = changetype<usize>(stream);
  }
}

function growIndex(): void {
  const size = indexSize * 2;
  const table = heap.alloc((size << 2) as usize);
  memory.fill(table, 0, (size << 2) as usize);
  for (let b: u32 = 0; b < indexSize; b++) {
    const at = load<u32>(index + (b << 2)) as usize;
    if (at != 0) insert(table, size, at);
  }
  heap.free(index);
  index = table;
  indexSize = size;
}
