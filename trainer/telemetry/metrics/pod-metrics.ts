// How far the cpu and memory of pods are known.
import { Gauge, type Registry } from 'prom-client';
import type { PodSource } from '../pods/pod-source.js';

export function addPods(pods: PodSource, now: () => number, registers: Registry[]): void {
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({ name, help, registers, collect() { this.set(value()); } }); // prettier-ignore
  };
  gauge('weir_pods', 'Pods whose cpu and memory the metrics API tells', () => pods.pods(now()));
  gauge(
    'weir_pods_age_seconds',
    'Since the metrics API told all that it was asked for',
    () => pods.ageMs(now()) / 1000,
  );
}
