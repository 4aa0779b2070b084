import { Level, proxy_log } from './abi';
import { Text } from './text';

const line = new Text(512);

/** One line to Envoy's log. */
export function log(level: Level, message: string): void {
  line.clear().str('weir: ');
  const length = String.UTF8.byteLength(message);
  String.UTF8.encodeUnsafe(changetype<usize>(message), message.length, line.reserve(length));
  proxy_log(level, line.at, line.length);
}
