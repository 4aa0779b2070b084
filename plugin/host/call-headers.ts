// Headers of an outgoing call in the form of the ABI: u32 count, (u32 key length, u32 value length) each, then the
// texts, each with a NUL behind it.
import { Name, Slice } from './bytes';
import { Text } from './text';

@unmanaged
export class CallHeaders {
  private lengths: i32 = 4;
  private text: Text = new Text(512);
  private result: Slice = new Slice();

  begin(count: i32): void {
    this.text.clear().u32(count);
    memory.fill(this.text.reserve(count * 8), 0, count * 8);
    this.lengths = 4;
  }

  add(key: Name, at: usize, length: i32): void {
    store<u32>(this.text.at + this.lengths, key.length);
    store<u32>(this.text.at + this.lengths + 4, length);
    this.lengths += 8;
    this.text.bytes(key.at, key.length).byte(0).bytes(at, length).byte(0);
  }

  end(): Slice {
    this.result.set(this.text.at, this.text.length);
    return this.result;
  }
}
