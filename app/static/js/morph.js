// How htmx's morph swaps behave here: what a person has opened, typed or focused stays as it is.
Idiomorph.defaults.ignoreActiveValue = true;
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !(name === "open" && node instanceof HTMLDetailsElement) &&
  !(name === "checked" && node.matches(".tick"));
// A field that follows others does so even with the cursor in it, as long as nobody has typed into it.
function follow(node, next) {
  if (node !== document.activeElement || !node.matches("[data-follows]") || node.value !== node.defaultValue) return;
  node.defaultValue = node.value = next.defaultValue;
}
// A form somebody is filling in a popover is not written anew under their hands.
Idiomorph.defaults.callbacks.beforeNodeMorphed = (node, next) => {
  if (!(node instanceof Element)) return true;
  follow(node, next);
  return !node.matches(".confirm:popover-open");
};
