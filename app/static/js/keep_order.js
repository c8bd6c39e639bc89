// A list that refreshes itself never moves the row somebody points at, has focused or has a menu open in: while that
// is so, rows that stay keep their places and only their contents change. Afterwards the list is fetched in its order.
(() => {
  let heldList = null;

  const watchedRow = (rows) =>
    rows.querySelector("tr:hover, tr:focus-within, tr:has(:popover-open)");

  const isPoll = (detail) => detail.requestConfig.elt === detail.target;

  function inShownOrder(shownRows, html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const rows = template.content.querySelector("[data-rows]");
    if (!rows) return html;
    const fresh = new Map([...rows.children].map((row) => [row.id, row]));
    const before = [...rows.children].map((row) => row.id).join();
    const places = [...shownRows.children].map((row) => (fresh.has(row.id) ? fresh.get(row.id) : null));
    const newcomers = [...rows.children].filter((row) => !places.includes(row));
    const order = places.map((row) => row ?? newcomers.shift()).filter(Boolean);
    rows.replaceChildren(...order, ...newcomers);
    if ([...rows.children].map((row) => row.id).join() !== before) heldList = template.content.firstElementChild.id;
    return template.innerHTML;
  }

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const shownRows = detail.target.querySelector("[data-rows]");
    if (!detail.shouldSwap || !shownRows || !isPoll(detail) || !watchedRow(shownRows)) return;
    detail.serverResponse = inShownOrder(shownRows, detail.serverResponse);
  });

  function release() {
    const list = heldList && document.getElementById(heldList);
    if (!list || watchedRow(list)) return;
    heldList = null;
    htmx.ajax("GET", location.href, { target: list, swap: "morph:outerHTML" });
  }
  for (const event of ["pointerout", "focusout"])
    document.addEventListener(event, () => heldList && setTimeout(release, 400));
})();
