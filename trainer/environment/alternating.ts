// A process that is on or off for exponentially distributed times: bursts, and endpoints that slow down at random.
import { exponential, type Random } from './random.js';

/**
 * Whether the process is on at a time. Times must not decrease from call to call: the past is forgotten.
 * @param start whether it begins on; by default drawn from the share of time that it is on
 */
export function alternating(
  random: Random,
  meanOn: number,
  meanOff: number,
  start = random.next() < meanOn / (meanOn + meanOff),
): (seconds: number) => boolean {
  let on = start;
  let until = exponential(random, on ? meanOn : meanOff);
  return (seconds) => {
    while (seconds >= until) {
      on = !on;
      until += exponential(random, on ? meanOn : meanOff);
    }
    return on;
  };
}
