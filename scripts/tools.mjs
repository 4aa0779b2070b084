// Brings the real programs that tests run against, beside Envoy, which the tests fetch themselves: Jaeger, built with Go
// once a machine; Prometheus, a headless Chromium and skopeo, from the system. Says where they are in build/tools.json.
import { goProgram } from './go-program.mjs';
import { attempt, find, keepTools, run, say } from './provide.mjs';

const INSTALL_MS = 900_000;

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

/** Installs Debian packages where this process may. */
function install(packages) {
  const apt = find('apt-get');
  if (apt === undefined || process.getuid?.() !== 0)
    throw new Error(`not installed (Debian: apt-get install ${packages.join(' ')})`);
  say(`installing ${packages.join(' and ')} ...`);
  const options = { timeout: INSTALL_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  run('apt-get update', apt, ['update'], options);
  run('apt-get install', apt, ['install', '-y', '--no-install-recommends', ...packages], options);
}

function setupTools() {
  const paths = { jaeger: attempt('jaeger', 'of the tracing', () => goProgram(JAEGER)) };
  const missing = Object.values(SYSTEM).filter(({ names }) => find(...names) === undefined);
  const packages = [...new Set(missing.map((tool) => tool.package))];
  let refused;
  try {
    if (packages.length > 0) install(packages);
  } catch (error) {
    refused = error;
  }
  for (const [name, { names, without }] of Object.entries(SYSTEM)) {
    paths[name] = attempt(name, without, () => {
      const path = find(...names);
      if (path === undefined) throw refused ?? new Error(`not among the installed programs`);
      return path;
    });
  }
  keepTools(paths);
}

setupTools();
