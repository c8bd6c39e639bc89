// Choosing a language or a theme loads the page anew: what is typed into its forms is put back then. Passwords, codes
// and files are not; nor is anything where the page has changed underneath, as its hidden fields tell.
(() => {
  const KEY = "typed";
  const SECRET = ["password", "file", "submit", "button", "reset"];
  const OF_THE_PAGE = ["csrf_token", "next_url"];

  const forms = () => [...document.querySelectorAll("main form[method=post]")];
  const isTick = (field) => field.type === "checkbox" || field.type === "radio";
  const isKept = (field) =>
    field.name && !SECRET.includes(field.type) && !OF_THE_PAGE.includes(field.name) &&
    field.autocomplete !== "one-time-code";

  // [field, its name and which of this name it is]
  function fields(form) {
    const times = {};
    return [...form.elements].filter(isKept).map((field) => {
      const name = isTick(field) ? `${field.name}=${field.value}` : field.name;
      times[name] = (times[name] ?? 0) + 1;
      return [field, `${name} ${times[name]}`];
    });
  }

  const contents = (field) => (isTick(field) ? field.checked : field.value);

  function fill(form, typed) {
    const known = fields(form).filter(([, name]) => name in typed);
    if (known.some(([field, name]) => field.type === "hidden" && field.value !== typed[name])) return;
    for (const [field, name] of known) {
      if (contents(field) === typed[name]) continue;
      field[isTick(field) ? "checked" : "value"] = typed[name];
      for (const event of ["input", "change"]) field.dispatchEvent(new Event(event, { bubbles: true }));
    }
  }

  document.addEventListener("submit", ({ target }) => {
    if (target.id !== "preferences") return;
    const typed = forms().map((form) => Object.fromEntries(fields(form).map(([field, name]) => [name, contents(field)])));
    try {
      sessionStorage.setItem(KEY, JSON.stringify(typed));
    } catch {
      // No room for it: a table of many megabytes was pasted.
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    const typed = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    sessionStorage.removeItem(KEY);
    forms().forEach((form, place) => fill(form, typed[place] ?? {}));
  });
})();
