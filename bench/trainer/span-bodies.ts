// OTLP as sidecars send it: batches of spans with the attributes of Envoy's tracer, of traces that go through three tiers.
import protobuf from 'protobufjs/minimal.js';

/** Stands behind the number of its trace in every trace id, so that it is found again in the bytes. */
const MARKER = Buffer.from('weir-bench-t');
const TIERS = ['web', 'api', 'db'] as const;
const SPANS_PER_TRACE = 2 * TIERS.length;
const MODEL = '0123456789abcdef0123456789abcdef';

export interface SpanBody {
  readonly bytes: Buffer;
  readonly spans: number;
  /** Makes its traces ones that were never sent before. */
  renew(sequence: number): void;
}

/** @param traces in the body; each is of six spans */
export function spanBody(traces: number, seed: number): SpanBody {
  const writer = protobuf.Writer.create();
  for (let tier = 0; tier <= TIERS.length; tier++) {
    // One sender after the other, as their batches are: here in one body, which is the same to whoever decodes it.
    writer.uint32(0x0a).fork();
    writer.uint32(0x0a).fork();
    attribute(writer, 0x0a, 'service.name', tier === 0 ? 'client' : TIERS[tier - 1]!);
    attribute(writer, 0x0a, 'service.instance.id', `${tier === 0 ? 'client' : TIERS[tier - 1]!}-${seed % 4}`);
    writer.ldelim().uint32(0x12).fork();
    for (let trace = 0; trace < traces; trace++) spansOf(writer, tier, trace, seed);
    writer.ldelim().ldelim();
  }
  const bytes = Buffer.from(writer.finish());
  const offsets: number[] = [];
  for (let at = bytes.indexOf(MARKER); at >= 0; at = bytes.indexOf(MARKER, at + 1)) offsets.push(at - 4);
  const numberOf = offsets.map((offset) => bytes.readUInt32BE(offset));
  return {
    bytes,
    spans: traces * SPANS_PER_TRACE,
    renew(sequence) {
      offsets.forEach((offset, i) => bytes.writeUInt32BE((sequence * traces + numberOf[i]!) >>> 0, offset));
    },
  };
}

/** Of one party of a trace: the server's span, but for the client, and that of its call, but for the last tier. */
function spansOf(writer: protobuf.Writer, tier: number, trace: number, seed: number): void {
  const noise = ((trace + seed) * 0.618034) % 1;
  if (tier > 0) span(writer, trace, 2 * tier, 2 * tier - 1, 2, TIERS[tier - 1]!, noise);
  if (tier < TIERS.length) span(writer, trace, 2 * tier + 1, 2 * tier, 3, TIERS[tier]!, noise);
}

function span(
  writer: protobuf.Writer,
  trace: number,
  id: number,
  parent: number,
  kind: number,
  peer: string,
  noise: number,
): void {
  const traceId = Buffer.alloc(16);
  traceId.writeUInt32BE(trace);
  MARKER.copy(traceId, 4);
  const startUs = 1_780_000_000_000_000 + id * 300;
  const endUs = startUs + 20_000 + Math.round(20_000 * noise) - id * 600;
  writer.uint32(0x12).fork();
  writer.uint32(0x0a).bytes(traceId).uint32(0x12).bytes(idOf(id));
  if (parent > 0) writer.uint32(0x22).bytes(idOf(parent));
  writer
    .uint32(0x2a)
    .string(kind === 2 ? 'ingress' : `egress ${peer}:80`)
    .uint32(0x30)
    .uint32(kind);
  time(writer, 0x39, startUs);
  time(writer, 0x41, endUs);
  const status = noise < 0.01 ? '503' : '200';
  const tags = {
    ...{
      node_id: `${peer}-1`,
      zone: '',
      'guid:x-request-id': 'c2c1c0d8-5a54-9b0e-a6e1-3f6e2a7d8c11',
      component: 'proxy',
    },
    ...{ 'http.url': `http://${peer}/orders/${trace}?page=2`, 'http.method': 'GET', downstream_cluster: '-' },
    ...{ user_agent: 'undici', 'http.protocol': 'HTTP/1.1', 'peer.address': '127.0.0.1', request_size: '0' },
    ...{ response_size: '512', 'http.status_code': status, response_flags: '-' },
    ...{
      upstream_cluster: peer,
      'upstream_cluster.name': peer,
      upstream_address: `10.0.0.${trace % 4}:8080`,
    },
    ...(kind === 3 ? { 'weir.decision': `10.0.0.${trace % 4}:8080,10.0.0.9:8080|${MODEL}` } : {}),
  };
  for (const [key, value] of Object.entries(tags)) attribute(writer, 0x4a, key, value);
  writer.ldelim();
}

function idOf(id: number): Buffer {
  const bytes = Buffer.alloc(8, 1);
  bytes.writeUInt32BE(id);
  return bytes;
}

function attribute(writer: protobuf.Writer, tag: number, key: string, value: string): void {
  writer
    .uint32(tag)
    .fork()
    .uint32(0x0a)
    .string(key)
    .uint32(0x12)
    .fork()
    .uint32(0x0a)
    .string(value)
    .ldelim()
    .ldelim();
}

function time(writer: protobuf.Writer, tag: number, us: number): void {
  const ns = BigInt(us) * 1000n;
  writer
    .uint32(tag)
    .fixed32(Number(ns & 0xffffffffn))
    .fixed32(Number(ns >> 32n));
}
