// Brings the real programs that tests run against, beside Envoy, which the tests fetch themselves: Jaeger, built with Go
// once a machine; Prometheus, a headless Chromium and skopeo, from the system. Says where they are in build/tools.json.
import { goProgram } from './go-program.mjs';
import { attempt, keepTools } from './provide.mjs';
import { systemPrograms } from './system-programs.mjs';

/** Programs that Debian has: their usual names, and the package to install. */
const SYSTEM = {
  prometheus: { names: ['prometheus'], package: 'prometheus', without: 'of the metrics' },
  promtool: { names: ['promtool'], package: 'prometheus', without: 'of the alert rules' },
  chromium: {
    names: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
    package: 'chromium-headless-shell',
    without: 'of the pages',
  },
  skopeo: { names: ['skopeo'], package: 'skopeo', without: 'of the image' },
};

const JAEGER = {
  name: 'jaeger',
  module: 'jaeger',
  package: 'github.com/jaegertracing/jaeger/cmd/jaeger',
  check: ['version'],
};

keepTools({
  jaeger: attempt('jaeger', 'of the tracing', () => goProgram(JAEGER)),
  ...systemPrograms(SYSTEM),
});
