// Where cameras call, by the ledger: every frame of the last day, allowed ones too.

import { ask } from "/page/ask.js";
import { STRANGERS } from "/page/cameras.js";
import { byId, cell, count, element, order, receiver, text, time } from "/page/put.js";

const SINCE = "24h";
const PATIENCE = 5000;
const MOST = 50;

// With more cameras, one must be chosen: all lines of all of them are too many to ask for again and again.
const MOST_CAMERAS = 64;

const body = byId("call-table").tBodies[0];
let rows = new Map();

export async function look(chosen, cameras) {
  if (chosen === "*" && cameras > MOST_CAMERAS) {
    rows = new Map();
    order(body, []);
    text(byId("call-count"), "choose a camera to see where it calls");
    return;
  }
  // There nothing is the name of those that have none.
  const whose = new URLSearchParams({ since: SINCE });
  if (chosen !== "*") whose.set("camera", chosen === STRANGERS ? "" : chosen);
  const lines = await ask(`/v1/ledger?${whose}`, PATIENCE);
  const weight = (line) => (line.action === "allowed" ? 0 : 1);
  lines.sort((one, other) => weight(other) - weight(one) || other.packets - one.packets);
  show(lines.slice(0, MOST), lines.length);
}

function show(lines, all) {
  const next = new Map();
  for (const line of lines) {
    const told = words(line);
    const to = known(line);
    const key = [...told, ...to.map((it) => it.textContent ?? it)].join("\n");
    const row = rows.get(key) ?? made(told, to, line.action);
    text(row.cells[4], count(line.packets));
    if (row.last !== line.last) {
      row.cells[5].replaceChildren(time(line.last));
      row.last = line.last;
    }
    next.set(key, row);
  }
  rows = next;
  order(body, [...rows.values()].map((it) => it.row));
  const rest = all > lines.length ? `; the first ${MOST} of ${count(all)} are shown, \`enforcer ledger\` has all` : "";
  text(byId("call-count"), `in the last ${SINCE}, what does not pass first${rest}`);
}

function made([camera, service, what], to, action) {
  const heads = ["Camera", "To", "Service", "What became of it", "Frames", "Last"];
  const kinds = ["", "address", "", action, "number", ""];
  const cells = heads.map((head, at) => cell(head, kinds[at]));
  [[camera], to, [service], [what]].forEach((content, at) => cells[at].append(...content));
  return { cells, row: element("tr", ...cells), last: null };
}

function words(line) {
  const what = line.reason ? `${line.action}: ${line.reason}` : line.action;
  return [line.camera ?? STRANGERS, service(line), what];
}

function known(line) {
  return receiver({
    to: line.others ? "(others)" : line.dest_ip,
    domain: line.dest_domain,
    cloud: line.dest_cloud,
    carrier: line.dest_carrier,
    asn: line.dest_asn,
    organization: line.dest_organization,
    country: line.dest_country,
  });
}

function service(line) {
  const proto = (line.proto ?? "").toLowerCase();
  if (line.dest_port !== null) return `${proto}/${line.dest_port}`;
  if (line.src_port !== null) return `from ${proto}/${line.src_port}`;
  if (line.icmp_type !== null) return `${proto} ${line.icmp_type}/${line.icmp_code ?? 0}`;
  if (line.ether_type === 0x0806) return "arp";
  return line.ether_type === null ? proto : `ethertype 0x${line.ether_type.toString(16).padStart(4, "0")}`;
}
