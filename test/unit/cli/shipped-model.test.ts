import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cardPath, type ModelCard } from '../../../trainer/actor/model-card.js';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { contentId } from '../../../trainer/actor/content-id.js';
import { shippedFloat, shippedModel, shippedModelPath } from '../../../trainer/cli/shipped-model.js';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import { loadScenario } from '../../../trainer/environment/scenario.js';
import { Simulator } from '../../../trainer/environment/simulator.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';

const p99 = (options: ConstructorParameters<typeof Simulator>[2]) => {
  // Many proxies that each see little: what the network is there for.
  const scenario = loadScenario(`${packageRoot}/bench/scenarios/validation/many-proxies-01.json`);
  const short = { ...scenario, requests: 30_000 };
  return new Simulator(loadSimulator(), short, options).run().p99Ms;
};
const model = encodeModel(shippedModel());

describe('the model that ships', () => {
  it('is what its card says, and was learned', () => {
    const card = JSON.parse(readFileSync(cardPath(shippedModelPath), 'utf8')) as ModelCard;
    expect(card).toMatchObject({ id: shippedModel().id, size: model.length, algorithm: 'a3c' });
    expect(contentId(shippedModel())).toBe(card.id);
    expect(shippedModel().w3.some((weight) => weight !== 0)).toBe(true);
  });

  it('is ahead of the best classic rule where its room is, in the tail of many proxies', () => {
    // The league has it at some 0.8 of work-full here; 0.95 leaves three times the spread between seeds (0.05).
    expect(p99({ policy: 'actor', model }) / p99({ policy: 'work-full' })).toBeLessThan(0.95);
  });

  it('came from the training that ships beside it: its float form decides nearly alike', () => {
    // Int8 costs at most 1% over the suite; one scenario with its own choices may be 5% off either way.
    const ratio = p99({ policy: 'actor', model }) / p99(shippedFloat());
    expect(Math.abs(Math.log(ratio))).toBeLessThan(0.1);
  });
});
