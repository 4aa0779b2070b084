// Light or dark: as the system says, or as it was chosen here.
import { effect, signal } from '@preact/signals';
import { keep, read } from './data/kept.js';

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'weir.theme';
const dark = window.matchMedia('(prefers-color-scheme: dark)');

export const theme = signal<Theme>('system');
/** What is shown; charts and the graph draw with it. */
export const isDark = signal(dark.matches);

export function startTheme(): void {
  const kept = read('localStorage', KEY);
  if (kept === 'light' || kept === 'dark') theme.value = kept;
  const apply = () => {
    isDark.value = theme.value === 'system' ? dark.matches : theme.value === 'dark';
    document.documentElement.dataset['theme'] = isDark.value ? 'dark' : 'light';
  };
  dark.addEventListener('change', apply);
  effect(() => {
    keep('localStorage', KEY, theme.value);
    apply();
  });
}

/** Of the style sheet: `--accent`. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
