// Colours and lines: an algorithm or a technique looks the same in every figure.
import { colourVariables, looksOf, type Look } from '../evaluation/report/look.js';
import { learned, techniques, type Comparison } from './comparison.js';

export interface NamedLook extends Look {
  /** Of the algorithm or technique. */
  readonly name: string;
}

export function namedLooks(comparison: Comparison): NamedLook[] {
  const { plan, peers, runs } = comparison;
  const serves = (algorithm: string) =>
    runs.find((run) => run.algorithm === algorithm)!.results.plan.policies[0]!;
  const contenders = [
    ...learned(comparison).map(({ name }) => ({ name, policy: serves(name) })),
    ...techniques(comparison).map(({ name }, i) => ({ name, policy: peers.plan.policies[i]! })),
  ];
  const looks = looksOf({ ...peers.plan, policies: contenders.map(({ policy }) => policy) });
  return looks.map((look, i) => {
    const isLearned = i < plan.algorithms.length;
    return { ...look, name: contenders[i]!.name, width: isLearned ? 2.25 : look.width };
  });
}

/** Values of the style sheet's variables on light ground, for who has no style sheet. */
export function lightColours(looks: readonly Look[]): Map<string, string> {
  const variables = colourVariables(looks, 'light').matchAll(/(--[\w-]+):([^;]+);/g);
  return new Map([...variables].map(([, name, colour]) => [name!, colour!]));
}
