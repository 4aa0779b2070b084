// Brings a Kubernetes API and an Istio control plane for tests: etcd, kube-apiserver, kubectl, istiod and helm, built with Go
// once a machine, and what a network of pods is made of. Cold, two cores take half an hour, and Go's caches 10 GB. Says where
// they are in build/tools.json.
import { goModuleFile, goProgram } from './go-program.mjs';
import { attempt, keepTools } from './provide.mjs';
import { systemPrograms } from './system-programs.mjs';

/** As the modules pin them: these go into the binaries, which else would call themselves v0.0.0. */
const KUBERNETES = { version: 'v1.36.1', major: 1, minor: 36 };
const ISTIO = '1.31-local';

const kubernetes = Object.entries({
  gitVersion: KUBERNETES.version,
  gitMajor: KUBERNETES.major,
  gitMinor: KUBERNETES.minor,
})
  .map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`)
  .join(' ');

const PROGRAMS = [
  { name: 'etcd', module: 'etcd', package: '.', check: ['--version'] },
  {
    name: 'kube-apiserver',
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    ldflags: kubernetes,
    check: ['--version'],
  },
  { name: 'kubectl', module: 'kubectl', package: '.', ldflags: kubernetes, check: ['version', '--client'] },
  { name: 'helm', module: 'helm', package: 'helm.sh/helm/v3/cmd/helm', check: ['version', '--short'] },
  {
    name: 'pilot-discovery',
    module: 'istiod',
    package: 'istio.io/istio/pilot/cmd/pilot-discovery',
    flags: ['-tags', 'vtprotobuf,disable_pgv'],
    ldflags: `-X istio.io/istio/pkg/version.buildVersion=${ISTIO}`,
    check: ['version'],
  },
];

/** What the network of pods is made of. */
const SYSTEM = {
  ip: { names: ['ip'], package: 'iproute2', without: 'of Istio' },
  iptables: { names: ['iptables'], package: 'iptables', without: 'of the example' },
};

const tool = (name, get) => [name, attempt(name, 'of the control plane', get)];

keepTools({
  ...systemPrograms(SYSTEM),
  ...Object.fromEntries([
    ...PROGRAMS.map((program) => tool(program.name, () => goProgram(program))),
    tool('istio-crds', () =>
      goModuleFile('istiod', 'istio.io/api', 'kubernetes/customresourcedefinitions.gen.yaml'),
    ),
  ]),
});
