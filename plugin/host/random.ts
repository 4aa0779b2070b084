// SplitMix64 (Steele, Lea and Flood, 2014): 64 random bits a call from one word of state.
import { wallNs } from './clock';

let state: u64 = 0;

/** Makes the streams of several VMs differ, even when they start in the same nanosecond. */
export function seedRandom(salt: u64): void {
  state ^= wallNs() ^ (salt * 0xd1342543de82ef95);
}

export function randomBits(): u64 {
  if (state == 0) seedRandom(1);
  state += 0x9e3779b97f4a7c15;
  let z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
