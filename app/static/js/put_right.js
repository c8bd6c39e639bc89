// Once somebody types into a field that was refused it is no longer marked as wrong: what is wrong with the new value
// the card beside tells, and the server when the form is sent.
(() => {
  function unmark(field, control) {
    const problems = field.querySelector(".problems");
    const described = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== problems?.id);
    control.setAttribute("aria-describedby", described.join(" "));
    control.removeAttribute("aria-invalid");
    field.classList.remove("field-wrong");
    problems?.remove();
  }

  function shorten(summary, id) {
    for (const link of summary.querySelectorAll(`a[href="#${CSS.escape(id)}"]`)) link.closest("li").remove();
    const title = summary.querySelector("[data-rest]");
    if (title) title.textContent = title.dataset.rest;
    if (!summary.querySelector("li")) summary.remove();
  }

  document.addEventListener("input", ({ target }) => {
    const field = target.closest(".field-wrong");
    if (!field) return;
    unmark(field, target);
    const summary = document.querySelector(".problem-summary");
    if (summary) shorten(summary, target.id);
  });
})();
