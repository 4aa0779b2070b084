import { afterEach, expect, it } from 'vitest';
import {
  clientConfiguration,
  createConfigurationPublisher,
  type ObservedPublisher,
} from '../../../trainer/publish/client-configuration.js';
import { PassingError, RefusedError, type Publisher } from '../../../trainer/publish/publisher.js';
import { ReplacedError } from '../../../trainer/publish/target.js';
import { backOffMs } from '../../../trainer/publish/timing.js';
import { FIRST, SECOND, base64 } from './support/models.js';
import { VirtualTime } from './support/virtual-time.js';

const BASE = { role: 'client', weights: { min: 0.1 } };

/** Keeps what it was handed, and does first what the test says. */
class Recorder implements Publisher {
  readonly got: unknown[] = [];
  tries = 0;
  underWay = 0;
  mostUnderWay = 0;
  before: () => Promise<void> | void = () => undefined;

  async publish(configuration: object): Promise<void> {
    this.tries += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    try {
      await this.before();
      this.got.push((configuration as { model: unknown }).model);
    } finally {
      this.underWay -= 1;
    }
  }
}

let open: ObservedPublisher | undefined;
afterEach(() => open?.close());

function publisherOf(time: VirtualTime, ...recorders: readonly Recorder[]): ObservedPublisher {
  const named = recorders.map((publisher, i) => ({ name: `target-${i}`, publisher }));
  return (open = createConfigurationPublisher(BASE, named, time));
}

it('puts the models into the configuration that the operator wrote', () => {
  expect(clientConfiguration(BASE, { current: FIRST, candidate: { model: SECOND, share: 0.05 } })).toEqual({
    ...BASE,
    model: base64(FIRST),
    candidate: { model: base64(SECOND), share: 0.05 },
  });
});

it('leaves no candidate where there is none, also where the operator wrote one', () => {
  const configuration = clientConfiguration(
    { ...BASE, model: 'x', candidate: { share: 1 } },
    { current: FIRST },
  );
  expect(configuration).toEqual({ ...BASE, model: base64(FIRST) });
});

it('refuses a configuration of another role', () => {
  expect(() => createConfigurationPublisher({ role: 'server' }, [], new VirtualTime())).toThrow(
    'role is "server", must be "client"',
  );
});

it('hands the configuration to all targets and says so', async () => {
  const recorders = [new Recorder(), new Recorder()];
  const publisher = publisherOf(new VirtualTime(), ...recorders);
  await publisher.serve({ current: FIRST });
  expect(recorders.map(({ got }) => got)).toEqual([[base64(FIRST)], [base64(FIRST)]]);
  const state = { published: FIRST.id, pendingSince: undefined, lastError: undefined };
  expect(publisher.targets).toEqual([
    { name: 'target-0', ...state },
    { name: 'target-1', ...state },
  ]);
});

it('tries a target that is away again for as long as it takes, and holds up no other', async () => {
  const time = new VirtualTime();
  const [away, there] = [new Recorder(), new Recorder()];
  const back = 10 * 60_000;
  away.before = () => {
    if (time.now() < back) throw new Error('connect ECONNREFUSED');
  };
  const publisher = publisherOf(time, away, there);
  let done = false;
  void publisher.serve({ current: FIRST }).then(() => (done = true));
  await time.until(() => there.got.length === 1, 0);
  await time.until(() => time.now() > back / 2);
  expect(done).toBe(false);
  expect(publisher.targets[0]).toMatchObject({ pendingSince: 0, lastError: 'connect ECONNREFUSED' });
  await time.until(() => done);
  expect(time.now()).toBeGreaterThanOrEqual(back);
  expect(time.now()).toBeLessThan(back + 31_000);
  expect(away.tries).toBeLessThan(45);
  expect(publisher.targets[0]).toMatchObject({
    published: FIRST.id,
    pendingSince: undefined,
    lastError: undefined,
  });
});

it('rejects with what a target says that refuses for good, and does not ask it again', async () => {
  const time = new VirtualTime();
  const refusing = new Recorder();
  refusing.before = () => {
    throw new RefusedError('403 wasmplugins is forbidden');
  };
  const publisher = publisherOf(time, refusing, new Recorder());
  await expect(publisher.serve({ current: FIRST })).rejects.toThrow('403 wasmplugins is forbidden');
  expect(time.isWaitedFor).toBe(false);
  expect(refusing.tries).toBe(1);
  expect(publisher.targets[0]).toMatchObject({
    published: undefined,
    lastError: '403 wasmplugins is forbidden',
  });
  expect(publisher.targets[1]).toMatchObject({ published: FIRST.id });
});

it('waits as long as the other side asks to be left alone', async () => {
  const time = new VirtualTime();
  const busy = new Recorder();
  busy.before = () => {
    if (busy.tries === 1) throw new PassingError('429', 90_000);
  };
  const served = publisherOf(time, busy).serve({ current: FIRST });
  await time.until(() => busy.got.length === 1);
  await served;
  expect(time.waits).toEqual([90_000]);
});

it('lets the last call win over one that waits, at once', async () => {
  const time = new VirtualTime();
  const target = new Recorder();
  target.before = () => {
    if (target.tries === 1) throw new PassingError('429', 3_600_000);
  };
  const publisher = publisherOf(time, target);
  const first = publisher.serve({ current: FIRST });
  const replaced = expect(first).rejects.toThrow(ReplacedError);
  await time.until(() => time.isWaitedFor, 0);
  await publisher.serve({ current: SECOND });
  await replaced;
  expect(time.now()).toBe(0);
  expect(target.got).toEqual([base64(SECOND)]);
});

it('publishes one at a time, so that an older one cannot land last', async () => {
  const target = new Recorder();
  let release: () => void = () => undefined;
  target.before = () => (target.tries === 1 ? new Promise((resolve) => (release = resolve)) : undefined);
  const publisher = publisherOf(new VirtualTime(), target);
  const first = expect(publisher.serve({ current: FIRST })).rejects.toThrow(ReplacedError);
  const second = publisher.serve({ current: SECOND });
  release();
  await Promise.all([first, second]);
  expect(target.got).toEqual([base64(FIRST), base64(SECOND)]);
  expect(target.mostUnderWay).toBe(1);
});

it('gives up what waits when it is closed', async () => {
  const time = new VirtualTime();
  const away = new Recorder();
  away.before = () => Promise.reject(new Error('away'));
  const publisher = publisherOf(time, away);
  const served = expect(publisher.serve({ current: FIRST })).rejects.toThrow('closed');
  await time.until(() => time.isWaitedFor, 0);
  await publisher.close();
  await served;
  await expect(publisher.serve({ current: SECOND })).rejects.toThrow('closed');
  expect(away.tries).toBe(1);
});

it('backs off exponentially up to half a minute, half of it by chance', () => {
  expect([1, 2, 3, 6, 7, 1000].map((failures) => backOffMs(failures, () => 1))).toEqual([
    500, 1000, 2000, 16_000, 30_000, 30_000,
  ]);
  expect(backOffMs(3, () => 0)).toBe(1000);
});

it('asks again for a while where a refusal may pass, then gives up', async () => {
  const time = new VirtualTime();
  const [young, forbidden] = [new Recorder(), new Recorder()];
  young.before = () => {
    if (young.tries < 4) throw new RefusedError('403 not yet', 30_000);
  };
  forbidden.before = () => {
    throw new RefusedError('403 wasmplugins is forbidden', 30_000);
  };
  let outcome: unknown;
  void publisherOf(time, young, forbidden)
    .serve({ current: FIRST })
    .catch((error: unknown) => (outcome = error));
  while (outcome === undefined && time.now() < 100_000) {
    await new Promise((resolve) => setImmediate(resolve));
    time.pass(500);
  }
  expect(outcome).toMatchObject({ message: '403 wasmplugins is forbidden' });
  expect(young.got).toEqual([base64(FIRST)]);
  expect(forbidden.tries).toBeGreaterThan(4);
  expect(time.now()).toBeGreaterThanOrEqual(30_000);
  expect(time.now()).toBeLessThan(61_000);
});
