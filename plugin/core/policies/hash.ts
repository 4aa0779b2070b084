import { EndpointTable } from '../endpoint-table';
import { mix } from '../math';
import { Policy, Request } from './policy';

/**
 * Highest random weight (Thaler and Ravishankar, 1998) over a key of the request: the same key goes to the same
 * endpoint, and a change of the table moves only the keys of the endpoints that changed.
 */
function rendezvous(table: EndpointTable, key: u32): i32 {
  let best = -1;
  let greatest: u32 = 0;
  for (let i = 0; i < table.size; i++) {
    if (!table.isEligible(i)) continue;
    const weight = mix(key, table.addressHash(i));
    if (best < 0 || weight > greatest) {
      best = i;
      greatest = weight;
    }
  }
  return best;
}

/** By the caller's address. */
export class SourceHash extends Policy {
  choose(table: EndpointTable, request: Request, _now: f64, _bits: u64): i32 {
    return rendezvous(table, request.source);
  }
}

/** By where the request goes: authority and path. */
export class DestinationHash extends Policy {
  choose(table: EndpointTable, request: Request, _now: f64, _bits: u64): i32 {
    return rendezvous(table, request.destination);
  }
}
