// Reports as sidecars send them, at many endpoints and with the histograms of a busy second.
import { CONTEXT, FEATURES } from '../../trainer/actor/model.js';

export interface Shape {
  readonly endpoints: number;
  /** Decision records. */
  readonly samples: number;
}

const MODEL_ID = '00112233445566778899aabbccddeeff';

/** JSON of a report without its ends: `seq` is put in by `bodyOf`, which makes a body in a microsecond. */
export interface Template {
  readonly head: string;
  readonly tail: string;
}

/** A report of `proxy`; which numbers it has depends on `salt` alone. */
export function template(proxy: string, salt: number, shape: Shape): Template {
  const endpoints = Array.from({ length: shape.endpoints }, (_, i) => endpoint(i, salt));
  const requests = endpoints.reduce((sum, { requests }) => sum + requests, 0);
  const latency = bins(salt, 12);
  const report = {
    intervalMs: 1000,
    plugin: '0.1.0+abcdef12',
    policy: 'actor',
    mode: 'act',
    workers: [{ id: '1f2e3d4c', model: MODEL_ID }],
    models: [{ id: MODEL_ID, requests, errors: 1, latency }],
    clusters: [{ name: 'outbound|8080||api.default', requests, fallback: 0, servedNotChosen: 0, endpoints }],
    samples: Array.from({ length: shape.samples }, (_, i) => sample(i, salt, shape.endpoints)),
    counters: { badLoadHeaders: 0, badAnswers: 0, reportFailures: 0 },
  };
  return { head: `{"version":1,"proxy":"${proxy}","seq":`, tail: `,${JSON.stringify(report).slice(1)}` };
}

export const bodyOf = ({ head, tail }: Template, seq: number): string => `${head}${seq}${tail}`;

function endpoint(i: number, salt: number) {
  const requests = 10 + ((7 * i + salt) % 20);
  return {
    address: `10.0.${i >> 8}.${i & 255}:8080`,
    requests,
    chosen: requests,
    served: requests,
    errors: { connect: 0, timeout: 0, http5xx: (i + salt) % 17 === 0 ? 1 : 0 },
    latency: bins(i + salt, 8),
    inFlight: (i + salt) % 5,
    weight: 0.05,
    ejected: false,
    server: {
      inFlight: (3 * i + salt) % 9,
      work: 3.5,
      timeMs: 12.5,
      rps: 41,
      cpu: 0.42,
      memory: 0.61,
      ageMs: 20,
    },
  };
}

const bins = (salt: number, count: number): [number, number][] =>
  Array.from({ length: count }, (_, i) => [40 + (salt % 16) + 2 * i, 1 + ((salt + i) % 4)]);

function sample(i: number, salt: number, endpoints: number) {
  const bytes = (length: number) => Buffer.alloc(length, (i + salt) % 251).toString('base64');
  return {
    cluster: 'outbound|8080||api.default',
    endpoints,
    features: bytes(endpoints * FEATURES),
    context: bytes(CONTEXT),
    action: i % endpoints,
    probability: 0.1,
    latencyMs: 12.5,
    error: false,
    model: MODEL_ID,
  };
}
