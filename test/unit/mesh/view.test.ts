import { describe, expect, it } from 'vitest';
import type { LoadReport } from '../../../trainer/mesh/load/messages.js';
import { Tally, type TallyData } from '../../../trainer/mesh/load/tally.js';
import type { MeshEndpoint } from '../../../trainer/mesh/local-mesh.js';
import { liveView } from '../../../trainer/mesh/view/live.js';
import { LoadState } from '../../../trainer/mesh/view/state.js';
import { bar, renderLine, renderTable } from '../../../trainer/mesh/view/text.js';

const endpoint = (service: string, i: number): MeshEndpoint => ({
  name: `${service}-${i}`,
  service,
  address: `127.0.0.1:900${i}`,
  speed: 1,
  workers: 2,
});
const ENDPOINTS = [endpoint('web', 0), endpoint('db', 1), endpoint('db', 2)];

function tally(requests: number, latencyMs: number, servedBy: string[], errors = 0): TallyData {
  const result = new Tally();
  for (let i = 0; i < requests; i++) result.add({ ok: i >= errors, servedBy }, latencyMs);
  return result.data();
}
const report = (window: TallyData, totals: TallyData, seconds: number): LoadReport => ({
  final: false,
  seconds,
  window,
  windowSeconds: 0.25,
  totals,
  failures: [],
});

describe('LoadState', () => {
  it('shows the last two seconds while running', () => {
    const state = new LoadState(ENDPOINTS);
    const totals = tally(1, 1, []);
    for (let i = 0; i < 20; i++) {
      const isOld = i < 12;
      state.add(report(tally(isOld ? 100 : 10, isOld ? 500 : 20, ['web-0', 'db-2']), totals, i / 4));
    }
    const now = state.now();
    expect(now.rps).toBe(40);
    expect(now.p99Ms / 20).toBeCloseTo(1, 1);
    expect(now.endpoints.map((row) => [row.share, row.rps])).toEqual([
      [1, 40],
      [0, 0],
      [1, 40],
    ]);
  });

  it('sums up the run without warm-up and counts only answers as throughput', () => {
    const state = new LoadState(ENDPOINTS);
    state.add(report(tally(1, 1, []), tally(50, 30, ['web-0', 'db-1', 'db-1'], 10), 10));
    const total = state.total();
    expect(total).toMatchObject({ seconds: 10, requests: 50, errors: 10, rps: 4 });
    expect(total.endpoints.map((row) => row.requests)).toEqual([50, 100, 0]);
    expect(total.endpoints.map((row) => row.share)).toEqual([1, 1, 0]);
  });

  it('is all zero before the first report', () => {
    const { rps, p50Ms, endpoints } = new LoadState(ENDPOINTS).total();
    expect([rps, p50Ms, endpoints[0]!.share]).toEqual([0, 0, 0]);
  });
});

describe('text', () => {
  const heading = {
    scenario: 's',
    policy: 'actor',
    engine: 'fake',
    url: 'http://u/',
    model: 'abcdef0123456789',
    reloads: 1,
  };
  const state = new LoadState(ENDPOINTS);
  state.add(report(tally(10, 20, ['web-0', 'db-1']), tally(10, 20, ['web-0', 'db-1']), 4));

  it('names policy, engine, figures, model and every endpoint in the table', () => {
    const text = renderTable(heading, state.now());
    for (const part of [
      'actor',
      'fake',
      '40 requests/s',
      'p50 ',
      'p99 ',
      '0 errors',
      'abcdef01',
      'reloads 1',
    ])
      expect(text).toContain(part);
    for (const { name, address } of ENDPOINTS) expect(text).toMatch(new RegExp(`${name} .*${address}`));
  });

  it('fits a line of a log', () => {
    expect(renderLine(heading, state.now())).toMatch(
      /^4 s, 40 requests\/s, p50 \S+ ms, p99 \S+ ms, 10 requests, 0 errors, model abcdef01, 1 reload$/,
    );
  });

  it('draws bars in eighths', () => {
    expect([bar(0), bar(1 / 160), bar(0.5), bar(1), bar(7)].map((b) => b.length)).toEqual([0, 1, 10, 20, 20]);
  });

  it('writes a line every two seconds where there is no terminal', () => {
    const written: string[] = [];
    const out = {
      isTTY: false,
      write: (text: string) => written.push(text),
    } as unknown as NodeJS.WriteStream;
    const view = liveView(out);
    for (let seconds = 0; seconds <= 5; seconds += 0.25) view.update(heading, { ...state.now(), seconds });
    view.done('the end');
    expect(written.map((line) => line.split(',')[0])).toEqual(['2 s', '4 s', 'the end\n']);
  });
});
