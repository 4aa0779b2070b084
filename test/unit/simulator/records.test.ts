// Decisions on record (plugin/simulator/records.ts): which, how many, and what they hold.
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { ENDPOINT_FEATURES } from '../../../trainer/actor/features.js';
import { binomialSlack } from '../core/support.js';
import { digest } from './digest.js';
import { ALL, decisionsOf, feature, outcomesOf, recorded } from './recorded.js';
import { MESHES, MESH_NAMES } from './scenarios.js';
import { attentive, finished, simulator, sum } from './support.js';

describe('recording', () => {
  it.each(MESH_NAMES)('changes nothing of a run: %s', (name) => {
    const plain = digest(finished(MESHES[name], 'actor', { model: attentive }));
    for (const record of [ALL, { share: 0.3, decisions: 50, rows: 70 }]) {
      expect(digest(finished(MESHES[name], 'actor', { model: attentive, record }))).toBe(plain);
    }
    expect(digest(recorded(MESHES[name], { model: attentive }).mesh)).toBe(plain);
  });

  it('is off unless it is asked for', () => {
    const mesh = finished(MESHES.plain, 'actor');
    expect([mesh.recorded(), mesh.takeDecisions().count, mesh.takeDecisions().outcomes.count]).toEqual([
      0, 0, 0,
    ]);
  });

  it('is the same in one go and in pieces, and for a seed', () => {
    const record = { ...ALL, share: 0.5 };
    const [once, again, other] = [
      recorded(MESHES.bursts, { record }, 10_000),
      recorded(MESHES.bursts, { record }, 37),
      recorded(MESHES.bursts, { record, seed: 99 }, 37),
    ];
    expect(again.decisions).toEqual(once.decisions);
    expect(again.outcomes).toEqual(once.outcomes);
    expect(other.decisions).not.toEqual(once.decisions);
  });

  it('goes on in a fork and after a return, as far as it had come', () => {
    const mesh = simulator(MESHES.graph, 'actor', { record: ALL });
    mesh.advance(1_000);
    const early = mesh.takeDecisions();
    expect(early.count).toBeGreaterThan(100);
    const snapshot = mesh.snapshot();
    const rest = (from: typeof mesh) => {
      from.advance(2_000);
      const batch = from.takeDecisions();
      return [decisionsOf(batch), outcomesOf(batch)];
    };
    const fork = mesh.fork();
    const expected = rest(mesh);
    expect(expected[0]!.length).toBeGreaterThan(100);
    expect(rest(fork)).toEqual(expected);
    mesh.restore(snapshot);
    expect(rest(mesh)).toEqual(expected);
  });
});

describe('the sample', () => {
  it.each([0, 0.05, 0.25, 0.8, 1])('has a share of %d of the decisions', (share) => {
    const { decisions } = recorded(MESHES.bursts, { record: { ...ALL, share } });
    const { requests, warmup } = MESHES.bursts;
    const expected = share * (requests + warmup);
    // Five standard deviations: none where the share is 0 or 1.
    expect(Math.abs(decisions.length - expected)).toBeLessThanOrEqual(
      binomialSlack(requests + warmup, share),
    );
    expect(new Set(decisions.map(({ number }) => number)).size).toBe(decisions.length);
  });

  it('keeps to its room, and has it again once it was read', () => {
    const mesh = simulator(MESHES.plain, 'actor', { record: { share: 1, decisions: 10, rows: 1_000 } });
    const counts = [500, 1_000, 1_500].map((at) => {
      mesh.advance(at);
      expect(mesh.recorded()).toBe(10);
      return decisionsOf(mesh.takeDecisions()).map(({ number }) => number);
    });
    // What there was no room for has no number.
    expect(counts.flat()).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(mesh.recorded()).toBe(0);
  });

  it('has no decision without all of its rows', () => {
    const mesh = finished(MESHES.plain, 'actor', { record: { share: 1, decisions: 10, rows: 11 } });
    const batch = mesh.takeDecisions();
    expect([batch.count, batch.rows, [...batch.first]]).toEqual([2, 8, [0, 4, 8]]);
  });
});

describe.each(MESH_NAMES)('a decision in the mesh "%s"', (name) => {
  const scenario = MESHES[name];
  const { decisions } = recorded(scenario, { model: attentive });

  it('has a probability for each endpoint that could be chosen, and they are 1 together', () => {
    const wrong = decisions.filter(({ rows, chosen }) => {
      const usable = rows.map(({ weight }) => weight).filter((weight) => weight !== -1);
      const isShare = usable.every((weight) => weight >= 0 && weight <= 1);
      // A hundred roundings of floats at most.
      return !(isShare && Math.abs(sum(usable) - 1) < 1e-5 && rows.includes(chosen) && chosen.weight > 0);
    });
    expect(wrong).toEqual([]);
  });

  it('has the features that belong to its scores', () => {
    const wrong = decisions.filter(({ rows }) => {
      const best = Math.max(...rows.map(({ base }) => base));
      // Half a unit of rounding.
      const misses = rows.map((row) => feature(row, 'base_score') - Math.max(-127 / 32, row.base - best));
      return misses.some((miss) => Math.abs(miss) > 0.51 / 32);
    });
    expect(wrong).toEqual([]);
  });

  it('has the truth about its endpoints', () => {
    const slots = scenario.services.map(({ endpoints }) => endpoints.map(({ workers }) => workers));
    const wrong = decisions.flatMap(({ rows, service }) =>
      rows.filter(({ hidden }) => {
        const { latencyMs, ownMs, expectedMs, backlogMs, assigned, cpu, failure } = hidden;
        const isBusy = assigned > 0 ? backlogMs >= 0 : backlogMs === 0;
        const isShare = [cpu, failure].every((share) => share >= 0 && share <= 1);
        const isLonger = latencyMs >= (ownMs + 2 * scenario.networkMs) * (1 - 2 ** -22);
        const isTime = ownMs > 0 && expectedMs > 0 && isLonger;
        return !(isBusy && isShare && isTime && slots[service]!.includes(hidden.slots));
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('has each feature that the mesh can fill', () => {
    const rows = decisions.flatMap(({ rows }) => rows);
    const flat = ENDPOINT_FEATURES.filter(
      (name, k) =>
        name !== 'error_rate' && rows.every(({ features }) => features[k] === rows[0]!.features[k]),
    );
    const { signals, proxies, workersPerProxy } = scenario;
    const seesFleet = signals.fleetViewMs > 0;
    const absent: readonly string[] = [
      ...(workersPerProxy > 1 ? [] : ['sibling_requests', 'sibling_work']),
      ...(seesFleet && proxies > 1 ? [] : ['fleet_requests']),
      ...(seesFleet ? [] : ['fleet_latency']),
      ...(signals.serverLoad ? [] : ['server_requests', 'server_work', 'server_time', 'server_latency']),
      ...(signals.serverLoad ? [] : ['sent_since', 'cpu', 'memory']),
    ];
    expect(flat).toEqual(ENDPOINT_FEATURES.filter((name) => absent.includes(name)));
  });
});

describe('the rows of a decision', () => {
  it('are those of the endpoints that are there, of the service that is called', () => {
    const { decisions } = recorded(MESHES.faults);
    // Endpoint 2 of `api` joins, endpoint 1 of `db` leaves.
    const sizes = (service: number) => [
      ...new Set(decisions.filter((each) => each.service === service).map(({ rows }) => rows.length)),
    ];
    expect(sizes(0)).toEqual([3, 4]);
    expect(sizes(1)).toEqual([3, 2]);
  });

  it('say -1 for who is ejected or warms up, and 1 for the failure of who is down', () => {
    const { decisions } = recorded(MESHES.faults);
    const left = decisions.filter(({ rows }) => rows.some(({ weight }) => weight === -1));
    expect(left.length).toBeGreaterThan(50);
    expect(left.length).toBeLessThan(decisions.length / 2);
    const failures = new Set(decisions.flatMap(({ rows }) => rows.map(({ hidden }) => hidden.failure)));
    expect([...failures].map((each) => each.toFixed(3)).toSorted()).toEqual(['0.000', '0.400', '1.000']);
  });
});

describe('another model', () => {
  const other = encodeModel(untrainedModel({ seed: 3, scale: 2, temperature: 1 }));
  const toEnd = (change: (mesh: ReturnType<typeof simulator>) => void, model = attentive) => {
    const mesh = simulator(MESHES.bursts, 'actor', { model, record: ALL });
    mesh.advance(1_000);
    const before = decisionsOf(mesh.takeDecisions());
    change(mesh);
    mesh.advance(Infinity);
    return { before, after: decisionsOf(mesh.takeDecisions()), digest: digest(mesh) };
  };

  it('decides from the moment on that it is loaded', () => {
    const stays = toEnd(() => undefined);
    const changes = toEnd((mesh) => mesh.loadModel(other));
    expect(changes.before).toEqual(stays.before);
    expect(changes.digest).not.toBe(stays.digest);
    // The first one after it: the same state, other probabilities.
    const [here, there] = [stays.after[0]!, changes.after[0]!];
    expect(there.rows.map(({ features }) => features)).toEqual(here.rows.map(({ features }) => features));
    expect(there.rows.map(({ weight }) => weight)).not.toEqual(here.rows.map(({ weight }) => weight));
  });

  it('changes nothing where it is the same one, and is refused where it is none', () => {
    const stays = toEnd(() => undefined);
    expect(toEnd((mesh) => mesh.loadModel(attentive))).toEqual(stays);
    expect(() => toEnd((mesh) => mesh.loadModel(other.subarray(0, 100)))).toThrow(
      'the model cannot be used: length',
    );
  });
});
