// The version in package.json, wherever this file was compiled to.
import { existsSync, readFileSync } from 'node:fs';

export const VERSION = readVersion();

function readVersion(): string {
  // trainer/server in the sources, dist/trainer/server when built.
  for (const up of ['../../package.json', '../../../package.json']) {
    const file = new URL(up, import.meta.url);
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  return 'unknown';
}
