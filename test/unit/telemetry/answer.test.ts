import { expect, it } from 'vitest';
import { renderAnswer, renderCluster, type Answer } from '../../../trainer/telemetry/answer.js';

const endpoints = Array.from({ length: 256 }, (_, i) => ({
  address: `"${'ä'.repeat(400)}${i}`,
  weight: 1,
  inFlight: 0,
  rps: 0,
  errorRate: 0,
}));
const rendered = ({ clusters, ...head }: Answer) =>
  renderAnswer(
    head,
    clusters.map(({ name, ageMs, endpoints }) => renderCluster(name, ageMs, JSON.stringify(endpoints))),
  );
const answer: Answer = {
  nextMs: 1000,
  proxies: 4,
  clusters: [
    ...Array.from({ length: 20 }, (_, i) => ({ name: `c${i}`, ageMs: 5, endpoints })),
    { name: 'small', ageMs: 1, endpoints: [] },
  ],
};

it('an answer is the JSON of its parts', () => {
  const small = { ...answer, clusters: answer.clusters.slice(0, 2) };
  expect(JSON.parse(rendered(small))).toEqual(small);
  expect(JSON.parse(rendered({ ...answer, clusters: [] }))).toEqual({
    nextMs: 1000,
    proxies: 4,
    clusters: [],
  });
});

it('an answer stays within its limit in bytes and leaves out whole clusters', () => {
  const text = rendered(answer);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024);
  const { clusters } = JSON.parse(text) as Answer;
  expect(clusters.every((cluster) => cluster.name === 'small' || cluster.endpoints.length === 256)).toBe(
    true,
  );
  expect(clusters.at(-1)?.name).toBe('small');
});
