// Drops as they come. The daemon keeps those that come while nobody is connected, and says how many are missing.

import { open } from "/page/ask.js";
import { STRANGERS } from "/page/cameras.js";
import { byId, cell, count, element, receiver, text, time } from "/page/put.js";

const BEFORE = 50;
const MOST = 100;
const REST = 1000;
// A camera that floods must not have the page draw a hundred times a second.
const DRAW = 250;

const body = byId("tail-table").tBodies[0];
const button = byId("pause");
let chosen = "*";
let stream = new AbortController();
let waiting = [];
let held = 0;
let isPaused = false;
let trouble = "";

export function start() {
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.setAttribute("aria-pressed", String(isPaused));
    show();
  });
  setInterval(show, DRAW);
  follow();
}

// Begins anew, with another camera or another token.
export function restart(camera = chosen) {
  chosen = camera;
  waiting = [];
  held = 0;
  body.replaceChildren();
  show();
  stream.abort();
}

async function follow() {
  let id = null;
  for (;;) {
    const mine = (stream = new AbortController());
    try {
      id = await read(id, mine.signal);
      trouble = "";
    } catch (error) {
      if (!mine.signal.aborted) trouble = `No drops are told: ${error.message}.`;
    }
    if (!mine.signal.aborted) await new Promise((done) => setTimeout(done, REST));
    // What was asked for is another thing now.
    if (mine.signal.aborted) id = null;
  }
}

// Until it ends: then where it was.
async function read(id, signal) {
  const query = new URLSearchParams({ last: String(BEFORE) });
  if (chosen !== "*" && chosen !== STRANGERS) query.set("camera", chosen);
  const headers = { Accept: "text/event-stream", ...(id && { "Last-Event-ID": id }) };
  const answer = await open(`/v1/events?${query}`, { signal, headers });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  trouble = "";
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return id;
      const messages = (rest + value).split("\n\n");
      rest = messages.pop();
      for (const message of messages) id = take(message) ?? id;
    }
  } catch (error) {
    // What was read until then is not read again.
    if (signal.aborted || id === null) throw error;
    return id;
  }
}

// One message of an event stream; its number.
function take(message) {
  const fields = new Map();
  for (const line of message.split("\n")) {
    const at = line.indexOf(":");
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).trimStart());
  }
  if (fields.has("data")) keep(JSON.parse(fields.get("data")));
  return fields.get("id");
}

function keep(event) {
  // Those that are no camera's have no name to ask for.
  if (chosen === STRANGERS && event.alert?.metadata.camera) return;
  waiting.push(event);
  held += isPaused ? 1 : 0;
  if (waiting.length > MOST) waiting.splice(0, waiting.length - MOST);
}

function show() {
  if (!isPaused) {
    const fresh = waiting.splice(0).reverse().map(made);
    held = 0;
    body.prepend(...fresh);
    while (body.rows.length > MOST) body.lastElementChild.remove();
  }
  text(byId("tail-state"), trouble || (isPaused ? "Paused." : ""));
  const more = isPaused && held > 0 ? `; ${count(held)} came since the pause` : "";
  text(byId("tail-count"), body.rows.length === 0 ? `no drops yet${more}` : `the last ${count(body.rows.length)}, newest first${more}`);
}

function made(event) {
  const row = element("tr");
  const put = (head, kind, ...content) => {
    const made = cell(head, kind);
    made.append(...content);
    row.append(made);
  };
  put("Time", "", time(event.timestamp));
  if (event.event_type === "missed") {
    const words = `${count(event.missed.events)} more came than were taken`;
    put("", "word", words);
    row.lastElementChild.colSpan = 5;
    return row;
  }
  const { metadata } = event.alert;
  const isAudit = event.verdict.action !== "drop";
  put("Camera", "", metadata.camera?.[0] ?? `${STRANGERS} ${event.src_ip ?? event.ether.src_mac}`);
  put("To", "address", ...receiver(known(event.dest_ip ?? event.ether.dest_mac, metadata)));
  put("Service", "", service(event));
  put("Why", isAudit ? "audited" : "dropped", isAudit ? `${event.drop.reason} (audit)` : event.drop.reason);
  put("Rule", "word", metadata.rule?.[0] ?? "");
  return row;
}

function known(to, metadata) {
  const label = (name) => metadata[`dest_${name}`]?.[0];
  return {
    to,
    domain: label("domain"),
    cloud: label("cloud"),
    carrier: label("carrier"),
    asn: label("asn"),
    organization: label("organization"),
    country: label("country"),
  };
}

function service(event) {
  const proto = (event.proto ?? "").toLowerCase();
  if (event.dest_port !== undefined) return `${proto}/${event.dest_port}`;
  if (event.icmp_type !== undefined) return `${proto} ${event.icmp_type}/${event.icmp_code ?? 0}`;
  if (event.ether.ether_type === 0x0806) return "arp";
  return proto || `ethertype 0x${event.ether.ether_type.toString(16).padStart(4, "0")}`;
}
