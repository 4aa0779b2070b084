// `weir image`: the plugin as an image for a registry, without a container engine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { moduleVersion } from '../image/module-version.js';
import { pluginImage } from '../image/plugin-image.js';
import { LayoutError, writeLayout } from '../image/write-layout.js';
import { UsageError } from './errors.js';
import { outputFile, writeJson } from './options.js';
import { packageManifest, packageRoot, packageVersion } from './package-root.js';

interface ImageOptions {
  readonly out: string;
  readonly tag: string;
  readonly json?: string;
}

export function addImage(program: Command): void {
  program
    .command('image')
    .description("write plugin.wasm as an OCI image layout, which Istio's WasmPlugin takes from a registry")
    .requiredOption('--out <dir>', 'folder of the layout, replaced as a whole')
    .option('--tag <tag>', 'name of the image in the layout', tag, packageVersion())
    .addOption(
      new Option('--json [out]', 'write digests as JSON to a file, or to stdout')
        .preset('-')
        .argParser(outputFile),
    )
    .action(image);
}

function image({ out, tag, json }: ImageOptions): void {
  const file = join(packageRoot, 'build/plugin.wasm');
  const wasm = readFileSync(file);
  const built = moduleVersion(wasm);
  if (built === undefined) throw new Error(`${file} does not say which version it is`);
  const { files, manifestDigest, wasmSha256 } = pluginImage(wasm, built, packageManifest().license, tag);
  try {
    writeLayout(out, files);
  } catch (error) {
    throw error instanceof LayoutError ? new UsageError(`--out ${out}: ${error.message}`) : error;
  }
  const { version, revision } = built;
  if (json !== undefined) writeJson(json, { out, tag, version, revision, manifestDigest, wasmSha256 });
  if (json === '-') return;
  process.stdout.write(
    `weir: plugin ${version} (${revision ?? 'revision unknown'}) is in oci:${out}:${tag}\n` +
      `manifest  ${manifestDigest}    WasmPlugin.sha256 of oci:// is this one without sha256:\n` +
      `wasm      sha256:${wasmSha256}    of http:// and https:// this one\n`,
  );
}

/** Grammar of the distribution specification. */
function tag(text: string): string {
  if (/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected a tag: up to 128 letters, digits, and after the first . _ -');
}
