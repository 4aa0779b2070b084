// A probe of Prequal: a message of its own that takes as long as any other and comes back with the server's word of the
// moment when it met it.
import { Message } from './message';

@unmanaged
export class Probe extends Message {
  worker: usize;
  server: usize;
  /** The server's slot in the worker's table. */
  slot: i32;
}
