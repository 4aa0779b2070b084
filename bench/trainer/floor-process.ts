// What node:http takes for a report in and an answer out, and JSON.parse for the body: no trainer in Node is faster, so
// the ratio to it holds on a busy machine too.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onUsage } from './usage.js';

/** As long as an answer with 20 endpoints. */
const ANSWER = JSON.stringify('x'.repeat(4000));

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    response.setHeader('content-type', 'application/json');
    response.end(ANSWER);
  });
});
server.listen(0, '127.0.0.1', () => {
  onUsage((server.address() as AddressInfo).port, () => {
    server.closeAllConnections();
    server.close(() => process.disconnect());
  });
});
