// A child process of envoy-file.test.ts: publishes once, and kills itself at the given step of it.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const [, , script, path, step, model] = process.argv;
const die = (at) => {
  if (at === step) process.kill(process.pid, 'SIGKILL');
};

const { open, rename } = fs;
fs.open = async (...args) => {
  const file = await open(...args);
  die('opened');
  const { writeFile, sync, close } = file;
  file.writeFile = async (text) => {
    if (step === 'half written') {
      await file.write(text.slice(0, text.length / 2));
      die('half written');
    }
    await writeFile.call(file, text);
    die('written');
  };
  file.sync = async () => {
    await sync.call(file);
    die('synced');
  };
  file.close = async () => {
    await close.call(file);
    die('closed');
  };
  return file;
};
fs.rename = async (...args) => {
  await rename(...args);
  die('renamed');
};
syncBuiltinESMExports();

const { EnvoyFilePublisher } = await import(script);
await new EnvoyFilePublisher({ path, role: 'client', plugin: '/opt/plugin.wasm' }).publish({ n: 2, model });
