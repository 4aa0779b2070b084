// What the trainer shows of a real mesh, with a real Jaeger and a real browser: one mesh for all, since it fills a small machine.
import { afterAll, beforeAll, describe } from 'vitest';
import { graphSuite } from './observing/graph.js';
import { pageSuite } from './observing/page.js';
import { describeWithEnvoy, ENVOY_VERSIONS } from './support/envoy-suite.js';
import { startShop, type Shop } from './support/shop.js';
import { startJaeger, type Jaeger } from './support/tools.js';

export interface Observed {
  readonly shop: Shop;
  readonly jaeger: Jaeger;
}

await describeWithEnvoy(ENVOY_VERSIONS[0], () => {
  let observed: Observed | undefined;
  beforeAll(async () => {
    const jaeger = await startJaeger();
    try {
      const options = ['--forward-traces', `${jaeger.otlpUrl}/v1/traces`, '--jaeger', jaeger.queryUrl];
      observed = { jaeger, shop: await startShop(...options) };
    } catch (error) {
      await jaeger.stop();
      throw error;
    }
  }, 240_000);
  afterAll(async () => {
    await observed?.shop.stop();
    await observed?.jaeger.stop();
  }, 60_000);

  describe('the graph', () => graphSuite(() => observed!));
  describe('the page', () => pageSuite(() => observed!));
});
