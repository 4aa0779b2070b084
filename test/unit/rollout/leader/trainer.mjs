// A trainer that does nothing but lead: `trainer.mjs DIR BEAT_MS TAKEOVER_MS`. As leader it writes its name and a count
// into a document, again and again. Says what happens in lines of JSON; SIGTERM makes it release the lead and end.
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { lead } from '../../../../dist/trainer/rollout/leader/lead.js';
import { Document } from '../../../../dist/trainer/rollout/registry/document.js';
import { Registry } from '../../../../dist/trainer/rollout/registry/registry.js';

const [dir, beatMs, takeoverMs] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const events = { emit: (kind, message) => say({ kind, message }) };
const leadership = lead(dir, {
  now: () => performance.now(),
  events,
  beatMs: Number(beatMs),
  takeoverMs: Number(takeoverMs),
});
leadership.onLost((lost) => say({ kind: 'heard', message: lost.message }));
process.once('SIGTERM', async () => {
  await leadership.release();
  process.exit(0);
});

for (;;) {
  const term = await leadership.whenLeading;
  try {
    await Registry.open(dir, { term, events, wall: () => new Date() });
    const document = await Document.open(dir, {
      name: 'rollout',
      schema: z.object({ writer: z.number(), count: z.number() }),
      models: () => [],
      term,
      events,
    });
    for (let count = 1; ; count++) {
      await document.write({ writer: process.pid, count });
      if (count === 1) say({ kind: 'wrote', epoch: term.epoch });
      await pause(5);
    }
  } catch (error) {
    say({ kind: 'stopped', message: error.message });
  }
}
