// The parts of a test, ended with it: the last one started goes first.
import { onTestFinished } from 'vitest';
import { startClientSidecar, type ClientSidecar, type ClientSidecarOptions } from './client-sidecar.js';
import { startFakeTrainer, type FakeTrainer, type Reply } from './fake-trainer.js';
import { startUpstreams, type Behaviour, type Upstream } from './upstream.js';

export async function sidecar(options: ClientSidecarOptions): Promise<ClientSidecar> {
  const started = await startClientSidecar(options);
  onTestFinished(() => started.stop());
  return started;
}

/** One upstream for each behaviour. */
export async function upstreams(...behaviours: readonly Behaviour[]): Promise<Upstream[]> {
  const started = (await Promise.all(behaviours.map((behaviour) => startUpstreams(1, behaviour)))).flat();
  onTestFinished(async () => {
    await Promise.all(started.map((upstream) => upstream.kill()));
  });
  return started;
}

export async function trainer(reply?: Reply): Promise<FakeTrainer> {
  const started = await startFakeTrainer(reply);
  onTestFinished(() => started.kill());
  return started;
}

export function addresses(all: readonly Upstream[]): string[] {
  return all.map(({ address }) => address);
}
