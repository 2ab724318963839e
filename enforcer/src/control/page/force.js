// Is everything in force? The daemon says what is wrong, the worst first; what else there is to know comes behind.

// What is shown: how it looks, a word, a line, and what else there is to know.
const verdict = (look, word, line, notes = []) => ({ look, word, line, notes });

export function of(status) {
  const { interfaces, waiting, cameras, unlisted, troubles } = status;
  const on = interfaces.filter((it) => it.enforcing).map((it) => `${it.name} (${it.mode ?? "none"})`);
  const audited = cameras.filter((it) => it.mode === "audit").map((it) => it.name);
  const worst = troubles.find((it) => it.level === "error");
  const notes = troubles.filter((it) => it !== worst).map(sentence);
  if (worst?.advice) notes.unshift(ended(worst.advice));
  if (audited.length > 0) {
    notes.push(`In audit, so that nothing of theirs is dropped: ${listed(audited)}.`);
  }
  if (unlisted.mode === "audit") notes.push("In audit are also devices that are no camera's.");
  if (interfaces.length > 0 && waiting.length > 0) notes.push(`Not there yet: ${listed(waiting)}.`);

  const line = `generation ${status.generation} on ${on.length > 0 ? listed(on) : "no interface"}`;
  if (worst) return verdict("bad", worst.title, `${worst.words}; ${line}`, notes);
  if (cameras.length > 0 && audited.length === cameras.length) {
    return verdict("warn", "Audit: nothing is dropped", line, notes);
  }
  return verdict(notes.length > 0 ? "warn" : "good", "In force", line, notes);
}

// The daemon says so itself.
export function refused(refusal) {
  if (refusal.wantsToken) return verdict("unknown", "Not known", "the daemon tells it to who knows the token");
  const word = refusal.kind === "nothing_in_force" ? "Nothing is in force" : "Not known";
  return verdict(refusal.kind === "nothing_in_force" ? "bad" : "gone", word, refusal.message);
}

// It answers no more; at that time it did.
export function gone(since) {
  return verdict("gone", "No answer from the daemon", since === null ? "it never answered here" : `since ${since}`, [
    "What was in force stays in force without a daemon, but this page cannot see it: `enforcer status` on the router can.",
    "What stands below is old.",
  ]);
}

// This page itself is at its end.
export function broken(error) {
  return verdict("gone", "Not known", `this page has a mistake and shows nothing more: ${error.message}`, [
    "`enforcer status` on the router tells what is in force. Loading the page anew may help.",
  ]);
}

function sentence({ title, words, advice }) {
  return ended(`${title}: ${words}${advice ? `; ${advice}` : ""}`);
}

function ended(words) {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

const MOST = 20;

function listed(names) {
  const rest = names.length - MOST;
  return rest > 0 ? `${names.slice(0, MOST).join(", ")} and ${rest} more` : names.join(", ");
}
