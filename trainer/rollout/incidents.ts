// Incidents: scenarios of what the mesh was like when a model did harm, which every later candidate must stand. Files of a
// folder in the data directory, bounded in number; an operator may add and delete some by hand.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseScenario, ScenarioError, validateScenario, type Scenario } from '../environment/scenario.js';

/** Each costs the gate some runs; the oldest goes. */
export const MAX_INCIDENTS = 20;

export class Incidents {
  /** @param folder made when the first incident comes */
  constructor(
    private readonly folder: string,
    private readonly most = MAX_INCIDENTS,
  ) {}

  /**
   * Oldest first. A file that is no scenario is named in `problems` and left out: it must not stop every rollout.
   */
  async list(): Promise<{ readonly scenarios: Scenario[]; readonly problems: string[] }> {
    const scenarios: Scenario[] = [];
    const problems: string[] = [];
    for (const file of await this.#files()) {
      const path = join(this.folder, file);
      try {
        scenarios.push(parseScenario(await readFile(path, 'utf8'), path));
      } catch (error) {
        if (error instanceof ScenarioError) problems.push(...error.problems);
        else problems.push(`${path}: ${(error as Error).message}`);
      }
    }
    return { scenarios, problems };
  }

  /**
   * Keeps a snapshot of the twin under a name made of the wall time, so that names sort by age.
   * @returns the name
   * @throws {ScenarioError} where the snapshot is no valid scenario
   */
  async add(snapshot: Scenario, wallMs: number): Promise<string> {
    const name = `incident-${new Date(wallMs).toISOString().replace(/[:.]/g, '-')}`;
    const scenario = validateScenario({ ...snapshot, name }, name);
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, `${name}.json`);
    await writeFile(`${path}.tmp`, `${JSON.stringify(scenario, null, 2)}\n`);
    await rename(`${path}.tmp`, path);
    const files = await this.#files();
    for (const old of files.slice(0, Math.max(0, files.length - this.most))) await rm(join(this.folder, old));
    return name;
  }

  async #files(): Promise<string[]> {
    try {
      return (await readdir(this.folder)).filter((file) => file.endsWith('.json')).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}
