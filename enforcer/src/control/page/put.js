// Puts what was told into the document: as text alone, whatever stands in it.

const numbers = new Intl.NumberFormat("en");
const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);
export const count = (number) => numbers.format(number);

// Changes nothing that is as it should be: what is read aloud when it changes is not read again.
export function text(node, words) {
  if (node.textContent !== words) node.textContent = words;
}

// A cell, under the head of its column: that stands before it where there is no room for columns.
export function cell(head, kind = "") {
  const made = document.createElement("td");
  if (head) made.dataset.head = head;
  if (kind) made.className = kind;
  return made;
}

export function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

// Where something went, and what is known of that: whose it is in words, and marks for a vendor's cloud and for a carrier
// that a state owns.
export function receiver({ to, domain, cloud, carrier, asn, organization, country }) {
  const owner = asn ? [`AS${asn}`, carrier || organization].filter(Boolean).join(" ") : "";
  const words = [to, domain, owner, country].filter(Boolean).join(", ");
  const marks = [cloud && ["cloud", `${cloud}'s cloud`], carrier && ["carrier", "a state's carrier"]];
  return [words, ...marks.filter(Boolean).flatMap(([kind, said]) => [" ", mark(kind, said)])];
}

function mark(kind, words) {
  const made = element("span", words);
  made.className = `mark ${kind}`;
  return made;
}

// To the second, in the zone of who looks; whole when pointed at.
export function time(stamp) {
  const at = new Date(stamp);
  const made = document.createElement("time");
  made.dateTime = Number.isNaN(at.getTime()) ? "" : at.toISOString();
  made.title = stamp;
  const isToday = at.toDateString() === new Date().toDateString();
  made.textContent = isToday ? at.toLocaleTimeString("en-GB") : at.toLocaleString("en-GB");
  return made;
}

// Rows in this order, with as few moves as need be: who is in one of them with the keyboard stays there.
export function order(body, rows) {
  const focused = document.activeElement;
  let next = body.firstElementChild;
  let isMoved = false;
  for (const row of rows) {
    if (row === next) {
      next = next.nextElementSibling;
    } else {
      body.insertBefore(row, next);
      isMoved = true;
    }
  }
  while (next) {
    const gone = next;
    next = next.nextElementSibling;
    gone.remove();
  }
  if (isMoved && focused !== document.activeElement && body.contains(focused)) focused.focus();
}

// A line of numbers. The number beside it says what counts, so it is not read aloud.
export function spark() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", "0 0 60 12");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("vector-effect", "non-scaling-stroke");
  svg.append(line);
  return svg;
}

export function draw(svg, values) {
  const most = Math.max(1, ...values);
  const points = values.map((value, at) => `${60 - values.length + at},${(11.5 - (11 * value) / most).toFixed(1)}`);
  svg.firstChild.setAttribute("points", points.join(" "));
}
