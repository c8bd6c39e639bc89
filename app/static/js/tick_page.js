// The tick for the whole page ticks its rows, and goes when one of them is unticked: what is sent is what is seen.
(() => {
  const every = () => document.getElementById("tick-every");
  const whole = () => document.getElementById("tick-page");
  const rows = () => [...document.querySelectorAll("[data-rows] .tick")];

  function tickRows(isTicked) {
    for (const row of rows()) row.checked = isTicked;
  }

  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.(".tick")) return;
    if (target === whole() || target === every()) {
      tickRows(target.checked);
      for (const other of [whole(), every()]) if (other && other !== target) other.checked = false;
      return;
    }
    if (every() && !target.checked) every().checked = false;
    if (whole()) whole().checked = false;
  });
  // Other rows have come: they are not ticked, so the page is not.
  document.addEventListener("htmx:afterSwap", () => {
    if (whole()?.checked && !rows().every((row) => row.checked)) whole().checked = false;
  });
})();
