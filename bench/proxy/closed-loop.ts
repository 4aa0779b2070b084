// A load generator for machines without wrk, run as `closed-loop.js URL SECONDS`: one request at a time on each
// connection, straight on sockets because Node's HTTP client would cost more than the Envoy that is measured.
import { connect } from 'node:net';
import { CONNECTIONS, HEADERS, type Measured } from './load.js';

const END_OF_HEAD = '\r\n\r\n';

function generate(url: URL, seconds: number): Promise<Measured> {
  const headers = Object.entries({ host: url.host, ...HEADERS }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const request = Buffer.from(`GET ${url.pathname} HTTP/1.1\r\n${headers.join('')}\r\n`);
  const latencies: number[] = [];
  let failed = 0;
  const began = performance.now();
  const until = began + 1000 * seconds;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
      let received = '';
      let sent = 0;
      let isOver = false;
      const send = (): void => {
        received = '';
        sent = performance.now();
        socket.write(request);
      };
      socket.setEncoding('latin1');
      socket.on('connect', send);
      socket.on('data', (text: string) => {
        received += text;
        if (!isComplete(received)) return;
        const now = performance.now();
        latencies.push(now - sent);
        if (!received.startsWith('HTTP/1.1 2')) failed++;
        if (now < until) return send();
        isOver = true;
        socket.end();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (!isOver) failed++;
        resolve();
      });
    });
  return Promise.all(Array.from({ length: CONNECTIONS }, one)).then(() => {
    latencies.sort((a, b) => a - b);
    const quantile = (q: number): number => 1000 * (latencies[Math.floor(q * (latencies.length - 1))] ?? NaN);
    return {
      requests: latencies.length,
      failed,
      seconds: (performance.now() - began) / 1000,
      p50Us: quantile(0.5),
      p99Us: quantile(0.99),
    };
  });
}

/** Only for answers with a content-length, which are all that the upstream of this benchmark gives. */
function isComplete(text: string): boolean {
  const head = text.indexOf(END_OF_HEAD);
  if (head < 0) return false;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return text.length >= head + END_OF_HEAD.length + length;
}

const [url = '', seconds = ''] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(await generate(new URL(url), Number(seconds)))}\n`);
