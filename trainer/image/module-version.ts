// What a plugin.wasm says it is: the version that scripts/setup.mjs compiles in and the filter logs when its VM starts.

export interface ModuleVersion {
  /** Of the package. */
  readonly version: string;
  /** Git hash of the sources, 8 digits; undefined where they were built outside of a git checkout. */
  readonly revision: string | undefined;
}

/** Strings of AssemblyScript are UTF-16, so that every other byte of an ASCII text is 0. */
const VERSION = /((?:\d\0)+\.\0(?:\d\0)+\.\0(?:\d\0)+)\+\0((?:[0-9a-f]\0){8}|u\0n\0k\0n\0o\0w\0n\0)/;

/** Undefined where the module is not one of Weir's. */
export function moduleVersion(wasm: Uint8Array): ModuleVersion | undefined {
  const [, version, revision] = VERSION.exec(Buffer.from(wasm).toString('latin1')) ?? [];
  if (version === undefined || revision === undefined) return undefined;
  const plain = (text: string) => text.replaceAll('\0', '');
  return {
    version: plain(version),
    revision: plain(revision) === 'unknown' ? undefined : plain(revision),
  };
}
