// Weir in a real Istio: kube-apiserver with RBAC, istiod, Envoys as sidecars and as a gateway, installed by `weir install`,
// published to by `weir serve`. The parts run in this order, in one mesh.
import { afterAll, beforeAll, describe } from 'vitest';
import { conflicts } from './control-plane/conflicts.js';
import { fallback } from './control-plane/fallback.js';
import { publishing } from './control-plane/publishing.js';
import { restarts } from './control-plane/restarts.js';
import { rights } from './control-plane/rights.js';
import { steering } from './control-plane/steering.js';
import { trafficExtension } from './control-plane/traffic-extension.js';
import { upgrades } from './control-plane/upgrades.js';
import { startInstalled, type Installed } from './support/installed.js';

let installed: Installed | undefined;
beforeAll(async () => {
  installed = await startInstalled();
}, 180_000);
afterAll(() => installed?.stop());

describe('steering', () => steering(() => installed!));
describe('publishing', () => publishing(() => installed!));
describe('rights of the service account', () => rights(() => installed!));
describe('a second writer', () => conflicts(() => installed!));
describe('without override_host', () => fallback(() => installed!));
describe('restarts', () => restarts(() => installed!));
describe('parts of different ages', () => upgrades(() => installed!));
describe('a TrafficExtension', () => trafficExtension(() => installed!));
