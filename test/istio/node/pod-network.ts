// A network of its own for each pod, joined by a bridge, as a node's network plugin and istio-init set them up. It lies within
// the network namespace that scripts/own-network.mjs makes, so that nothing of it reaches the machine's own.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { guard } from '../../../trainer/mesh/guard/guard.js';

/** The node's address, and its pods': apart from those of bench/cluster/network.ts, which are the machine's own. */
export const NODE_ADDRESS = '10.245.0.1';
const podAddress = (n: number): string => `10.245.${1 + (n >> 8)}.${n & 255}`;
const BRIDGE = 'pods';
const SERVICES = '10.96.0.0/16';
/** The Service `kubernetes`, whose address and port pods are told in their environment. */
export const API_ADDRESS = '10.96.0.1';
/** kube-proxy's part, for that one Service: all others are called through sidecars, which know the pods behind them. */
const toApiServer = `PREROUTING --table nat --protocol tcp --destination ${API_ADDRESS} --dport 443 --jump DNAT`;

const SET_UP = `
ip link add ${BRIDGE} type bridge
ip address add ${NODE_ADDRESS}/16 dev ${BRIDGE}
ip link set ${BRIDGE} up
iptables --append ${toApiServer} --to-destination "${NODE_ADDRESS}:$1"`;

const TEAR_DOWN = `
ip link delete ${BRIDGE}
iptables --delete ${toApiServer} --to-destination "${NODE_ADDRESS}:$1"`;

const ADD_POD = `
pid=$1 link=$2 address=$3
ip link add "$link" type veth peer name eth0 netns "$pid"
ip link set "$link" master ${BRIDGE} up
inside() { nsenter --net --target "$pid" "$@"; }
inside ip link set lo up
inside ip address add "$address/16" dev eth0
inside ip link set eth0 up
inside ip route add default via ${NODE_ADDRESS}`;

/** Ports of Istio's virtual listeners; what comes for the proxy itself (15000 and above) is left to it. */
const INTERCEPT = `
redirect() { nsenter --net --target "$1" iptables --table nat --protocol tcp --jump REDIRECT "\${@:2}"; }
redirect "$1" --append OUTPUT --destination ${SERVICES} --to-ports 15001
redirect "$1" --append PREROUTING --in-interface eth0 --dport 1:14999 --to-ports 15006`;

export interface PodNetwork {
  /** A process that does nothing but keep the network: the pause container. */
  readonly pid: number;
  readonly address: string;
  /** Redirects what the pod's containers send and get to its sidecar. */
  intercept(): Promise<void>;
  close(): void;
}

export interface NodeNetwork {
  addPod(name: string): Promise<PodNetwork>;
  stop(): Promise<void>;
}

/** @throws {Error} where a program is missing, or the kernel has no bridges */
export async function startNodeNetwork(apiPort: number): Promise<NodeNetwork> {
  await script(SET_UP, String(apiPort)).catch((cause: unknown) => {
    throw new Error('no network for pods: it takes Linux with bridges, ip (iproute2) and iptables', {
      cause,
    });
  });
  let count = 0;
  return {
    async addPod(name) {
      const number = ++count;
      const address = podAddress(number);
      const pause = await startPause(name);
      const pid = pause.pid!;
      await script(ADD_POD, String(pid), `pod${number}`, address);
      return {
        ...{ pid, address },
        intercept: () => script(INTERCEPT, String(pid)),
        close() {
          pause.kill('SIGKILL');
          guard().release(pid);
        },
      };
    },
    stop: () => script(TEAR_DOWN, String(apiPort)),
  };
}

/** Resolves when it is in namespaces of its own, with the pod's name as its host name. */
async function startPause(name: string): Promise<ChildProcess> {
  const command = ['sh', '-ec', 'hostname "$1"; echo ready; exec sleep infinity', 'pause', name];
  const child = spawn('unshare', ['--net', '--uts', ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
  guard().watch(child.pid ?? -1);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`no network for the pod ${name}`)));
  ended.catch(() => undefined);
  await Promise.race([once(child.stdout, 'data'), ended]);
  return child;
}

async function script(text: string, ...args: readonly string[]): Promise<void> {
  // iptables is not on the path of everybody.
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
  await promisify(execFile)('bash', ['-ec', text, 'pods', ...args], { env });
}
