// What figures were had on.
import { cpus, release, totalmem, type } from 'node:os';

export function machine(): string {
  const all = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const processors = `${all.length} x ${all[0]?.model.trim() ?? 'cpu'}`;
  return [processors, memory, `${type()} ${release()}`, `Node ${process.version}`].join(', ');
}
