// Searches and sorts the table of all calls. Without this it is whole.
"use strict";

const table = document.getElementById("all");
const body = table.tBodies[0];
const rows = [...body.rows];
const words = document.getElementById("words");
const found = document.getElementById("found");
const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

document.getElementById("search").hidden = false;
words.addEventListener("input", search);
[...table.tHead.rows[0].cells].forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  button.addEventListener("click", () => sort(head, column));
  head.append(button);
});

// Rows that have every word.
function search() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    row.hidden = !wanted.every((word) => texts.get(row).includes(word));
    count += row.hidden ? 0 : 1;
  }
  found.textContent = wanted.length > 0 ? `${count} of ${rows.length}` : "";
}

function sort(head, column) {
  const isDown = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
  const key = (row) => row.cells[column].dataset.by ?? row.cells[column].textContent;
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const sorted = [...rows].sort((one, other) => compare(key(one), key(other)));
  body.append(...(isDown ? sorted.reverse() : sorted));
}
