// How long a job takes on a slot of speed 1.
import { exponential, normal, type Random } from './random.js';
import type { Service, ServiceTime } from './schema.js';

/** A sampler of service times in ms, mean `meanMs` whatever the kind. */
export function serviceTimeSampler(time: ServiceTime): (random: Random) => number {
  switch (time.kind) {
    case 'exponential':
      return (random) => exponential(random, time.meanMs);
    case 'lognormal': {
      // The mean of exp(N(mu, sigma)) is exp(mu + sigma^2 / 2).
      const mu = Math.log(time.meanMs) - time.sigma ** 2 / 2;
      return (random) => Math.exp(mu + time.sigma * normal(random));
    }
    case 'pareto': {
      // The mean of a Pareto distribution is minimum x alpha / (alpha - 1).
      const minimum = (time.meanMs * (time.alpha - 1)) / time.alpha;
      return (random) => minimum / (1 - random.next()) ** (1 / time.alpha);
    }
    case 'deterministic':
      return () => time.meanMs;
    case 'empirical':
      return (random) => time.samplesMs[random.int(time.samplesMs.length)]!;
  }
}

export interface Job {
  /** What a proxy sees of the class. */
  readonly path: string;
  readonly ms: number;
}

/** A sampler of jobs: a class by its share, then a service time x its factor, scaled so that the mean stays. */
export function jobSampler(service: Pick<Service, 'serviceTime' | 'classes'>): (random: Random) => Job {
  const sample = serviceTimeSampler(service.serviceTime);
  const { classes } = service;
  if (classes.length === 0) return (random) => ({ path: '/', ms: sample(random) });
  const shares = classes.reduce((sum, c) => sum + c.share, 0);
  const meanFactor = classes.reduce((sum, c) => sum + c.share * c.factor, 0) / shares;
  return (random) => {
    let left = random.next() * shares;
    const chosen = classes.find((c) => (left -= c.share) < 0) ?? classes[classes.length - 1]!;
    return { path: chosen.path, ms: (sample(random) * chosen.factor) / meanFactor };
  };
}
