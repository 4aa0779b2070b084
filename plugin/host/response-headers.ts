// One walk over a response's headers: status, `x-weir-load` and ORCA's load report.
import { ServerLoad } from '../core/estimators';
import { Headers } from './abi';
import { Slice } from './bytes';
import { Pairs, getPairs } from './calls';
import { parseLoad } from './load-header';
import { Counter, count } from './metrics';
import { GRPC_STATUS, LOAD_HEADER, ORCA_BINARY_HEADER, ORCA_HEADER, STATUS } from './names';
import { parseOrca, parseOrcaBinary } from './orca';

const pairs = new Slice();
const walk = new Pairs();
const load_ = new Slice();
const orca = new Slice();
const orcaBinary = new Slice();

@unmanaged
export class ResponseHeaders {
  /** 0 where there is none. */
  status: i32 = 0;
  /** gRPC status of a response without a body, -1 where there is none. */
  grpcStatus: i32 = -1;
  hasLoadHeader: bool = false;
  readonly load: ServerLoad = new ServerLoad();
  /** What the application said in ORCA's form. */
  readonly app: ServerLoad = new ServerLoad();

  /** Reads the headers of a response. Of what both say, the sidecar's word wins over the application's. */
  read(kind: Headers): void {
    this.status = 0;
    this.grpcStatus = -1;
    this.load.clear();
    load_.set(0, 0);
    orca.set(0, 0);
    orcaBinary.set(0, 0);
    if (getPairs(kind, pairs)) {
      walk.open(pairs);
      while (walk.step()) this.take(walk.keyAt, walk.keyLength);
    }
    this.hasLoadHeader = load_.at != 0;
    if (this.hasLoadHeader && !parseLoad(load_.at, load_.length, this.load)) count(Counter.BadLoadHeaders);
    const said = this.load;
    const app = this.app;
    app.clear();
    if (
      (orca.at != 0 && !parseOrca(orca.at, orca.length, app)) ||
      (orcaBinary.at != 0 && !parseOrcaBinary(orcaBinary.at, orcaBinary.length, app))
    ) {
      count(Counter.BadLoadHeaders);
      app.clear();
    }
    if (said.cpu < 0) said.cpu = app.cpu;
    if (said.memory < 0) said.memory = app.memory;
    if (said.rate < 0) said.rate = app.rate;
  }

  private take(at: usize, length: i32): void {
    if (STATUS.is(at, length)) this.status = digits(walk.valueAt, walk.valueLength);
    else if (LOAD_HEADER.is(at, length)) load_.set(walk.valueAt, walk.valueLength);
    else if (ORCA_HEADER.is(at, length)) orca.set(walk.valueAt, walk.valueLength);
    else if (ORCA_BINARY_HEADER.is(at, length)) orcaBinary.set(walk.valueAt, walk.valueLength);
    else if (GRPC_STATUS.is(at, length)) this.grpcStatus = digits(walk.valueAt, walk.valueLength);
  }
}

/** A short decimal number, 0 where it is none. */
function digits(at: usize, length: i32): i32 {
  let value = 0;
  for (let i = 0; i < min(length, 4); i++) {
    const digit = (load<u8>(at + i) as i32) - 0x30;
    if (digit < 0 || digit > 9) return 0;
    value = value * 10 + digit;
  }
  return value;
}
