"use strict";
// Shows the text of a mark beside the mouse, sorts tables, and lets a name in a
// legend pick its marks. The page is complete without it.
const tip = document.getElementById("tip");

document.addEventListener("mousemove", (event) => {
  const mark = event.target.closest("[data-tip]");
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = mark.dataset.tip;
  const room = 14;
  const left = Math.min(event.clientX + room, innerWidth - tip.offsetWidth - room);
  const below = event.clientY + room;
  const above = event.clientY - tip.offsetHeight - room;
  tip.style.left = `${Math.max(left, room)}px`;
  tip.style.top = `${below + tip.offsetHeight > innerHeight ? above : below}px`;
});

for (const figure of document.querySelectorAll(".map")) {
  const marks = figure.querySelectorAll(".mark[data-group]");
  for (const name of figure.querySelectorAll(".legend li")) {
    const show = (alone) => () => {
      for (const mark of marks) {
        mark.classList.toggle("dim", alone && mark.dataset.group !== name.dataset.group);
      }
    };
    name.addEventListener("mouseenter", show(true));
    name.addEventListener("mouseleave", show(false));
  }
}

// The first number of a cell; text where there is none
function value(cell) {
  const text = cell.textContent.trim().replace(/−/g, "-");
  const found = text.match(/^[+-]?\d+(\.\d+)?/);
  return found ? Number(found[0]) : text;
}

function compare(a, b) {
  if (typeof a === typeof b) return typeof a === "number" ? a - b : a.localeCompare(b);
  return typeof a === "number" ? -1 : 1;
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  for (const [column, head] of heads.entries()) {
    const sort = () => {
      const falls = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      const body = table.tBodies[0];
      const rows = [...body.rows].sort(
        (a, b) => compare(value(a.cells[column]), value(b.cells[column])) * (falls ? -1 : 1),
      );
      body.append(...rows);
    };
    head.tabIndex = 0;
    head.addEventListener("click", sort);
    head.addEventListener("keydown", (event) => {
      if (event.key === "Enter") sort();
    });
  }
}
