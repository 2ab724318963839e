// Asks the daemon that this page came from.

const KEPT = "enforcer-token";

// What it answers in place of what was asked for.
export class Refused extends Error {
  constructor(status, kind, message) {
    super(message);
    this.status = status;
    this.kind = kind;
  }

  get wantsToken() {
    return this.kind === "unauthorized";
  }
}

export function useToken(word) {
  sessionStorage.setItem(KEPT, word);
}

export function hasToken() {
  return sessionStorage.getItem(KEPT) !== null;
}

// Its answer, of which nothing was read yet.
export async function open(path, { signal, headers = {} }) {
  const token = sessionStorage.getItem(KEPT);
  const answer = await fetch(path, {
    signal,
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    headers: token === null ? headers : { ...headers, Authorization: `Bearer ${token}` },
  });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, told.kind, told.message ?? `HTTP ${answer.status}`);
}

export async function ask(path, patience) {
  const answer = await open(path, { signal: AbortSignal.timeout(patience) });
  return answer.json();
}
