// Lights the part of the name in the card that the focused field makes.
(() => {
  const light = () => {
    const field = document.activeElement?.closest("#name-fields") ? document.activeElement.name : null;
    for (const part of document.querySelectorAll("#name-card [data-part]"))
      part.classList.toggle("name-lit", part.dataset.part === field);
  };
  for (const event of ["focusin", "focusout", "htmx:afterSettle"])
    document.addEventListener(event, () => requestAnimationFrame(light));
})();
