// What is kept in the browser. Where its settings refuse that, the page works all the same and forgets.

export type Place = 'localStorage' | 'sessionStorage';

export function read(place: Place, key: string): string | null {
  try {
    return window[place].getItem(key);
  } catch {
    return null;
  }
}

/** @param value null = nothing any more */
export function keep(place: Place, key: string, value: string | null): void {
  try {
    if (value === null) window[place].removeItem(key);
    else window[place].setItem(key, value);
  } catch {
    // Not kept.
  }
}
