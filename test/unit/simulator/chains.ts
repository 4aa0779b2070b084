// Balancing over a few queues as a Markov chain, solved by numbers: what the simulator is held to where there is no
// closed form.

export interface Queues {
  /** Requests a ms, in all. */
  readonly arrivals: number;
  /** Requests a ms that a queue completes while it holds so many. */
  readonly completions: readonly ((jobs: number) => number)[];
  /** Probability by queue that the next request goes there. */
  readonly choose: (jobs: readonly number[]) => readonly number[];
  /** Jobs at a queue at most: so many that more of them play no part. */
  readonly cap: number;
}

/** Change of the mean from one sweep to the next at which the solution counts as found, relative. */
const SETTLED = 1e-10;
const MAX_SWEEPS = 5000;

/** Mean time in the system (ms), by Little's law from the mean number there. */
export function meanTime(queues: Queues): number {
  return meanJobs(queues) / queues.arrivals;
}

/** Gauss and Seidel's method on the balance equations: what leaves a state is what comes into it. */
function meanJobs({ arrivals, completions, choose, cap }: Queues): number {
  const n = completions.length;
  const size = cap + 1;
  const stride = completions.map((_, queue) => size ** queue);
  const count = size ** n;
  const jobsOf = (state: number) => stride.map((step) => Math.floor(state / step) % size);
  const flows = Array.from({ length: count }, () => ({
    from: [] as number[],
    rates: [] as number[],
    out: 0,
  }));
  const total = new Float64Array(count);
  for (let state = 0; state < count; state++) {
    const jobs = jobsOf(state);
    total[state] = jobs.reduce((a, b) => a + b);
    const flow = (to: number, rate: number) => {
      if (rate === 0) return;
      flows[state]!.out += rate;
      flows[to]!.from.push(state);
      flows[to]!.rates.push(rate);
    };
    const shares = choose(jobs);
    for (let queue = 0; queue < n; queue++) {
      if (jobs[queue]! < cap) flow(state + stride[queue]!, arrivals * shares[queue]!);
      if (jobs[queue]! > 0) flow(state - stride[queue]!, completions[queue]!(jobs[queue]!));
    }
  }
  const weights = new Float64Array(count).fill(1);
  let before = 0;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let sum = 0;
    let jobs = 0;
    for (let state = 0; state < count; state++) {
      const { from, rates, out } = flows[state]!;
      let inflow = 0;
      for (let i = 0; i < from.length; i++) inflow += weights[from[i]!]! * rates[i]!;
      weights[state] = inflow / out;
      sum += weights[state]!;
      jobs += weights[state]! * total[state]!;
    }
    const mean = jobs / sum;
    if (Math.abs(mean - before) < SETTLED * mean) return mean;
    before = mean;
    // Only ratios count; without this they would drift out of range.
    for (let state = 0; state < count; state++) weights[state]! /= sum;
  }
  throw new Error('the chain has not settled');
}

/** Equal probabilities for the queues of the least cost. */
export function leastOf(costs: readonly number[]): number[] {
  const least = Math.min(...costs);
  const ties = costs.filter((cost) => cost === least).length;
  return costs.map((cost) => (cost === least ? 1 / ties : 0));
}

/** The same of two different queues drawn at random. */
export function leastOfTwo(costs: readonly number[]): number[] {
  const n = costs.length;
  const shares = new Array<number>(n).fill(0);
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < n; b++) {
      if (a === b) continue;
      const [first, second] = leastOf([costs[a]!, costs[b]!]);
      shares[a]! += first! / (n * (n - 1));
      shares[b]! += second! / (n * (n - 1));
    }
  }
  return shares;
}
