import { afterEach, describe, expect, it, vi } from 'vitest';
import { validateScenario } from '../../../trainer/environment/scenario.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import { Simulator } from '../../../trainer/environment/simulator.js';
import { startLocalMesh, type LocalMesh, type LocalMeshOptions } from '../../../trainer/mesh/local-mesh.js';
import { FakeEngine } from './fake-engine.js';

const time = (meanMs: number) => ({ kind: 'deterministic', meanMs });
const scenario = validateScenario(
  {
    proxies: 2,
    services: [
      { name: 'web', endpoints: [{ count: 2 }], serviceTime: time(20), calls: [{ service: 'db' }] },
      { name: 'db', endpoints: [{ speed: 2 }, { speed: 1 }], serviceTime: time(4) },
    ],
    // 8 workers / 20 ms x 0.25: 100 requests a second.
    load: { utilisation: 0.25 },
  },
  'test.json',
);

/** A signal of 0 only asks whether the process is there. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

let mesh: LocalMesh | undefined;
afterEach(() => mesh?.stop());

async function start(engine: FakeEngine, options: Partial<LocalMeshOptions> = {}) {
  const pids: number[] = [];
  const guard = { watch: (pid: number) => void pids.push(pid), release: () => {} };
  const load = { warmup: 20, requests: 60 };
  const started = startLocalMesh({
    scenario,
    engine,
    balancing: 'weir',
    trainerPort: 1,
    load,
    guard,
    ...options,
  });
  try {
    mesh = await started;
  } catch (error) {
    expect(pids.filter(isAlive)).toEqual([]);
    throw error;
  }
  return { mesh, pids };
}

describe('a local mesh', () => {
  it('carries the load through clients, sidecars and applications, and leaves nothing behind', async () => {
    const engine = new FakeEngine();
    const known: string[][] = [];
    const announce = (endpoints: readonly { name: string }[]) =>
      Promise.resolve(void known.push(endpoints.map((e) => e.name)));
    const { mesh, pids } = await start(engine, { announce });
    expect(engine.started.map((spec) => spec.id)).toEqual([
      'db-0',
      'db-1',
      'web-0',
      'web-1',
      'client-0',
      'client-1',
    ]);
    expect(known).toEqual([
      ['db-0', 'db-1'],
      ['db-0', 'db-1', 'web-0', 'web-1'],
    ]);
    mesh.start();
    const { totals } = await mesh.load.finished;
    expect(totals).toMatchObject({ requests: 60, errors: 0 });
    const { servedBy } = totals;
    expect(servedBy['web-0']! + servedBy['web-1']!).toBe(60);
    expect(servedBy['db-0']! + servedBy['db-1']!).toBe(60);
    await mesh.stop();
    expect(engine.stopped).toHaveLength(6);
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('makes the calls that the simulated mesh makes', async () => {
    const [web, db] = scenario.services as [(typeof scenario.services)[0], (typeof scenario.services)[0]];
    const calls = [0.5, 0.2].map((probability) => ({ ...web.calls[0]!, probability }));
    const sometimes = { ...scenario, services: [{ ...web, calls }, db], requests: 80, warmup: 0 };
    const { mesh } = await start(new FakeEngine(), {
      scenario: sometimes,
      load: { warmup: 0, requests: 80 },
    });
    mesh.start();
    const { servedBy } = (await mesh.load.finished).totals;
    const { endpoints } = new Simulator(loadSimulator(), sometimes, { policy: 'round-robin' }).run();
    const simulated = endpoints.filter(({ service }) => service === 'db');
    expect(servedBy['db-0']! + servedBy['db-1']!).toBe(simulated[0]!.requests + simulated[1]!.requests);
  });

  it('stops what it had started when a sidecar does not start', async () => {
    const engine = new FakeEngine(undefined, 'client-1');
    await expect(start(engine)).rejects.toThrow('client-1 cannot start');
    expect(engine.stopped.toSorted()).toEqual(engine.started.map((spec) => spec.id).toSorted());
  });

  it('gives up the start when told to', async () => {
    const engine = new FakeEngine();
    const controller = new AbortController();
    const announce = () => Promise.resolve(controller.abort(new Error('enough')));
    await expect(start(engine, { announce, signal: controller.signal })).rejects.toThrow('enough');
    expect(engine.stopped.toSorted()).toEqual(['db-0', 'db-1']);
  });

  it('tells when a part of it ends', async () => {
    const engine = new FakeEngine();
    const { mesh } = await start(engine);
    engine.crash.get('web-1')!('Segmentation fault');
    expect(await mesh.failed).toBe('sidecar web-1 ended: Segmentation fault');
  });

  it('loses its processes when it loses their channel', async () => {
    const { mesh, pids } = await start(new FakeEngine());
    process.kill(mesh.load.pid, 'SIGKILL');
    await vi.waitFor(() => expect(isAlive(mesh.load.pid)).toBe(false), 5000);
    expect(await mesh.failed).toBe('the load generator ended: exit SIGKILL');
    expect(pids.filter(isAlive)).toHaveLength(1);
  });
});
