// Labels of what Weir installs, after the recommended ones of Kubernetes.

export const TRAINER_NAME = 'weir-trainer';
export const TRAINER_PORT = 7070;
/** On namespaces, services and pods. */
export const OPT_IN = { 'weir.dev/balance': 'enabled' } as const;

export const selectorLabels = { 'app.kubernetes.io/name': 'weir', 'app.kubernetes.io/component': 'trainer' };

export const commonLabels = { 'app.kubernetes.io/name': 'weir', 'app.kubernetes.io/part-of': 'weir' };

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

export const metadata = (name: string, namespace: string): Metadata => ({
  name,
  namespace,
  labels: commonLabels,
});
