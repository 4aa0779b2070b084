import { describe, expect, it } from 'vitest';
import { progress } from '../../../trainer/evaluation/progress.js';

function stream(isTTY: boolean) {
  let text = '';
  const write = (part: string) => ((text += part), true);
  const out = { isTTY, write, columns: 80, on: () => out, removeListener: () => out };
  return { out: out as unknown as NodeJS.WriteStream, text: () => text };
}

describe('progress', () => {
  it('says a line every ten seconds where there is no terminal', () => {
    let now = 0;
    const { out, text } = stream(false);
    const { update, stop } = progress(out, 'runs', 40, () => now);
    for (let done = 1; done <= 40; done++) {
      now += 600;
      update(done);
    }
    stop();
    expect(text()).toBe('weir: 17 of 40 runs, 10 s\nweir: 34 of 40 runs, 20 s\n');
  });

  it('says nothing of what is done soon', () => {
    const { out, text } = stream(false);
    const { update, stop } = progress(out, 'runs', 2, () => 0);
    update(2);
    stop();
    expect(text()).toBe('');
  });
});
