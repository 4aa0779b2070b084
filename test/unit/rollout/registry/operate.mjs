// One operation on a data folder, by the compiled trainer in a process of its own: `operate.mjs DIR OPERATION EPOCH KILL_AT`.
// The process kills itself right before its file system call number KILL_AT, those that change nothing not counted; in
// the middle of a write where half is added to its number. 0 = it lives.
import { untrainedModel } from '../../../../dist/trainer/actor/untrained.js';
import { Document } from '../../../../dist/trainer/rollout/registry/document.js';
import { nodeFiles } from '../../../../dist/trainer/rollout/registry/files.js';
import { Registry } from '../../../../dist/trainer/rollout/registry/registry.js';
import { z } from 'zod';

const [dir, operation, epoch, killAt] = process.argv.slice(2);
const term = { epoch: Number(epoch), check: async () => {} };
const events = { emit: () => {} };
const wall = () => new Date('2026-03-01T12:00:00Z');

const never = new Promise(() => {});
async function die() {
  process.kill(process.pid, 'SIGKILL');
  await never;
}

const CHANGING = ['makeFolder', 'create', 'rename', 'remove'];
const calls = [];
let isArmed = false;
function dying(name, call) {
  return async (...args) => {
    if (!isArmed || !CHANGING.includes(name)) return call(...args);
    calls.push(name);
    if (calls.length === Number(killAt)) await die();
    if (calls.length + 0.5 === Number(killAt)) {
      const [path, content] = args;
      await call(path, content.subarray(0, content.length / 2));
      await die();
    }
    return call(...args);
  };
}
const files = Object.fromEntries(Object.entries(nodeFiles).map(([name, call]) => [name, dying(name, call)]));

const openRegistry = () => Registry.open(dir, { term, events, wall, files });
const openDocument = () =>
  Document.open(dir, {
    name: 'rollout',
    schema: z.object({ current: z.string() }),
    models: ({ current }) => [current],
    term,
    events,
    files,
  });
const model = (seed) => untrainedModel({ seed, hidden1: 4, hidden2: 4 });
/** A card of more than 2 KiB. */
const hyperparameters = { note: 'x'.repeat(2048) };
const facts = { parent: null, algorithm: 'a3c', hyperparameters, seed: 1, scenarios: [], evaluation: [] };
const origin = { createdBy: 'trainer@test', source: 'a test' };

const operations = {
  open: () => openRegistry(),
  'take-over': () => openDocument(),
  add: (registry) => registry.add(model(9), { ...facts, created: wall().toISOString() }, origin),
  stage: (registry) => registry.staged(model(1).id, 'current', 'a test'),
  pin: (registry) => registry.pin(model(1).id),
  unpin: (registry) => registry.unpin(model(2).id),
  prune: (registry) => registry.prune(1),
  write: (_, document) => document.write({ current: model(3).id }),
};
const isOpening = ['open', 'take-over'].includes(operation);
const registry = isOpening ? undefined : await openRegistry();
const document = operation === 'write' ? await openDocument() : undefined;
isArmed = true;
await operations[operation](registry, document);
process.stdout.write(JSON.stringify(calls));
