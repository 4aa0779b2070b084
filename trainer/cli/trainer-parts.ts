// What the trainer starts from that comes with the package: the model that ships, its critic, the validation suite.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cardPath, type ModelCard } from '../actor/model-card.js';
import type { LeadingParts } from '../service/leading.js';
import { packageRoot } from './package-root.js';
import { loadScenarios } from './scenario-files.js';
import { shippedCheckpointPath, shippedModel, shippedModelPath } from './shipped-model.js';

type PackageParts = Pick<
  LeadingParts,
  'initial' | 'initialFacts' | 'critic' | 'validation' | 'now' | 'wallNow'
>;

export function packageParts(): PackageParts {
  const card = JSON.parse(readFileSync(cardPath(shippedModelPath), 'utf8')) as ModelCard;
  const { id: _id, size: _size, ...initialFacts } = card;
  return {
    initial: shippedModel(),
    initialFacts,
    critic: shippedCheckpointPath,
    validation: [...loadScenarios([join(packageRoot, 'bench/scenarios/validation')]).keys()],
    now: () => performance.now(),
    wallNow: () => Date.now(),
  };
}
