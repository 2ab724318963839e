// The live page: asks the daemon once a second, and never shows an answer for newer than it is.

import { Refused, ask, hasToken, useToken } from "/page/ask.js";
import * as calls from "/page/calls.js";
import * as cameras from "/page/cameras.js";
import * as force from "/page/force.js";
import { byId, element, text } from "/page/put.js";
import * as tail from "/page/tail.js";

const EVERY = 1000;
const PATIENCE = 3000;
// After so long without an answer nothing is known any more.
const OLD = 4000;
const CALLS = 5000;

const begun = Date.now();
// When the daemon answered last, by the clock.
let answered = null;
let known = 0;
let chosen = "*";
let isBroken = false;
const sleepers = new Set();

async function look() {
  for (;;) {
    const asked = Date.now();
    let status = null;
    try {
      status = await ask("/v1/status", PATIENCE);
    } catch (error) {
      unanswered(error);
    }
    if (status !== null) show(status);
    // A small router with many cameras has better things to do.
    await pause(Math.max(EVERY, 2 * (Date.now() - asked)));
  }
}

function show(status) {
  answered = Date.now();
  known = status.cameras.length;
  say(force.of(status));
  cameras.take(status, performance.now() / 1000);
  cameras.mark(chosen);
  byId("told").hidden = false;
  byId("told").classList.remove("old");
  byId("token").hidden = true;
}

function unanswered(error) {
  byId("told").classList.add("old");
  if (!(error instanceof Refused)) {
    // The connection is refused, or was cut: nobody need wait to know that.
    gone();
    return;
  }
  answered = Date.now();
  say(force.refused(error));
  if (error.wantsToken) wantToken();
}

function gone() {
  say(force.gone(answered === null ? null : clock(answered)));
  byId("told").classList.add("old");
}

// Whatever becomes of a request, what is old is not shown as new. A clock that is set shows for a moment, too.
function watch() {
  if (!isBroken && Math.abs(Date.now() - (answered ?? begun)) > OLD) gone();
}

async function lookAtCalls() {
  for (;;) {
    try {
      if (!byId("told").hidden) await calls.look(chosen, known);
    } catch (error) {
      text(byId("call-count"), `not known: ${error.message}`);
    }
    await pause(CALLS);
  }
}

function say({ look, word, line, notes }) {
  if (isBroken) return;
  byId("force").className = look;
  text(byId("force-word"), word);
  text(byId("force-line"), line);
  const list = byId("force-notes");
  if ([...list.children].map((it) => it.textContent).join("\n") !== notes.join("\n")) {
    list.replaceChildren(...notes.map((note) => element("li", note)));
  }
  list.hidden = notes.length === 0;
  text(byId("force-at"), answered === null ? "" : `The daemon answered last at ${clock(answered)}.`);
  document.title = look === "good" ? "enforcer" : `${word} – enforcer`;
}

function choose(camera) {
  chosen = camera;
  byId("camera").value = camera;
  cameras.mark(camera);
  tail.restart(camera);
  wake();
}

function wantToken() {
  const form = byId("token");
  if (!form.hidden) return;
  form.hidden = false;
  if (hasToken()) text(byId("token-why"), "That is not the token of --listen-token-file.");
  byId("token-word").focus();
}

// Or until something has changed.
function pause(milliseconds) {
  return new Promise((done) => {
    const awake = () => {
      clearTimeout(timer);
      sleepers.delete(awake);
      done();
    };
    const timer = setTimeout(awake, milliseconds);
    sleepers.add(awake);
  });
}

function wake() {
  for (const awake of [...sleepers]) awake();
}

function clock(milliseconds) {
  return new Date(milliseconds).toLocaleTimeString("en-GB");
}

function stop(error) {
  say(force.broken(error));
  isBroken = true;
  byId("told").classList.add("old");
}

byId("token").addEventListener("submit", (event) => {
  event.preventDefault();
  useToken(byId("token-word").value.trim());
  byId("token-word").value = "";
  byId("token").hidden = true;
  tail.restart();
  wake();
});
byId("camera").addEventListener("change", (event) => choose(event.target.value));
document.addEventListener("visibilitychange", () => {
  watch();
  wake();
});
addEventListener("error", (event) => stop(event.error ?? event));
addEventListener("unhandledrejection", (event) => stop(event.reason));
setInterval(watch, 500);

// Once more: all of them again.
cameras.start((camera) => choose(camera === chosen ? "*" : camera));
tail.start();
look();
lookAtCalls();
