// A trainer that says what it uses.
import { pino } from 'pino';
import { startPlainTrainer } from '../../trainer/service/plain-trainer.js';
import { readServeOptions } from '../../trainer/service/options.js';
import { onUsage } from './usage.js';

const server = await startPlainTrainer({
  ...{ port: 0, log: pino({ level: 'silent' }), traces: readServeOptions().traces },
  now: () => performance.now(),
  wallNow: () => Date.now(),
});
onUsage(server.port, () => void server.close(0).then(() => process.disconnect()));
