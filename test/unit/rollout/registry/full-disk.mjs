// The compiled trainer on a disk that fills up: `full-disk.mjs DIR`. Prints what it saw as JSON.
import { closeSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { untrainedModel } from '../../../../dist/trainer/actor/untrained.js';
import { lead } from '../../../../dist/trainer/rollout/leader/lead.js';
import { Document } from '../../../../dist/trainer/rollout/registry/document.js';
import { Registry } from '../../../../dist/trainer/rollout/registry/registry.js';
import { EventLog } from '../../../../dist/trainer/telemetry/event-log.js';

const [dir] = process.argv.slice(2);
const wall = () => new Date('2026-03-01T12:00:00Z');
const events = { emit: () => {} };
const facts = { parent: null, algorithm: 'a3c', hyperparameters: {}, seed: 1, scenarios: [], evaluation: [] };
const add = (registry, seed) =>
  registry.add(untrainedModel({ seed }), { ...facts, created: '' }, { createdBy: 'test', source: 'a test' });
const shape = {
  name: 'rollout',
  schema: z.object({ step: z.number() }),
  models: () => [],
};
const refusal = (promise) => promise.then(() => 'no error').catch(({ message }) => message);
const state = async (registry, document) => ({
  models: (await registry.list()).length,
  step: document.value.step,
  parts: readdirSync(join(dir, 'tmp')).length,
});

/** To the last byte. */
function fill(path) {
  const file = openSync(path, 'w');
  for (let size = 65536; size >= 1;) {
    try {
      writeSync(file, Buffer.alloc(size));
    } catch {
      size = Math.floor(size / 2);
    }
  }
  closeSync(file);
}

const first = lead(dir, { now: () => performance.now(), events });
const term = await first.whenLeading;
const registry = await Registry.open(dir, { term, events, wall });
const document = await Document.open(dir, { ...shape, term, events });
const log = await EventLog.open(dir, { wall });
await add(registry, 1);
await document.write({ step: 1 });
log.emit('test.before', 'There is room.');
await log.flush();

const ballast = join(dir, 'ballast');
fill(ballast);
const refused = {
  add: await refusal(add(registry, 2)),
  stage: await refusal(registry.staged(untrainedModel({ seed: 1 }).id, 'current', '')),
  write: await refusal(document.write({ step: 2 })),
};
for (let i = 0; i < 2000; i++) log.emit('test.during', `There is no room: ${'x'.repeat(100)} ${i}.`);
await log.flush();
await log.flush();
const unwritten = log.since(0).filter(({ kind }) => kind === 'events.unwritten').length;
const whileFull = await state(registry, document);

// A trainer that starts now leads, and reads what is there.
await first.release();
const second = lead(dir, { now: () => performance.now(), events });
const nextTerm = await second.whenLeading;
const next = {
  registry: await Registry.open(dir, { term: nextTerm, events, wall }),
  document: await Document.open(dir, { ...shape, term: nextTerm, events }),
};
const started = await state(next.registry, next.document);

rmSync(ballast);
await add(next.registry, 2);
await next.document.write({ step: 2 });
const deadline = performance.now() + 10_000;
while (!log.since(0).some(({ kind }) => kind === 'events.written') && performance.now() < deadline)
  await pause(50);
await log.close();
await second.release();
const lines = readFileSync(join(dir, 'events.jsonl'), 'utf8').trimEnd().split('\n');
const after = {
  ...(await state(next.registry, next.document)),
  lines: lines.map((line) => JSON.parse(line).kind),
};
process.stdout.write(JSON.stringify({ refused, unwritten, whileFull, started, after }));
