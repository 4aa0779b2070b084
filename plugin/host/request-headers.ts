// One walk over a request's headers: what the filter needs of them, and which client-sent `x-weir-*` must go.
import { Headers } from './abi';
import { Slice } from './bytes';
import { Pairs, getPairs, removeHeader } from './calls';
import { ClassBy, ClassRule, pathClass } from './class-rule';
import { fnv1a, mix } from '../core/math';
import { AUTHORITY, METHOD, PATH, WEIR_PREFIX } from './names';
import { Name } from './bytes';

const pairs = new Slice();
const walk = new Pairs();

@unmanaged
export class RequestHeaders {
  readonly method: Slice = new Slice();
  readonly path: Slice = new Slice();
  readonly authority: Slice = new Slice();
  readonly classValue: Slice = new Slice();
  readonly user: Slice = new Slice();

  /** Reads the headers of the current request and removes every `x-weir-*` that came with it. */
  read(rule: ClassRule, userHeader: Name | null): void {
    this.method.set(0, 0);
    this.path.set(0, 0);
    this.authority.set(0, 0);
    this.classValue.set(0, 0);
    this.user.set(0, 0);
    if (!getPairs(Headers.Request, pairs)) return;
    walk.open(pairs);
    while (walk.step()) {
      const at = walk.keyAt;
      const length = walk.keyLength;
      const first = length > 1 ? load<u8>(at + 1) : 0;
      if (load<u8>(at) == 0x3a) {
        if (first == 0x6d && METHOD.is(at, length)) this.method.set(walk.valueAt, walk.valueLength);
        else if (first == 0x70 && PATH.is(at, length)) this.path.set(walk.valueAt, walk.valueLength);
        else if (first == 0x61 && AUTHORITY.is(at, length))
          this.authority.set(walk.valueAt, walk.valueLength);
      } else if (WEIR_PREFIX.isPrefixOf(at, length)) {
        removeHeader(Headers.Request, at, length);
      } else {
        if (rule.by == ClassBy.Header && rule.header.is(at, length)) {
          this.classValue.set(walk.valueAt, walk.valueLength);
        }
        if (userHeader !== null && userHeader.is(at, length)) this.user.set(walk.valueAt, walk.valueLength);
      }
    }
  }

  /** Hash of the request's class; 0 where classes are off. */
  classHash(rule: ClassRule): u32 {
    if (rule.by == ClassBy.None) return 0;
    if (rule.by == ClassBy.Header) return fnv1a(this.classValue.at, this.classValue.length);
    return pathClass(this.method.at, this.method.length, this.path.at, this.path.length);
  }

  /** Hash of where the request goes. */
  destinationHash(): u32 {
    return mix(fnv1a(this.authority.at, this.authority.length), fnv1a(this.path.at, this.path.length));
  }
}
