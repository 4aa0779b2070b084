// The page as it is served: what was built, and nothing else.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemOf, testServer, type TestServer } from './client.js';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url(path), { headers });

describe('GET /', () => {
  it('is the page, always asked for anew', async () => {
    const response = await get('/');
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toContain('<div id="app">');
  });

  it('allows nothing from elsewhere and nothing inline', async () => {
    const policy = (await get('/')).headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/script-src|unsafe|upgrade-insecure-requests|https:/);
    expect(await (await get('/')).text()).not.toMatch(/<script(?![^>]*src=)/);
  });

  it('has all its files, packed, for good', async () => {
    const html = await (await get('/')).text();
    const files = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) {
      const response = await get(`/${file}`);
      expect([response.status, response.headers.get('content-encoding')]).toEqual([200, 'gzip']);
      expect(response.headers.get('cache-control')).toContain('immutable');
      const plain = await get(`/${file}`, { 'accept-encoding': 'identity' });
      expect(plain.headers.get('content-encoding')).toBeNull();
      expect(await plain.text()).toBe(await response.text());
    }
    expect((await get('/icon.svg')).headers.get('content-type')).toContain('image/svg+xml');
  });

  it.each([
    '/assets/..%2findex.html',
    '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/assets/none.js',
    '/index.html',
    '/main.tsx',
  ])('serves nothing at %s', async (path) => {
    expect((await problemOf(await get(path))).status).toBe(404);
  });
});
