// What the trainer answers, or why not.

/** The trainer's own words on what is wrong (RFC 9457). */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** @throws {ApiProblem} also where nobody answers: status 0 */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return ask<T>(path, { headers: { accept: 'application/json' }, ...(signal ? { signal } : {}) });
}

/** @throws {ApiProblem} */
export async function postJson<T>(path: string, token: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    // Relative, so that the page also works behind a prefix.
    response = await fetch(path.replace(/^\//, ''), init);
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiProblem(0, 'The trainer does not answer. Is `weir serve` or `weir up` still running?');
  }
  if (response.ok) return bodyOf<T>(response);
  const problem = (await response.json().catch(() => ({}))) as { detail?: string };
  throw new ApiProblem(response.status, problem.detail ?? `The trainer answered ${response.status}.`);
}

async function bodyOf<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiProblem(0, 'The answer of the trainer was cut off.');
  }
}
