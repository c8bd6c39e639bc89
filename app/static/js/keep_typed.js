// Choosing a language or a theme loads the page anew: what is typed into its forms is put back then. Passwords, codes,
// tokens and files are not; nor is anything where the page has changed underneath, as the ids and versions in it tell.
(() => {
  const KEY = "typed";
  const SECRET = ["password", "file", "submit", "button", "reset"];
  const NUMBER = /^\d+$/;

  const forms = () => [...document.querySelectorAll("main form[method=post]")];
  const isTick = (field) => field.type === "checkbox" || field.type === "radio";
  const isKept = (field) =>
    field.name && !field.readOnly && !SECRET.includes(field.type) && field.autocomplete !== "one-time-code" &&
    (field.type !== "hidden" || NUMBER.test(field.value));

  // [field, its name and which of this name it is]
  function fields(form) {
    const times = new Map();
    return [...form.elements].filter(isKept).map((field) => {
      const name = isTick(field) ? `${field.name}=${field.value}` : field.name;
      times.set(name, (times.get(name) ?? 0) + 1);
      return [field, `${name} ${times.get(name)}`];
    });
  }

  const contents = (field) => (isTick(field) ? field.checked : field.value);

  function fill(form, typed) {
    const known = fields(form).filter(([, name]) => typed.has(name));
    if (known.some(([field, name]) => field.type === "hidden" && field.value !== typed.get(name))) return;
    for (const [field, name] of known) {
      if (contents(field) === typed.get(name)) continue;
      if (isTick(field)) field.checked = typed.get(name);
      else field.value = typed.get(name);
      for (const event of ["input", "change"]) field.dispatchEvent(new Event(event, { bubbles: true }));
    }
  }

  document.addEventListener("submit", ({ target }) => {
    if (target.id !== "preferences") return;
    const typed = forms().map((form) => fields(form).map(([field, name]) => [name, contents(field)]));
    try {
      sessionStorage.setItem(KEY, JSON.stringify(typed));
    } catch {
      // No room for it: a table of many megabytes was pasted.
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    const typed = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    sessionStorage.removeItem(KEY);
    forms().forEach((form, place) => fill(form, new Map(typed[place] ?? [])));
  });
})();
