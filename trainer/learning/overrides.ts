// Hyperparameters by name, as a command line gives them.

/**
 * A copy with `name=value` applied; `outer.inner=value` reaches into records.
 * @throws {RangeError} naming the setting, for an unknown name or a value of another kind
 */
export function withOverrides<T extends object>(defaults: T, settings: readonly string[]): T {
  let result = defaults;
  for (const setting of settings) {
    const at = setting.indexOf('=');
    if (at < 1) throw new RangeError(`${setting}: expected name=value`);
    result = override(result, setting.slice(0, at).split('.'), setting.slice(at + 1), setting);
  }
  return result;
}

function override<T extends object>(of: T, [name, ...inner]: string[], text: string, setting: string): T {
  const known = Object.entries(of).find(([key]) => key === name) as [string, unknown] | undefined;
  if (!known) throw new RangeError(`${setting}: expected one of ${Object.keys(of).join(', ')}`);
  const [, present] = known;
  if (typeof present === 'object' && present !== null)
    return { ...of, [name!]: override(present, inner, text, setting) };
  if (inner.length > 0) throw new RangeError(`${setting}: ${name} holds one value`);
  if (typeof present === 'string') return { ...of, [name!]: text };
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new RangeError(`${setting}: expected a number`);
  return { ...of, [name!]: value };
}
