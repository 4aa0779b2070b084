// A training's metrics as TensorBoard event files, which TensorFlow itself writes: only tfjs-node can.
import { createRequire } from 'node:module';
import type * as TfjsNode from '@tensorflow/tfjs-node';
import { loadBackend } from './backend.js';
import type { TrainingReport } from './training.js';

const require = createRequire(import.meta.url);

export interface Board {
  readonly folder: string;
  /** Adds a report, by its number of updates. @throws {Error} where TensorFlow cannot write */
  add(report: TrainingReport): void;
  /** Hands over what is still in memory. @throws {Error} where TensorFlow cannot write */
  flush(): void;
}

/**
 * @param folder a new event file goes into it, beside those of earlier runs
 * @throws {Error} where tfjs-node does not load, or the folder cannot be made
 */
export async function openBoard(folder: string): Promise<Board> {
  await loadBackend('node');
  const { node } = require('@tensorflow/tfjs-node') as typeof TfjsNode;
  const writer = node.summaryFileWriter(folder);
  return {
    folder,
    add: ({ updates, decisions, elapsedMs, metrics, standing }) => {
      for (const [name, value] of Object.entries(metrics))
        writer.scalar(`train/${name}`, value as number, updates);
      writer.scalar('train/decisionsPerSecond', (1000 * decisions) / elapsedMs, updates);
      for (const [name, value] of Object.entries(standing ?? {}))
        writer.scalar(`validation/${name}`, value as number, updates);
    },
    flush: () => {
      writer.flush();
    },
  };
}
