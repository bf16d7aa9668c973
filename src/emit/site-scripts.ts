/**
 * The two scripts of the pages, as they are sent. Both only add to pages that are complete without
 * them, and put text into the page as text alone.
 */

/** Sorts the table of mirrors by its columns, and shows the rows that fit what is asked for. */
export const MIRRORS_SCRIPT = String.raw`"use strict";
const table = document.getElementById("mirrors");
const body = table.tBodies[0];
const form = document.getElementById("filter");
const count = document.getElementById("count");
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

const rows = Array.from(body.rows, (row) => ({
  row,
  words: fold(Array.from(row.cells, (cell) => cell.textContent).join(" ")),
  has: row.dataset.has.split(" "),
}));

function filter() {
  const { words, in: place, has } = form.elements;
  const wanted = fold(words.value).split(/\s+/);
  let shown = 0;
  for (const { row, words: text, has: offered } of rows) {
    const fits =
      wanted.every((word) => text.includes(word)) &&
      (place.value === "" || row.dataset.in === place.value) &&
      (has.value === "" || offered.includes(has.value));
    row.hidden = !fits;
    if (fits) shown++;
  }
  const all = rows.length === 1 ? "1 mirror" : rows.length + " mirrors";
  count.textContent = shown === rows.length ? all : shown + " of " + all;
}

// Numbers before words; a cell without anything to sort by comes last, whichever the direction.
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const valueOf = (row, column) => {
  const cell = row.cells[column];
  return cell.dataset.sort ?? cell.textContent.trim();
};
function sort(header, column) {
  const up = header.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", up ? "ascending" : "descending");
  const keyed = rows.map(({ row }) => ({ row, value: valueOf(row, column) }));
  keyed.sort((a, b) => {
    if (a.value === "" || b.value === "") return (a.value === "") - (b.value === "");
    return collator.compare(a.value, b.value) * (up ? 1 : -1);
  });
  body.append(...keyed.map(({ row }) => row));
}

for (const [column, header] of Array.from(table.tHead.rows[0].cells).entries()) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = header.textContent;
  button.addEventListener("click", () => sort(header, column));
  header.replaceChildren(button);
}
form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
// A browser that comes back to the page brings what was typed.
filter();
`;

/** Asks which mirrors are nearest and lists them. */
export const NEAREST_SCRIPT = `"use strict";
const MOST = 10;
const SECONDS = 15;
const box = document.getElementById("nearest");
const fallback = box.firstElementChild;

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

/** The addresses that a page may lead to. */
function usable(list) {
  if (!Array.isArray(list)) throw new Error("the answer is no list");
  return list.flatMap((text) => {
    if (typeof text !== "string" || !URL.canParse(text)) return [];
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? [url.href] : [];
  });
}

function listOf(urls) {
  const list = document.createElement("ol");
  for (const url of urls) {
    const link = document.createElement("a");
    link.href = url;
    link.textContent = url;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  return list;
}

async function fill() {
  box.setAttribute("aria-busy", "true");
  box.replaceChildren(paragraph("Looking for them…"));
  try {
    const answer = await fetch(box.dataset.list, { signal: AbortSignal.timeout(SECONDS * 1000) });
    if (!answer.ok) throw new Error("the server said " + answer.status);
    const urls = usable(await answer.json());
    if (urls.length === 0) throw new Error("the list is empty");
    box.replaceChildren(listOf(urls.slice(0, MOST)));
    if (urls.length > MOST) box.append(fallback);
  } catch {
    const said = "The list of the nearest mirrors could not be had. Any mirror below will do, or try again later.";
    box.replaceChildren(paragraph(said), fallback);
  }
  box.removeAttribute("aria-busy");
}
fill();
`;
