// Buttons with data-copy put that text on the clipboard and say so. Without https there is no clipboard API: the old way then.
(() => {
  const picture = (button) => button.querySelector("use");

  function copyTheOldWay(text) {
    const box = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
  }

  function tell(button) {
    const said = document.getElementById("said");
    const use = picture(button);
    said.textContent = said.dataset.copied;
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#copied"));
    setTimeout(() => {
      said.textContent = "";
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, "#copy"));
    }, 1500);
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    if (navigator.clipboard) await navigator.clipboard.writeText(button.dataset.copy);
    else copyTheOldWay(button.dataset.copy);
    button.focus();
    tell(button);
  });
})();
