// Gives @tensorflow/tfjs-node its native half. Its own install script fetches a libtensorflow from outside and, failing,
// takes the package with it; here the library comes out of a Python wheel, by the machine's own pip, and the binding is
// compiled against it, both once a machine. Where that cannot be, the trainer computes in WebAssembly.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, once, run } from './provide.mjs';

/** The last TensorFlow whose C API tfjs-node 4 compiles against and whose wheel carries that API's headers. */
const TENSORFLOW = '2.15.1';
/** 207 MB; a slow mirror gets its time, a hanging one does not get forever. */
const DOWNLOAD_MS = 900_000;
const BUILD_MS = 600_000;

const UNPACK = `
import sys, zipfile
wheel, folder = sys.argv[1:]
wanted = ('tensorflow/libtensorflow_', 'tensorflow/include/tensorflow/', 'tensorflow/include/tsl/')
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(folder, [name for name in archive.namelist() if name.startswith(wanted)])
`;

/** The layout that the package's binding.gyp expects below `deps`: include/ and lib/. */
function unpackTensorflow(folder) {
  process.stderr.write(`weir: fetching TensorFlow ${TENSORFLOW} for the trainer (207 MB, once) ...\n`);
  const wheels = join(folder, 'wheels');
  // The Python version only names a wheel: what is taken out of it is no Python.
  const tags = ['--python-version', '3.11', '--platform', 'manylinux_2_17_x86_64'];
  const download = ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary', ':all:', ...tags];
  run('pip download', 'python3', [...download, '-d', wheels, `tensorflow-cpu==${TENSORFLOW}`], {
    timeout: DOWNLOAD_MS,
  });
  const [wheel] = readdirSync(wheels);
  run('unpacking', 'python3', ['-c', UNPACK, join(wheels, wheel), wheels], { timeout: BUILD_MS });
  renameSync(join(wheels, 'tensorflow/include'), join(folder, 'include'));
  mkdirSync(join(folder, 'lib'));
  for (const part of ['cc', 'framework']) {
    const file = `libtensorflow_${part}.so.2`;
    renameSync(join(wheels, 'tensorflow', file), join(folder, 'lib', file));
  }
  symlinkSync('libtensorflow_cc.so.2', join(folder, 'lib/libtensorflow.so'));
  symlinkSync('libtensorflow_framework.so.2', join(folder, 'lib/libtensorflow_framework.so'));
  rmSync(wheels, { recursive: true });
}

/** Compiles the binding in a copy of its sources and leaves it with what it needs to run: lib/ and deps. */
function buildBinding(root, folder, tensorflow) {
  process.stderr.write('weir: building the binding of TensorFlow ...\n');
  const source = join(root, 'node_modules/@tensorflow/tfjs-node');
  for (const part of ['binding', 'binding.gyp', 'package.json'])
    cpSync(join(source, part), join(folder, part), { recursive: true });
  symlinkSync(tensorflow, join(folder, 'deps'));
  // Every worker thread inserts into this set of names, with no lock: one a thread cannot be corrupted.
  const backend = join(folder, 'binding/tfjs_backend.cc');
  const shared = 'static std::set<std::string> ATTR_NAME_SET';
  const text = readFileSync(backend, 'utf8');
  if (!text.includes(shared)) throw new Error(`no '${shared}' in tfjs_backend.cc`);
  writeFileSync(backend, text.replace(shared, shared.replace('static', 'static thread_local')));
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
  const preGyp = join(root, 'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp');
  run('node-pre-gyp', process.execPath, [preGyp, 'install', '--build-from-source', ...headers], {
    cwd: folder,
    timeout: BUILD_MS,
    env: { ...process.env, JOBS: '1' },
  });
  // Loads it in a process of its own: on a processor without AVX, TensorFlow ends the process that loads it.
  run('loading it', process.execPath, ['-e', `require(${JSON.stringify(bindingIn(folder))})`], {
    timeout: BUILD_MS,
  });
  for (const part of readdirSync(folder))
    if (part !== 'lib' && part !== 'deps') rmSync(join(folder, part), { recursive: true });
}

function bindingIn(folder) {
  const [version] = readdirSync(join(folder, 'lib'));
  return join(folder, 'lib', version, 'tfjs_binding.node');
}

function provide(root, link) {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== 'linux-x64') throw new Error(`not made for ${platform}`);
  const cache = cacheFolder();
  const name = `libtensorflow-${TENSORFLOW}`;
  const { version } = JSON.parse(readFileSync(join(dirname(link), 'package.json'), 'utf8'));
  const binding = join(cache, `tfjs-node-${version}-${name}-node-abi-${process.versions.modules}`);
  // No download where nothing could be made of it.
  if (!existsSync(binding))
    for (const tool of process.env.CXX ? ['make'] : ['make', 'g++']) run(tool, tool, ['--version']);
  once(join(cache, name), unpackTensorflow);
  once(binding, (folder) => buildBinding(root, folder, join('..', name)));
  const fresh = `${link}.${process.pid}`;
  symlinkSync(join(binding, 'lib'), fresh);
  renameSync(fresh, link);
}

/**
 * Never fails: says in one line what is missing, once for these packages, this Node and this script, or on every call
 * where WEIR_TFJS=node insists. WEIR_TFJS=wasm does without.
 */
export function setupTfjsNode(root) {
  const link = join(root, 'node_modules/@tensorflow/tfjs-node/lib');
  // What is there stays, whoever made it: Node-API is the same for every Node, and new packages come without it.
  if (process.env.WEIR_TFJS === 'wasm' || !existsSync(dirname(link)) || existsSync(link)) return;
  const failure = join(root, 'build/tfjs-node.failure');
  const hash = createHash('sha256').update(process.version + process.arch);
  for (const file of [join(root, 'package-lock.json'), fileURLToPath(import.meta.url)])
    hash.update(readFileSync(file));
  const attempt = hash.digest('hex');
  const failed = existsSync(failure) && readFileSync(failure, 'utf8') === attempt;
  if (failed && process.env.WEIR_TFJS !== 'node') return;
  try {
    provide(root, link);
  } catch (error) {
    process.stderr.write(`weir: training without TensorFlow, in WebAssembly: ${error.message}\n`);
    writeFileSync(failure, attempt);
  }
}
