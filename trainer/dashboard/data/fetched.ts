// Something asked of the trainer again and again while a view shows it.
import { useEffect, useState } from 'preact/hooks';
import { ApiProblem, getJson } from './api.js';

export interface Fetched<T> {
  readonly value?: T;
  readonly problem?: ApiProblem;
  /** Asks at once. */
  readonly refresh: () => void;
}

/** @param path undefined = nothing to ask; another one begins anew */
export function useFetched<T>(path: string | undefined, everyMs: number): Fetched<T> {
  const [state, setState] = useState<{ path?: string | undefined; value?: T; problem?: ApiProblem }>({});
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    if (path === undefined) return;
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        const value = await getJson<T>(path, control.signal);
        setState({ path, value });
      } catch (error) {
        if (!(error instanceof ApiProblem)) return;
        // What was shown stays while the trainer is away or busy; a 404 is an answer.
        const isAnswer = error.status === 404;
        setState((old) =>
          old.path === path && !isAnswer ? { ...old, problem: error } : { path, problem: error },
        );
      }
      if (!control.signal.aborted) timer = setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, asked]);
  const current = state.path === path ? state : {};
  return {
    ...(current.value === undefined ? {} : { value: current.value }),
    ...(current.problem === undefined ? {} : { problem: current.problem }),
    refresh: () => setAsked((n) => n + 1),
  };
}
