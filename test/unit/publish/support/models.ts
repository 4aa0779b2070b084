// Models that differ in id and in what they weigh.
import { untrainedModel } from '../../../../trainer/actor/untrained.js';
import { encodeModel } from '../../../../trainer/actor/model-file.js';
import type { Model } from '../../../../trainer/actor/model.js';

export const FIRST = untrainedModel({ seed: 1, hidden1: 4, hidden2: 4 });
export const SECOND = untrainedModel({ seed: 2, hidden1: 4, hidden2: 4 });
export const base64 = (model: Model): string => Buffer.from(encodeModel(model)).toString('base64');
