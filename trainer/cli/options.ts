// Parsers of option values. What they throw, commander reports with the option's name.
import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import {
  ORACLE_POLICIES,
  PROXY_POLICIES,
  SIMULATOR_POLICIES,
  type ProxyPolicy,
  type SimulatorPolicy,
} from '../environment/policies.js';
import { ENVOY_POLICIES, type EnvoyPolicy } from '../mesh/engine.js';

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number > 0.');
}

/** 0..1 */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('Expected a share from 0 to 1.');
}

export function httpUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('Expected a URL like http://host:port/path.');
}

export function positiveWhole(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number > 0.');
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('Expected a whole number, 0 or more.');
}

export function port(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new InvalidArgumentError('Expected a port, 0 to 65535.');
}

/** Checked before the work rather than after it. */
export function outputFile(text: string): string {
  if (text === '-') return text;
  try {
    accessSync(dirname(text), constants.W_OK);
    if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder');
  } catch (error) {
    throw new InvalidArgumentError(`Cannot be written: ${(error as Error).message}.`);
  }
  return text;
}

/** Writes a result to a file, or for `-` to stdout. */
export function writeJson(out: string, result: unknown): void {
  writeText(out, `${JSON.stringify(result, null, 2)}\n`);
}

export function writeText(out: string, text: string): void {
  if (out === '-') process.stdout.write(text);
  else writeFileSync(out, text);
}

/** A policy of the filter, or one of Envoy's own. */
export type MeshPolicy = ProxyPolicy | `envoy:${EnvoyPolicy}`;

const ENVOY_PREFIX = 'envoy:';
const MESH_POLICIES: readonly MeshPolicy[] = [
  ...PROXY_POLICIES,
  ...ENVOY_POLICIES.map((p) => `${ENVOY_PREFIX}${p}` as const),
];

export function meshPolicy(text: string): MeshPolicy {
  const found = MESH_POLICIES.find((policy) => policy === text);
  if (found) return found;
  if ((ORACLE_POLICIES as readonly string[]).includes(text))
    throw new InvalidArgumentError('No proxy can run it, it sees what only the simulator knows.');
  throw new InvalidArgumentError(`Expected one of ${MESH_POLICIES.join(', ')}.`);
}

/** Who balances: the filter, or Envoy by itself. */
export function balancingOf(policy: MeshPolicy): 'weir' | EnvoyPolicy {
  return policy.startsWith(ENVOY_PREFIX) ? (policy.slice(ENVOY_PREFIX.length) as EnvoyPolicy) : 'weir';
}

export function simulatorPolicy(text: string): SimulatorPolicy {
  const found = SIMULATOR_POLICIES.find((policy) => policy === text);
  if (found) return found;
  throw new InvalidArgumentError(
    `Expected one of ${SIMULATOR_POLICIES.join(', ')}, got ${JSON.stringify(text)}.`,
  );
}

/** Names separated by commas, or `all`; each counts once. */
export function simulatorPolicies(text: string): readonly SimulatorPolicy[] {
  if (text === 'all') return SIMULATOR_POLICIES;
  return [...new Set(text.split(',').map((name) => simulatorPolicy(name.trim())))];
}
