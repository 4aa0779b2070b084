// Requests, errors and latencies per model between two reports: candidate and current are judged apart.
import { MODEL_ID_BYTES, Model } from '../core/model';
import { BINS, latencyBin } from './window';

/** Models that may be told apart in one interval; those of a quick series of reloads share the last place. */
const PLACES: i32 = 8;
const WORDS: i32 = 4 + 2 + BINS;

/** Words: 4 of the model id, requests, errors, bins. */
const words: StaticArray<u32> = new StaticArray<u32>(PLACES * WORDS);
export let modelCount: i32 = 0;

export function modelWords(place: i32): usize {
  return changetype<usize>(words) + ((place * WORDS) << 2);
}

export function modelWindowBytes(): i32 {
  return WORDS << 2;
}

function placeOf(id: usize): usize {
  for (let place = 0; place < modelCount; place++) {
    const at = modelWords(place);
    if (memory.compare(at, id, MODEL_ID_BYTES) == 0) return at;
  }
  const at = modelWords(modelCount < PLACES ? modelCount++ : PLACES - 1);
  memory.fill(at, 0, WORDS << 2);
  memory.copy(at, id, MODEL_ID_BYTES);
  return at;
}

export function countModel(model: Model, ms: f32, failed: bool): void {
  const at = placeOf(changetype<usize>(model.id));
  store<u32>(at + 16, load<u32>(at + 16) + 1);
  if (failed) store<u32>(at + 20, load<u32>(at + 20) + 1);
  else {
    const bin = at + 24 + (latencyBin(ms) << 2);
    store<u32>(bin, load<u32>(bin) + 1);
  }
}

/** Adds the words of another worker's place. */
export function mergeModel(from: usize): void {
  const at = placeOf(from);
  for (let i = 4; i < WORDS; i++) {
    store<u32>(at + (i << 2), load<u32>(at + (i << 2)) + load<u32>(from + (i << 2)));
  }
}

export function clearModels(): void {
  modelCount = 0;
}
