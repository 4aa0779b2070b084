// A trainer that says what it uses.
import { pino } from 'pino';
import { startServer } from '../../trainer/server/server.js';
import { onUsage } from './usage.js';

const server = await startServer({ log: pino({ level: 'silent' }), now: () => performance.now() });
onUsage(server.port, () => void server.close(0).then(() => process.disconnect()));
