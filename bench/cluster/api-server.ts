// A real kube-apiserver on an etcd of its own, with RBAC: the Kubernetes API without nodes and controllers.
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Cleanup } from '../../trainer/mesh/apps/cleanup.js';
import { startDaemon, type Daemon } from './daemon.js';
import { startEtcd } from './etcd.js';
import { toolPath } from './tool-path.js';

const SERVICE_ADDRESSES = '10.96.0.0/16';
const MAX_OUTPUT = 1 << 26;

export interface ApiServer {
  readonly url: string;
  /** Of a member of `system:masters`. */
  readonly kubeConfig: string;
  readonly daemon: Daemon;
  /** Runs the real kubectl and returns what it printed. @throws {Error} with what it complained of */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** Server-side apply of manifests, as objects or as YAML. */
  apply(...manifests: readonly (object | string)[]): Promise<void>;
  /** A kubeconfig with a token of this service account, made by the TokenRequest API. */
  kubeConfigOf(namespace: string, serviceAccount: string): Promise<string>;
  stop(): Promise<void>;
}

/** @param address where it listens; pods with a network of their own need more than loopback */
export async function startApiServer(address = '127.0.0.1'): Promise<ApiServer> {
  const cleanup = new Cleanup();
  try {
    const etcd = await startEtcd();
    cleanup.add(() => etcd.stop());
    const token = randomBytes(16).toString('hex');
    const daemon = await startDaemon(server(etcd.ports[0]!, token, address));
    cleanup.add(() => daemon.stop());
    return apiServer(daemon, token, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

function server(etcdPort: number, token: string, address: string) {
  return {
    path: toolPath('kube-apiserver'),
    ports: 1,
    prepare: async (folder: string, [port]: readonly number[]) => {
      const file = (name: string) => join(folder, name);
      const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
      await writeFile(file('sa.key'), keys.privateKey.export({ type: 'pkcs1', format: 'pem' }));
      await writeFile(file('sa.pub'), keys.publicKey.export({ type: 'spki', format: 'pem' }));
      await writeFile(file('tokens.csv'), `${token},admin,admin,"system:masters"\n`);
      return [
        ...[`--etcd-servers=http://127.0.0.1:${etcdPort}`, `--secure-port=${port}`],
        ...[`--bind-address=${address}`, '--advertise-address=127.0.0.1'],
        `--cert-dir=${file('certificates')}`,
        ...[`--service-account-issuer=https://127.0.0.1:${port}/`],
        ...[
          `--service-account-key-file=${file('sa.pub')}`,
          `--service-account-signing-key-file=${file('sa.key')}`,
        ],
        ...[`--token-auth-file=${file('tokens.csv')}`, '--authorization-mode=RBAC'],
        // No controller makes the default accounts of namespaces.
        '--disable-admission-plugins=ServiceAccount',
        ...[`--service-cluster-ip-range=${SERVICE_ADDRESSES}`, '--endpoint-reconciler-type=none'],
        // Aggregated APIs by the addresses of their pods: there is no kube-proxy.
        '--enable-aggregator-routing=true',
      ];
    },
    ready: ([port]: readonly number[]) => isReady(port!),
  };
}

/** Its certificate is its own, and known to those who read its folder. */
function isReady(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ rejectUnauthorized: false });
    const asked = request({ host: '127.0.0.1', port, path: '/readyz', agent }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.once('error', reject).end();
  });
}

function apiServer(daemon: Daemon, token: string, cleanup: Cleanup): ApiServer {
  const url = `https://127.0.0.1:${daemon.ports[0]}`;
  const certificate = join(daemon.folder, 'certificates/apiserver.crt');
  const kubeConfigWith = async (name: string, bearer: string): Promise<string> => {
    const file = join(daemon.folder, `${name}.kubeconfig`);
    const cluster = {
      server: url,
      'certificate-authority-data': (await readFile(certificate)).toString('base64'),
    };
    await writeFile(
      file,
      stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'here' },
        clusters: [{ name: 'here', cluster }],
        users: [{ name, user: { token: bearer } }],
        contexts: [{ name: 'here', context: { cluster: 'here', user: name } }],
      }),
    );
    return file;
  };
  const kubeConfig = kubeConfigWith('admin', token);
  const kubectl = async (args: readonly string[], input?: string) => run(await kubeConfig, args, input);
  return {
    ...{ url, daemon, kubectl },
    kubeConfig: join(daemon.folder, 'admin.kubeconfig'),
    async apply(...manifests) {
      const text = manifests.map((one) => (typeof one === 'string' ? one : stringify(one))).join('\n---\n');
      await kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], text);
    },
    async kubeConfigOf(namespace, serviceAccount) {
      const made = await kubectl(['create', 'token', serviceAccount, '--namespace', namespace]);
      return kubeConfigWith(`${namespace}.${serviceAccount}`, made.trim());
    },
    stop: () => cleanup.run(),
  };
}

function run(kubeConfig: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, KUBECONFIG: kubeConfig };
    const child = execFile(
      toolPath('kubectl'),
      args,
      { env, maxBuffer: MAX_OUTPUT },
      (error, out, complaint) => {
        if (error) reject(new Error(`kubectl ${args.join(' ')}: ${complaint.trim() || error.message}`));
        else resolve(out);
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}
