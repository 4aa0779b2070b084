// Fetches the Envoy that tests run, where this machine has none: to be called before own-network.mjs, which has no way out.
import { findEnvoy } from '../dist/trainer/mesh/envoy/binary.js';
import { say } from './provide.mjs';

const envoy = await findEnvoy({ note: say });
if ('reason' in envoy) say(envoy.reason);
