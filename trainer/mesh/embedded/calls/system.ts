// Log, time, ticks, the life of contexts and streams.
import { LOG_LEVELS, Status, StreamType } from '../vm/abi.js';
import { decodePairs } from '../vm/pairs.js';
import { Stream } from '../vm/stream.js';
import type { VirtualMachine } from '../vm/virtual-machine.js';
import type { HostCalls } from './imports.js';

export function systemCalls(vm: VirtualMachine): HostCalls {
  return {
    proxy_log(level: number, text: number, size: number) {
      const name = LOG_LEVELS[level];
      if (name === undefined) return Status.BAD_ARGUMENT;
      vm.options.log?.(name, vm.memory.text(text, size));
      return Status.OK;
    },

    proxy_get_log_level(result: number) {
      vm.memory.setU32(result, LOG_LEVELS.indexOf(vm.options.logLevel ?? 'info'));
      return Status.OK;
    },

    proxy_get_current_time_nanoseconds(result: number) {
      vm.memory.setU64(result, vm.options.now());
      return Status.OK;
    },

    proxy_set_tick_period_milliseconds(milliseconds: number) {
      vm.context?.root.setTickPeriod(milliseconds >>> 0);
      return Status.OK;
    },

    proxy_get_status(code: number, message: number, messageSize: number) {
      const status = vm.context?.root.status ?? { code: Status.OK, message: '' };
      vm.memory.setU32(code, status.code);
      vm.memory.give(Buffer.from(status.message), message, messageSize);
      return Status.OK;
    },

    proxy_set_effective_context(id: number) {
      return vm.setEffectiveContext(id);
    },

    proxy_done() {
      return vm.context?.root.finishDone() ?? Status.NOT_FOUND;
    },

    proxy_continue_stream(type: number) {
      if (type === StreamType.UPSTREAM) return Status.UNIMPLEMENTED;
      if (type < 0 || type > StreamType.UPSTREAM) return Status.BAD_ARGUMENT;
      if (vm.context instanceof Stream && type !== StreamType.DOWNSTREAM) vm.context.resume();
      return Status.OK;
    },

    proxy_close_stream(type: number) {
      return type >= 0 && type <= StreamType.UPSTREAM ? Status.OK : Status.BAD_ARGUMENT;
    },

    proxy_send_local_response(
      status: number,
      details: number,
      detailsSize: number,
      body: number,
      bodySize: number,
      headers: number,
      headersSize: number,
    ) {
      const reply = {
        status,
        details: vm.memory.text(details, detailsSize),
        body: vm.memory.bytes(body, bodySize),
        headers: decodePairs(vm.memory.view(headers, headersSize)),
      };
      if (vm.context instanceof Stream) vm.context.localReply = reply;
      return Status.OK;
    },

    /** Envoy answers so for a function that it has not registered, and this host registers none. */
    proxy_call_foreign_function() {
      return Status.NOT_FOUND;
    },
  };
}
