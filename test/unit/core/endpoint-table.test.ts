import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LANES } from '../../../trainer/environment/core.js';
import { address, cluster, freshCore } from './support.js';

const core = freshCore();
const NEVER = -1e9;

describe('the lanes', () => {
  it('have the names and the order of plugin/core/lanes.ts', () => {
    const source = readFileSync(
      fileURLToPath(new URL('../../../plugin/core/lanes.ts', import.meta.url)),
      'utf8',
    );
    const names = source.slice(source.indexOf('enum Lane')).match(/^ {2}\w+(?=,)/gm)!;
    expect([...LANES, 'COUNT']).toEqual(names.map((name) => name.trim()));
  });
});

describe('an endpoint table', () => {
  it('gives each address one index, however often it is added', () => {
    cluster(core, 3);
    expect(core.add(address(1))).toBe(1);
    expect(core.count()).toBe(3);
    expect(core.find(address(2))).toBe(2);
    expect(core.find(address(7))).toBe(-1);
  });

  it('takes IPv6 and addresses of up to 63 bytes, and refuses longer and empty ones', () => {
    core.reset();
    const ipv6 = '[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:65535';
    expect(core.add(ipv6)).toBe(0);
    expect(core.find(ipv6)).toBe(0);
    expect(core.find(ipv6.slice(0, -1))).toBe(-1);
    expect(core.add('h'.repeat(63))).toBe(1);
    expect(core.find('h'.repeat(63))).toBe(1);
    expect(core.add('h'.repeat(64))).toBe(-1);
    expect(core.add('')).toBe(-1);
    expect(core.count()).toBe(2);
  });

  it('holds 256 endpoints and refuses the 257th', () => {
    cluster(core, 256);
    expect(core.count()).toBe(256);
    expect(core.add(address(256))).toBe(-1);
    for (let i = 0; i < 256; i++) expect(core.find(address(i))).toBe(i);
    core.remove(17);
    expect(core.add(address(256))).toBe(17);
  });

  it('keeps every lane when it grows', () => {
    cluster(core, 4);
    LANES.forEach((lane, k) => {
      for (let i = 0; i < 4; i++) core.set(lane, i, 1 + k + i / 8);
    });
    // Presence is not a free value: growth must find its endpoints.
    for (let i = 0; i < 4; i++) core.set('Present', i, 1);
    for (let i = 4; i < 40; i++) core.add(address(i));
    LANES.slice(1).forEach((lane, k) => {
      for (let i = 0; i < 4; i++) expect(core.get(lane, i)).toBe(2 + k + i / 8);
    });
    expect(core.find(address(3))).toBe(3);
    expect(core.find(address(39))).toBe(39);
  });

  it('uses a slot again only when nothing of the removed endpoint is in flight, and as new', () => {
    cluster(core, 2);
    core.start(0, 1, 10);
    core.latency(0, 80, 20);
    core.remove(0);
    expect(core.find(address(0))).toBe(-1);
    expect(core.add(address(5), 30)).toBe(2);
    core.finish(0, 1);
    expect(core.add(address(6), 40)).toBe(0);
    expect([core.get('Latency', 0), core.get('Samples', 0), core.get('Work', 0)]).toEqual([0, 0, 0]);
    expect(core.get('LatencyAt', 0)).toBe(NEVER);
    expect([core.get('SentSince', 0), core.get('OutcomeAt', 0)]).toEqual([0, 40]);
  });

  it('has an affinity for each address, between -1 and 1, that is there again when it comes back', () => {
    cluster(core, 256);
    const all = Array.from({ length: 256 }, (_, i) => core.get('Affinity', i));
    for (const affinity of all) expect(Math.abs(affinity)).toBeLessThanOrEqual(1);
    expect(new Set(all).size).toBe(256);
    // A uniform value from -1 to 1 has variance 1/3: five standard errors of the mean of 256 are 0.18.
    expect(Math.abs(all.reduce((a, b) => a + b) / 256)).toBeLessThan(0.18);
    core.remove(17);
    expect(core.add(address(300))).toBe(17);
    expect(all).not.toContain(core.get('Affinity', 17));
    core.remove(17);
    core.remove(4);
    expect(core.get('Affinity', core.add(address(17)))).toBe(all[17]);
  });

  it('forgets a removed endpoint once', () => {
    cluster(core, 3);
    core.remove(1);
    core.remove(1);
    expect(core.count()).toBe(2);
    expect(core.get('Weight', 1)).toBe(0);
  });

  it('keeps a request in flight at its endpoint through additions and removals', () => {
    cluster(core, 2);
    core.start(1, 2.5, 0);
    for (let i = 2; i < 100; i++) core.add(address(i));
    for (let i = 2; i < 100; i += 2) core.remove(i);
    expect([core.get('Requests', 1), core.get('Work', 1)]).toEqual([1, 2.5]);
    core.finish(1, 2.5);
    core.finish(1, 2.5);
    expect([core.get('Requests', 1), core.get('Work', 1)]).toEqual([0, 0]);
  });
});

describe('the origin of time', () => {
  const DAY = 86_400_000;

  it('moves over days without losing more than 1/32 ms of an age', () => {
    const start = 1.7e12;
    cluster(core, 1, start);
    for (let day = 0; day < 30; day++) {
      const at = start + day * DAY + 1234.56;
      core.start(0, 1, at);
      core.finish(0, 1);
      // An age is read as the decay of a rate: 1000 ms later the fast count is e^-1 of what it was, plus one a second.
      const before = core.get('RateFast', 0);
      core.start(0, 1, at + 1000);
      core.finish(0, 1);
      const age = -1000 * Math.log((core.get('RateFast', 0) - 1) / before);
      // 1/64 ms for each of two times, and 1e-5 of the age for the exponential.
      expect(Math.abs(age - 1000)).toBeLessThan(1 / 32 + 0.02);
    }
  });

  it('leaves what never happened never, and lets an ejection end when it should', () => {
    cluster(core, 10);
    core.eject(3, 1000);
    for (let now = 0; now < 3 * DAY; now += 200_000) core.ejected(now);
    expect(core.get('LatencyAt', 0)).toBe(NEVER);
    cluster(core, 10);
    core.setEjection({ baseMs: 300_000, maxMs: 300_000 });
    core.eject(3, 262_000);
    // Across the move at 262,144 ms.
    expect([core.ejected(263_000), core.ejected(561_900), core.ejected(562_100)]).toEqual([1, 1, 0]);
    core.setEjection();
  });

  it('survives a clock that goes back: nothing gets older, nothing waits longer than four minutes more', () => {
    const now = 10 * DAY;
    cluster(core, 10, now);
    core.latency(0, 20, now + 100);
    core.eject(3, now + 100);
    const back = now - 5 * DAY;
    expect(core.ejected(back)).toBe(1);
    expect(core.ejected(back + 262_000)).toBe(0);
    expect(core.cluster('startedAt')).toBe(NEVER);
    // No start yet, so that who joins now does not warm up.
    expect(core.get('ReturnedAt', core.add(address(77), back + 1))).toBe(NEVER);
    core.latency(0, 40, back + 10);
    expect(core.get('Latency', 0)).toBeCloseTo(30, 4);
  });
});
