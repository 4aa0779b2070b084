// The model that ships, as the sidecars serve it.
import { encodeModel } from '../../../../trainer/actor/model-file.js';
import { shippedModel } from '../../../../trainer/cli/shipped-model.js';

export const modelBytes = encodeModel(shippedModel());
