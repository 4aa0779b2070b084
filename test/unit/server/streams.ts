// Reading server-sent events in a test.
import { connect, type Socket } from 'node:net';
import type { TestServer } from './client.js';

/** What comes of the stream until `isEnough`, or until it ends. */
export async function read(response: Response, isEnough: (text: string) => boolean): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (isEnough(text)) break;
  }
  return text;
}

export interface Message {
  readonly event: string | undefined;
  readonly id: number | undefined;
  readonly data: unknown;
}

/** The whole messages of a stream, without its comments. */
export function messagesOf(text: string): Message[] {
  return text.split('\n\n').flatMap((block) => {
    const data = /^data: (.+)$/m.exec(block)?.[1];
    const id = /^id: (\d+)$/m.exec(block)?.[1];
    if (data === undefined || !text.includes(`${block}\n\n`)) return [];
    return [
      { event: /^event: (.+)$/m.exec(block)?.[1], id: id && Number(id), data: JSON.parse(data) } as Message,
    ];
  });
}

/** A listener that has begun to read and then does not go on; resolves once its first bytes came. */
export async function stalled({ port }: TestServer, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  return socket.pause();
}
