#!/usr/bin/env node
// The `weir` command. In a checkout it first installs and builds what is missing.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const setupScript = join(root, 'scripts/setup.mjs');

if (existsSync(setupScript) && existsSync(join(root, 'trainer'))) {
  try {
    (await import(setupScript)).setup();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
await import(join(root, 'dist/trainer/cli/main.js'));
