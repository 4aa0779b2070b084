// Programs that Debian has, for tests: where they are, installed where they are missing and this process may.
import { attempt, find, run, say } from './provide.mjs';

const INSTALL_MS = 900_000;

/**
 * Their paths by name, undefined where one cannot be had.
 * @param programs by name: `names` of the program, its `package`, and of which tests it is, `without`
 */
export function systemPrograms(programs) {
  const missing = Object.values(programs).filter(({ names }) => find(...names) === undefined);
  const packages = [...new Set(missing.map((one) => one.package))];
  let refused;
  try {
    if (packages.length > 0) install(packages);
  } catch (error) {
    refused = error;
  }
  const path = ([name, { names, without }]) => [
    name,
    attempt(name, without, () => {
      const found = find(...names);
      if (found === undefined) throw refused ?? new Error('not among the installed programs');
      return found;
    }),
  ];
  return Object.fromEntries(Object.entries(programs).map(path));
}

function install(packages) {
  const apt = find('apt-get');
  if (apt === undefined || process.getuid?.() !== 0)
    throw new Error(`not installed (Debian: apt-get install ${packages.join(' ')})`);
  say(`installing ${packages.join(' and ')} ...`);
  const options = { timeout: INSTALL_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  run('apt-get update', apt, ['update'], options);
  run('apt-get install', apt, ['install', '-y', '--no-install-recommends', ...packages], options);
}
