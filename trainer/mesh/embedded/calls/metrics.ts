// Metrics. Their ids belong to the VM, their values to the process; the two low bits of an id are the type.
import { MetricType, Status } from '../vm/abi.js';
import type { Metric } from '../vm/metrics.js';
import type { VirtualMachine } from '../vm/virtual-machine.js';
import type { HostCalls } from './imports.js';

export function metricCalls(vm: VirtualMachine): HostCalls {
  const byId = new Map<number, Metric>();

  return {
    proxy_define_metric(type: number, name: number, nameSize: number, id: number) {
      if (type < 0 || type > MetricType.HISTOGRAM) return Status.BAD_ARGUMENT;
      const metric = vm.options.process.metrics.define(type, vm.memory.text(name, nameSize));
      const metricId = (byId.size + 1) * 4 + type;
      byId.set(metricId, metric);
      vm.memory.setU32(id, metricId);
      return Status.OK;
    },

    proxy_increment_metric(id: number, offset: bigint) {
      return byId.get(id)?.increment(offset) ?? Status.NOT_FOUND;
    },

    proxy_record_metric(id: number, value: bigint) {
      return byId.get(id)?.record(value) ?? Status.NOT_FOUND;
    },

    proxy_get_metric(id: number, result: number) {
      const metric = byId.get(id);
      if (metric === undefined) return Status.NOT_FOUND;
      if (metric.type === MetricType.HISTOGRAM) return Status.BAD_ARGUMENT;
      vm.memory.setU64(result, metric.raw);
      return Status.OK;
    },
  };
}
