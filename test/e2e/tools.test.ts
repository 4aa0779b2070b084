// The real programs that other tests stand on: they start, do their work, and leave nothing behind.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from './support/eventually.js';
import { LocalServer } from './support/local-server.js';
import { chromium, promtool, startJaeger, startPrometheus } from './support/tools.js';
import { toolPath } from '../../bench/cluster/tool-path.js';

const TRACE = '5b8efff798038103d269b633813fc60c';

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('takes a span into Jaeger and finds it again, and leaves nothing behind', async () => {
  const jaeger = await startJaeger();
  onTestFinished(() => jaeger.stop());
  const now = BigInt(Date.now()) * 1_000_000n;
  const span = {
    ...{ traceId: TRACE, spanId: 'eee19b7ec3c1b174', name: 'GET /', kind: 2 },
    ...{ startTimeUnixNano: String(now), endTimeUnixNano: String(now + 5_000_000n) },
  };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] };
  const sent = await fetch(`${jaeger.otlpUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }),
  });
  expect(sent.status).toBe(200);
  const found = await eventually(async () => {
    const answer = await fetch(`${jaeger.queryUrl}/api/traces/${TRACE}`);
    return answer.ok ? ((await answer.json()) as { data: { spans: object[] }[] }).data[0] : undefined;
  });
  expect(found.spans).toMatchObject([{ operationName: 'GET /', duration: 5000 }]);
  expect(isAlive(jaeger.pid)).toBe(true);
  await jaeger.stop();
  expect(isAlive(jaeger.pid)).toBe(false);
  expect(existsSync(jaeger.folder)).toBe(false);
});

it('scrapes with Prometheus and evaluates rules, and leaves nothing behind', async () => {
  const server = await LocalServer.start((_request, response) => response.end('weir_answer 42\n'));
  onTestFinished(() => server.kill());
  const folder = await mkdtemp(join(tmpdir(), 'weir-rules-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const rules = join(folder, 'rules.yml');
  await writeFile(rules, '{groups: [{name: g, rules: [{record: weir:half, expr: weir_answer / 2}]}]}');
  expect(execFileSync(promtool(), ['check', 'rules', rules], { encoding: 'utf8' })).toContain(
    '1 rules found',
  );
  const prometheus = await startPrometheus({ targets: { weir: [server.address] }, rules: [rules] });
  onTestFinished(() => prometheus.stop());
  const half = await eventually(async () => (await prometheus.query('weir:half'))[0]);
  expect(half).toMatchObject({ metric: { job: 'weir' }, value: [expect.any(Number), '21'] });
  await expect(prometheus.query('sum(')).rejects.toThrow('parse error');
  await prometheus.stop();
  expect(isAlive(prometheus.pid)).toBe(false);
  expect(existsSync(prometheus.folder)).toBe(false);
});

it('has a Chromium that renders a page', () => {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--dump-dom'];
  const page = 'data:text/html,<script>document.title = 6 * 7</script>';
  const { stdout } = spawnSync(chromium(), [...flags, page], { encoding: 'utf8', timeout: 30_000 });
  expect(stdout).toContain('<title>42</title>');
});

it('says what brings a program that is not there', () => {
  expect(() => toolPath('jaeger', '/nowhere/tools.json')).toThrow(
    'no jaeger for this: run npm run setup:tools',
  );
});
