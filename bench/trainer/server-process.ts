// A trainer that says what it uses.
import { pino } from 'pino';
import { startServer } from '../../trainer/server/server.js';

export interface Usage {
  /** Of the process since it began, user and system, in microseconds. */
  readonly cpuUs: number;
  readonly rssMb: number;
  readonly heapMb: number;
}

const server = await startServer({ log: pino({ level: 'silent' }), now: () => performance.now() });
process.on('message', (message) => {
  if (message === 'usage') process.send!(usage());
  else void server.close(0).then(() => process.disconnect());
});
process.send!({ port: server.port });

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return { cpuUs: user + system, rssMb: rss / 2 ** 20, heapMb: heapUsed / 2 ** 20 };
}
