// Asks before something is changed: for the token, and for why.
import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiProblem, postJson } from '../data/api.js';
import { keep, read } from '../data/kept.js';

export interface Change {
  readonly title: string;
  readonly consequence: string;
  readonly button: string;
  readonly path: string;
  /** Beside who and why. */
  readonly body?: object;
  readonly done: string;
}

const KEY = 'weir.token';
const token = signal(read('sessionStorage', KEY) ?? '');
/** What became of the last change, for those who hear the page too. */
export const outcome = signal('');

export function ChangeDialog({
  change,
  onClose,
}: {
  readonly change: Change;
  readonly onClose: (changed: boolean) => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [keeps, setKeeps] = useState(read('sessionStorage', KEY) !== null);
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // The browser gives the focus back only where a dialog is closed, and this one is taken away.
    return () => queueMicrotask(() => giveBack(before));
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem('');
    try {
      const by = 'the page';
      await postJson(change.path, token.value, change.body ?? { by, reason });
      keep('sessionStorage', KEY, keeps ? token.value : null);
      outcome.value = change.done;
      onClose(true);
    } catch (error) {
      setProblem(whatToDo(error as ApiProblem));
      setBusy(false);
    }
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="change-title"
      onCancel={() => onClose(false)}
      onClose={() => onClose(false)}
    >
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="change-title">{change.title}</h2>
        <p>{change.consequence}</p>
        <label>
          Token
          <input
            type="password"
            required
            autocomplete="off"
            value={token.value}
            onInput={({ currentTarget }) => (token.value = currentTarget.value)}
          />
        </label>
        <label class="row">
          <input
            type="checkbox"
            checked={keeps}
            onChange={({ currentTarget }) => setKeeps(currentTarget.checked)}
          />
          Keep it until this tab is closed
        </label>
        {change.body === undefined ? (
          <label>
            Reason, for the record
            <input
              value={reason}
              maxLength={1000}
              onInput={({ currentTarget }) => setReason(currentTarget.value)}
            />
          </label>
        ) : null}
        <p role="alert" class="error">
          {problem}
        </p>
        <div class="buttons">
          <button type="button" onClick={() => onClose(false)}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy}>
            {change.button}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function giveBack(focus: Element | null): void {
  const heading = document.querySelector<HTMLElement>('main h1');
  if (focus instanceof HTMLElement && focus.isConnected) focus.focus();
  // Its button may be gone by what it did, or cannot be pressed any more.
  if (document.activeElement !== focus) heading?.focus();
}

function whatToDo({ status, message }: ApiProblem): string {
  if (status === 401)
    return 'The token is not the right one. `weir serve` keeps it in the file `token` of its data folder.';
  return message;
}
