// Simulated sidecars that trace: batches of spans as fast as they are answered.
import { gzipSync } from 'node:zlib';
import { Pool } from 'undici';
import { followParent } from '../../trainer/mesh/apps/child-process.js';
import { spanBody } from './span-bodies.js';

export interface SpanLoadPlan {
  readonly port: number;
  /** Spans to send. */
  readonly count: number;
  readonly connections: number;
  readonly gzip: boolean;
  /** First number of the batches: greater than that of earlier loads on the same trainer. */
  readonly seq: number;
}

export interface SpanLoadResult {
  readonly seconds: number;
  readonly spans: number;
  /** Answers other than 200. */
  readonly refused: number;
}

/** Of 200 spans or so, as Envoy flushes them under load. */
const TRACES = 33;
const BODIES = 16;

followParent();
process.once('message', (plan: SpanLoadPlan) => {
  void run(plan).then((result) => process.send!(result, () => process.disconnect()));
});

async function run({ port, count, connections, gzip, seq }: SpanLoadPlan): Promise<SpanLoadResult> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  const bodies = Array.from({ length: BODIES }, (_, i) => spanBody(TRACES, i));
  const headers = {
    'content-type': 'application/x-protobuf',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  };
  let [spans, refused, next] = [0, 0, seq];
  const one = async () => {
    while (spans < count) {
      const body = bodies[next % BODIES]!;
      body.renew(next++);
      spans += body.spans;
      const bytes = gzip ? gzipSync(body.bytes, { level: 1 }) : Buffer.from(body.bytes);
      const response = await pool.request({ path: '/v1/traces', method: 'POST', headers, body: bytes });
      await response.body.dump();
      if (response.statusCode !== 200) refused += 1;
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: connections }, one));
  const seconds = (performance.now() - begun) / 1000;
  await pool.close();
  return { seconds, spans, refused };
}
