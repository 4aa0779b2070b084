// Time for the VMs of a running sidecar. Tests of the plugin have a virtual clock instead.

const offset = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

export function monotonicNanoseconds(): bigint {
  return process.hrtime.bigint();
}

/** Nanoseconds since 1970; it never jumps, which Date.now may. */
export function realtimeNanoseconds(): bigint {
  return offset + process.hrtime.bigint();
}
