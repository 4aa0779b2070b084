// The proxy-wasm ABI 0.2.1 as this filter uses it: the SDK's raw declarations and the constants of the specification.
export {
  proxy_define_metric,
  proxy_dequeue_shared_queue,
  proxy_enqueue_shared_queue,
  proxy_get_buffer_bytes,
  proxy_get_current_time_nanoseconds,
  proxy_get_header_map_pairs,
  proxy_get_property,
  proxy_get_shared_data,
  proxy_http_call,
  proxy_increment_metric,
  proxy_log,
  proxy_record_metric,
  proxy_register_shared_queue,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
  proxy_send_local_response,
  proxy_set_property,
  proxy_set_shared_data,
  proxy_set_tick_period_milliseconds,
} from '@gcoredev/proxy-wasm-sdk-as/assembly/imports';

export const OK: u32 = 0;
export const CAS_MISMATCH: u32 = 8;

export const enum Action {
  Continue = 0,
  Pause = 1,
}

export const enum Headers {
  Request = 0,
  Response = 2,
  HttpCallResponse = 6,
}

export const enum Buffer {
  HttpCallResponseBody = 4,
  PluginConfiguration = 7,
}

export const enum Metric {
  Counter = 0,
  Gauge = 1,
  Histogram = 2,
}

export const enum Level {
  Info = 2,
  Warn = 3,
  Error = 4,
}
