// The plugin's configuration as the tests hand it to a client's sidecar.
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { idGauge } from '../../../trainer/actor/model-id.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';

export interface TestModel {
  /** 32 hex digits. */
  readonly id: string;
  readonly base64: string;
  /** What the gauge `weir.worker.N.model` shows for it. */
  readonly gauge: number;
}

/** An untrained model: it balances like `ewma-full`. Each seed is a model with an id of its own. */
export function testModel(seed = 1): TestModel {
  const model = untrainedModel({ seed });
  return {
    id: model.id,
    base64: Buffer.from(encodeModel(model)).toString('base64'),
    gauge: idGauge(model.id),
  };
}

/** Reports as often as the contract allows. */
export const REPORT = { cluster: 'weir-trainer', intervalMs: 100 };

/** Policy `actor` over the endpoints of the service `api`. */
export function actorConfiguration(endpoints: readonly string[], more: object = {}): object {
  return { role: 'client', model: testModel().base64, endpoints: { api: endpoints }, ...more };
}

/** Another policy, which needs no model. */
export function policyConfiguration(policy: string, endpoints: readonly string[], more: object = {}): object {
  return { role: 'client', policy, endpoints: { api: endpoints }, ...more };
}
