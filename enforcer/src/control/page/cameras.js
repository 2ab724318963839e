// Each camera with what was counted of it, and how fast that grows.

import { byId, cell, count, draw, element, order, spark, text } from "/page/put.js";

// For devices that are no camera's; no camera can have this name.
export const STRANGERS = "(not listed)";

// Rates are of the last seconds, lines of the last minute.
const WINDOW = 5;
const MINUTE = 60;

// More rows than anybody reads.
const MOST = 200;

const rows = new Map();
const names = [];
const table = byId("camera-table");
let sort = { by: "name", isDown: false };
let choose = () => {};

export function start(chosen) {
  choose = chosen;
  for (const head of table.tHead.rows[0].cells) {
    head.querySelector("button")?.addEventListener("click", () => sortBy(head.dataset.by));
  }
  show();
}

export function take(status, seconds) {
  const told = status.cameras.map((camera) => ({
    name: camera.name,
    group: camera.mode === "audit" ? `${camera.group} (audit)` : camera.group,
    allowed: camera.allowed.packets,
    dropped: camera.dropped.packets,
    reasons: camera.dropped.reasons,
  }));
  const { packets, mode } = status.unlisted;
  if (packets > 0) {
    told.push({ name: STRANGERS, group: mode === "audit" ? "(audit)" : "", allowed: null, dropped: packets, reasons: { unlisted: packets } });
  }
  const there = new Set(told.map((camera) => camera.name));
  for (const name of rows.keys()) if (!there.has(name)) rows.delete(name);
  for (const camera of told) {
    if (!rows.has(camera.name)) rows.set(camera.name, made(camera.name));
    measure(rows.get(camera.name), camera, seconds);
  }
  show();
  offer([...there]);
}

export function mark(chosen) {
  for (const [name, { row, button }] of rows) {
    row.classList.toggle("chosen", name === chosen);
    button.setAttribute("aria-pressed", String(name === chosen));
  }
}

function made(name) {
  const button = element("button", name);
  button.type = "button";
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => choose(name));
  const head = element("th", button);
  head.scope = "row";
  const cells = {
    group: cell("Group"),
    rate: cell("Drops a second", "number"),
    line: cell("Last minute"),
    dropped: cell("Dropped", "number"),
    allowed: cell("Allowed", "number"),
    reasons: cell("Why dropped", "word"),
  };
  const line = spark();
  cells.line.append(line);
  return { name, button, cells, line, row: element("tr", head, ...Object.values(cells)), seen: [], rates: [], rate: 0 };
}

// Counters begin anew with the machine and after `detach`.
function measure(row, { group, allowed, dropped, reasons }, seconds) {
  const last = row.seen.at(-1);
  if (last && dropped < last.dropped) row.seen = [];
  row.seen.push({ seconds, dropped });
  row.seen = row.seen.filter((it) => seconds - it.seconds <= WINDOW || it === row.seen.at(-2));
  const [first] = row.seen;
  row.rate = seconds > first.seconds ? (dropped - first.dropped) / (seconds - first.seconds) : 0;
  row.rates = [...row.rates, row.rate].slice(-MINUTE);
  Object.assign(row, { dropped, allowed });
  text(row.cells.group, group);
  text(row.cells.rate, count(Math.round(row.rate)));
  text(row.cells.dropped, count(dropped));
  text(row.cells.allowed, allowed === null ? "" : count(allowed));
  const why = Object.entries(reasons).sort((one, other) => other[1] - one[1]);
  text(row.cells.reasons, why.map(([reason, packets]) => `${reason} ${count(packets)}`).join(", "));
  draw(row.line, row.rates);
}

function sortBy(by) {
  const isDown = sort.by === by ? !sort.isDown : by !== "name";
  sort = { by, isDown };
  show();
}

function show() {
  const { by, isDown } = sort;
  for (const head of table.tHead.rows[0].cells) {
    if (head.dataset.by === by) head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
  const sorted = [...rows.values()].sort((one, other) => {
    const names = one.name.localeCompare(other.name);
    const which = by === "name" ? names : (one[by] ?? 0) - (other[by] ?? 0);
    return (isDown ? -which : which) || names;
  });
  const shown = sorted.slice(0, MOST);
  order(table.tBodies[0], shown.map((it) => it.row));
  const rest = sorted.length - shown.length;
  text(byId("camera-count"), `${count(sorted.length)} in all${rest > 0 ? `; the first ${MOST} in this order are shown` : ""}`);
}

// What can be chosen; only what changes is touched, so an open list stays open.
function offer(there) {
  if (there.length === names.length && there.every((name, at) => name === names[at])) return;
  names.splice(0, names.length, ...there);
  const select = byId("camera");
  const chosen = select.value;
  const options = there.map((name) => {
    const option = element("option", name);
    option.value = name;
    return option;
  });
  select.replaceChildren(select.options[0], ...options);
  if (there.includes(chosen)) select.value = chosen;
  else if (chosen !== "*") choose("*");
}
