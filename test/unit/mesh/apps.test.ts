import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../trainer/environment/random.js';
import type { Job } from '../../../trainer/environment/workload.js';
import { planCalls, runCalls, type Call } from '../../../trainer/mesh/apps/calls.js';
import { Cleanup } from '../../../trainer/mesh/apps/cleanup.js';
import { Delays } from '../../../trainer/mesh/apps/delays.js';
import { LoadMetrics } from '../../../trainer/mesh/apps/load-metrics.js';
import { Slots } from '../../../trainer/mesh/apps/slots.js';
import { VirtualClock } from './virtual-clock.js';

describe('Slots', () => {
  it('starts jobs up to its workers, then in the order they came', () => {
    const slots = new Slots(2, 10);
    const started: number[] = [];
    for (const job of [1, 2, 3, 4]) expect(slots.enter(() => started.push(job))).toBe(true);
    expect([started, slots.busy, slots.waiting]).toEqual([[1, 2], 2, 2]);
    slots.leave();
    expect([started, slots.busy, slots.waiting]).toEqual([[1, 2, 3], 2, 1]);
    for (const _ of [1, 2, 3]) slots.leave();
    expect([started, slots.busy]).toEqual([[1, 2, 3, 4], 0]);
  });

  it('turns away what finds the queue full', () => {
    const slots = new Slots(1, 1);
    expect([1, 2, 3].map(() => slots.enter(() => {}))).toEqual([true, true, false]);
  });
});

describe('Delays', () => {
  it('waits for the right time on average though timers are late and coarse', async () => {
    const clock = new VirtualClock(() => 0.7);
    const delays = new Delays(clock);
    const [random, jobs] = [createRandom(1), 2000];
    let [wanted, taken] = [0, 0];
    for (let i = 0; i < jobs; i++) {
      // Several at a time: the error of one must not be made up for twice.
      const ms = 0.2 + random.next() * 5;
      wanted += ms;
      clock.after(i * 2, () => {
        const begin = clock.now();
        delays.wait(ms, () => (taken += clock.now() - begin));
      });
    }
    await clock.runUntil(jobs * 2 + 100);
    // What is left is the error of the last waits alone.
    expect(Math.abs(taken - wanted)).toBeLessThan(10);
  });

  it('forgets a stall instead of racing to make up for it', async () => {
    let stall = 500;
    const clock = new VirtualClock(() => stall);
    const delays = new Delays(clock);
    const ends: number[] = [];
    delays.wait(10, () => ends.push(clock.now()));
    await clock.runUntil(600);
    stall = 0;
    for (const ms of [30, 30, 30]) {
      const begin = clock.now();
      delays.wait(ms, () => ends.push(clock.now() - begin));
      await clock.runUntil(clock.now() + 100);
    }
    expect(ends).toEqual([510, 0, 10, 30]);
  });
});

describe('LoadMetrics', () => {
  const read = (header: string) =>
    Object.fromEntries(
      header
        .slice('TEXT '.length)
        .split(', ')
        .map((pair) => [pair.split('=')[0], Number(pair.split('=')[1])]),
    );

  it('reports the share of busy workers and the rate as averages, in the text form of ORCA', () => {
    const metrics = new LoadMetrics(4, 0);
    for (let ms = 0; ms < 10_000; ms += 20) {
      metrics.advance(ms, 3, 0);
      metrics.count();
    }
    const { cpu_utilization, mem_utilization, rps_fractional } = read(metrics.header());
    expect(cpu_utilization).toBeCloseTo(0.75, 2);
    expect(mem_utilization).toBeGreaterThan(0.25);
    expect(mem_utilization).toBeLessThan(1);
    // One count in 20 ms; the average jumps by 1 with each and falls by 2% until the next.
    expect(Math.abs(rps_fractional! - 50)).toBeLessThanOrEqual(1);
  });

  it('falls back when the load ends', () => {
    const metrics = new LoadMetrics(1, 0);
    metrics.advance(5000, 1, 10);
    metrics.advance(15_000, 0, 0);
    expect(read(metrics.header())).toMatchObject({
      cpu_utilization: 0,
      mem_utilization: 0.25,
      rps_fractional: 0,
    });
  });
});

describe('calls', () => {
  const call = (service: string, mode: Call['mode']): Call => ({ service, mode, probability: 1 });
  const job = (place: number): Job => ({ key: `${place}`.padStart(16, '0'), path: '/', ms: place });
  const plan = (calls: Call[], made: (place: number) => boolean = () => true) =>
    planCalls(calls, (place) => (made(place) ? job(place) : undefined));
  const names = (groups: ReturnType<typeof plan>) => groups.map((group) => group.map((c) => c.call.service));

  it('run one after the other, neighbours that are parallel together', () => {
    const calls = [
      call('a', 'sequential'),
      call('b', 'parallel'),
      call('c', 'parallel'),
      call('d', 'sequential'),
    ];
    const groups = plan([...calls, call('e', 'parallel')]);
    expect(names(groups)).toEqual([['a'], ['b', 'c'], ['d'], ['e']]);
    expect(groups[1]!.map((c) => c.job)).toEqual([job(1), job(2)]);
  });

  it('are left out where the job does not make them', () => {
    const calls = [call('a', 'sequential'), call('b', 'parallel'), call('c', 'parallel')];
    expect(names(plan(calls, (place) => place === 2))).toEqual([['c']]);
    expect(names(plan(calls, () => false))).toEqual([]);
  });

  it('stop after a failure and tell who had a part', async () => {
    const groups = plan([call('a', 'sequential'), call('b', 'sequential'), call('c', 'sequential')]);
    const result = await runCalls(groups, ({ service }) =>
      Promise.resolve({ ok: service !== 'b', servedBy: [service] }),
    );
    expect(result).toEqual({ ok: false, servedBy: ['a', 'b'] });
  });
});

describe('Cleanup', () => {
  it('undoes in reverse order, once, whatever fails', async () => {
    const [cleanup, done] = [new Cleanup(), [] as number[]];
    cleanup.add(() => done.push(1));
    cleanup.add(() => Promise.reject(new Error('gone')));
    cleanup.add(() => done.push(2));
    await Promise.all([cleanup.run(), cleanup.run()]);
    expect(done).toEqual([2, 1]);
  });

  it('undoes at once what is added too late', async () => {
    const [cleanup, done] = [new Cleanup(), [] as string[]];
    await cleanup.run();
    cleanup.add(() => done.push('late'));
    await cleanup.run();
    expect(done).toEqual(['late']);
  });
});
