import { Level, proxy_log } from './abi';
import { Text } from './text';

const line = new Text(512);

/** One line to Envoy's log. */
export function log(level: Level, message: string): void {
  line.clear().str('weir: ');
  const length = String.UTF8.byteLength(message);
  const at = line.reserve(length);
  String.UTF8.encodeUnsafe(changetype<usize>(message), message.length, at);
  // A key from a configuration may hold line breaks.
  for (let i = 0; i < length; i++) if (load<u8>(at + i) < 0x20) store<u8>(at + i, 0x3f);
  proxy_log(level, line.at, line.length);
}
