import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../plugin/support/seeded-random.js';
import { cluster, freshCore } from './support.js';

const core = freshCore();

describe('request classes', () => {
  it('take a segment with a digit for a parameter and leave the query out', () => {
    cluster(core, 1);
    const cart = core.classOf('/users/17/cart');
    expect(core.classOf('/users/23/cart')).toBe(cart);
    expect(core.classOf('/users/f00d7/cart')).toBe(cart);
    expect(core.classOf('/users/23/cart?page=2')).toBe(cart);
    expect(core.classOf('/users/23/cart#top')).toBe(cart);
    const others = [
      '/users/17',
      '/users/17/orders',
      '/users/me/cart',
      '/cart/17/users',
      '/',
      '',
      '/users/17/cart/',
    ];
    const indices = [cart, ...others.map((path) => core.classOf(path))];
    expect(new Set(indices).size).toBe(indices.length);
  });

  it('are bounded in number: one more counts as a mean request', () => {
    cluster(core, 1);
    const names = Array.from({ length: 64 }, (_, i) =>
      String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26)),
    );
    names.forEach((name, i) => expect(core.classOf(`/${name}`)).toBe(i));
    expect(core.classOf('/one-more')).toBe(-1);
    expect(core.classOf(`/${names[5]!}`)).toBe(5);
    expect(core.classWork(-1)).toBe(1);
    expect(core.isClassKnown(-1)).toBe(false);
    core.observeClass(-1, 20, 0);
  });

  it('count as a mean request until they were seen four times', () => {
    cluster(core, 1);
    const cheap = core.classOf('/cheap');
    const heavy = core.classOf('/heavy');
    for (let i = 0; i < 12; i++) core.observeClass(cheap, 10, i);
    for (let i = 0; i < 3; i++) core.observeClass(heavy, 100, 12 + i);
    expect([core.isClassKnown(heavy), core.classWork(heavy)]).toEqual([false, 1]);
    core.observeClass(heavy, 100, 15);
    expect(core.isClassKnown(heavy)).toBe(true);
    // Mean of 12 tens and 4 hundreds: 32.5.
    expect(core.classWork(heavy)).toBeCloseTo(100 / 32.5, 3);
    expect(core.classWork(cheap)).toBeCloseTo(10 / 32.5, 3);
  });

  it('converge to their true ratios (DESIGN.md, section 4: 3, 15.5 and 81 ms)', () => {
    cluster(core, 1);
    const next = seededRandom(11);
    const random = () => (next() + 0.5) / 2 ** 32;
    const means = [3, 15.5, 81];
    const classes = ['/a', '/b', '/c'].map((path) => core.classOf(path));
    const sums = [0, 0, 0];
    let readings = 0;
    for (let i = 0; i < 60_000; i++) {
      const u = random();
      const k = u < 0.7 ? 0 : u < 0.95 ? 1 : 2;
      core.observeClass(classes[k]!, -means[k]! * Math.log(random()), i * 10);
      if (i > 6000 && i % 500 === 0) {
        readings++;
        classes.forEach((index, j) => (sums[j]! += core.classWork(index)));
      }
    }
    const mean = 0.7 * 3 + 0.25 * 15.5 + 0.05 * 81;
    // The window of 30 s holds 2 x 3000 requests, 300 of the rarest class: 6% of its own noise a reading, and 540 s
    // hold nine independent windows: 2% for the mean, five of them 10%.
    means.forEach((ms, j) => expect(Math.abs(sums[j]! / readings / (ms / mean) - 1)).toBeLessThan(0.1));
  });

  it('stay within 1/64 and 64 times the mean', () => {
    cluster(core, 1);
    const fast = core.classOf('/fast');
    const slow = core.classOf('/slow');
    for (let i = 0; i < 1000; i++) core.observeClass(fast, 0.001, i);
    for (let i = 0; i < 4; i++) core.observeClass(slow, 10_000, 1000 + i);
    expect(core.classWork(fast)).toBe(1 / 64);
    expect(core.classWork(slow)).toBe(64);
  });
});
