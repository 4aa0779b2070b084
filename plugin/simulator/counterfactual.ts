// What a request would take at each endpoint, whichever it goes to: the true queues, speeds and sizes are known here, and
// a queue is first in, first out, so nothing needs to be replayed.
import { Job, Stage } from './job';
import { Server } from './server';
import { settings } from './settings';

/** Longer queues count as a fluid: past this a job more or less on a slot makes no difference. */
const LONGEST: i32 = 128;
const MAX_SLOTS: i32 = 256;
const free = new StaticArray<f64>(MAX_SLOTS);

/** Work left to the server's slots, ms: of jobs on a slot, waiting and on their way. */
export function backlog(server: Server, now: f64): f64 {
  const serving = server.endSum - (server.busy as f64) * now;
  return max<f64>(0, serving) + max<f64>(0, server.unstartedMs) / server.pace();
}

/** Latency of `job`, ms, if it is sent to `server` at `now` and the server's pace stays what it is. */
export function latencyAt(server: Server, job: Job, now: f64): f64 {
  const arrival = now + settings.networkMs;
  const own = job.sizeMs / server.pace();
  const ahead = server.assigned - server.busy;
  let start = arrival;
  if (server.assigned >= server.slots) {
    const isFluid = ahead > LONGEST || server.slots > MAX_SLOTS;
    start = isFluid ? now + backlog(server, now) / (server.slots as f64) : freeAt(server, ahead, now);
  }
  return max(start, arrival) - now + own + settings.networkMs;
}

/** When a slot is free for one who comes after the `ahead` jobs that wait or are under way. */
function freeAt(server: Server, ahead: i32, now: f64): f64 {
  const slots = server.slots;
  let busy = 0;
  for (let at = server.anyone(); at != 0 && busy < slots; at = changetype<Job>(at).after) {
    const job = changetype<Job>(at);
    if (job.stage == Stage.Serving) unchecked((free[busy++] = job.endAt));
  }
  while (busy < slots) unchecked((free[busy++] = now));
  let left = server.unstartedMs;
  let waiting = ahead;
  for (let at = server.queue.first(); at != 0; at = changetype<Job>(at).next) {
    const job = changetype<Job>(at);
    left -= job.sizeMs;
    waiting--;
    // Whose client gave up takes no slot.
    if (!job.settled) occupy(slots, job.sizeMs / server.pace());
  }
  // Those under way have no order yet: each counts as their mean.
  const each = waiting > 0 ? max<f64>(0, left) / server.pace() / (waiting as f64) : 0;
  for (; waiting > 0; waiting--) occupy(slots, each);
  return unchecked(free[earliest(slots)]);
}

/** The slot that is free first takes a job of `ms`. */
function occupy(slots: i32, ms: f64): void {
  const slot = earliest(slots);
  unchecked((free[slot] += ms));
}

function earliest(slots: i32): i32 {
  let best = 0;
  for (let slot = 1; slot < slots; slot++) if (unchecked(free[slot] < free[best])) best = slot;
  return best;
}
