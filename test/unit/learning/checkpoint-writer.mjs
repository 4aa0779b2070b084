// A child process of checkpoint.test.ts: writes checkpoints one after the other until it is killed. All numbers of the n-th
// are n, and so is its count of updates.
const [, , checkpoint, network, path, parts] = process.argv;
const { writeCheckpoint } = await import(checkpoint);
const { GlobalNetwork } = await import(network);

const global = new GlobalNetwork(JSON.parse(parts));
const state = { algorithm: 'a3c', hyperparameters: {}, seed: 1, elapsedMs: 0 };
for (let n = 1; ; n++) {
  const numbers = new Float32Array(4 * global.layout.size).fill(n);
  global.restore({ numbers, steps: n, updates: n, decisions: n });
  writeCheckpoint(path, state, global);
  process.send(n);
}
