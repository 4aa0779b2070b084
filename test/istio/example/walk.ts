// The way through the README: each command run as it stands, or its substitute, and a record of what was.
import type { Cluster } from '../node/cluster.js';
import { SUBSTITUTES, type Substitute } from './substitutes.js';
import type { Shell } from './shell.js';

/** The commands of a README: lines of its blocks of shell, by the heading that they are under. */
export function commandsOf(readme: string): ReadonlyMap<string, readonly string[]> {
  const sections = readme.split(/^#+ /m).slice(1);
  return new Map(
    sections.map((text) => {
      const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!.trim());
      return [text.split('\n', 1)[0]!, blocks.flatMap((block) => block.split('\n'))] as const;
    }),
  );
}

export interface Walk {
  /** @returns what the command printed @throws {Error} where it fails */
  step(line: string): Promise<string>;
  /** All commands of a section. */
  section(heading: string): Promise<string>;
  /** Those that were run, or have nothing in their place. */
  readonly walked: readonly string[];
  readonly used: ReadonlySet<Substitute>;
}

export function createWalk(
  sections: ReadonlyMap<string, readonly string[]>,
  shell: Shell,
  cluster: Cluster,
): Walk {
  const walked: string[] = [];
  const used = new Set<Substitute>();
  const step = async (line: string): Promise<string> => {
    walked.push(line);
    const substitute = SUBSTITUTES.find(({ lines }) => lines.test(line));
    if (substitute === undefined) return shell.run(line);
    used.add(substitute);
    return substitute.instead ? shell.run(substitute.instead(line, cluster)) : '';
  };
  return {
    ...{ step, walked, used },
    async section(heading) {
      let output = '';
      for (const line of sections.get(heading) ?? []) output += await step(line);
      return output;
    },
  };
}
