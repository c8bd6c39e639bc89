// Keys of lists: / search, j and k along the rows, x ticks, ? shows them all. Enter is the browser's own: the focus is on
// the link of a row. Nothing happens while somebody types, with Ctrl, Alt or Meta, or when they are switched off.
(() => {
  const NAMES = { KeyJ: "j", KeyK: "k", KeyX: "x", Slash: "/" };
  const areOn = () => document.getElementById("keys-help")?.dataset.keys === "on";

  // On a Cyrillic layout the same places of the keyboard count.
  function nameOf({ key, code, shiftKey }) {
    if (/^[jkx/?]$/.test(key)) return key;
    const isElsewhere = /^[а-яё]$/i.test(key) || (code === "Slash" && /^[.,]$/.test(key));
    if (!isElsewhere) return null;
    return code === "Slash" && shiftKey ? "?" : NAMES[code] ?? null;
  }

  const isTyping = (element) =>
    element.isContentEditable || element.matches("textarea, select, input:not([type=checkbox], [type=radio])");
  const links = () => [...document.querySelectorAll("[data-rows] > tr th a")];
  const rowOf = (element) => element?.closest?.("[data-rows] > tr");

  function move(step) {
    const all = links();
    const at = all.findIndex((link) => rowOf(link) === rowOf(document.activeElement));
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    all[next]?.focus();
    all[next]?.scrollIntoView({ block: "nearest" });
  }

  function search() {
    const box = document.getElementById("filter-text") ?? document.getElementById("bar-search");
    box?.focus();
    box?.select();
  }

  const actions = {
    "/": search,
    "?": () => document.getElementById("keys").togglePopover(),
    j: () => move(1),
    k: () => move(-1),
    x: () => rowOf(document.activeElement)?.querySelector(".tick")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (!areOn() || isTyping(event.target)) return;
    const action = actions[nameOf(event)];
    if (!action) return;
    event.preventDefault();
    action();
  });
})();
