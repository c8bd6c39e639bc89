// How htmx's morph swaps behave here: what a person has opened, typed or focused stays as it is.
Idiomorph.defaults.ignoreActiveValue = true;
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !(name === "open" && node instanceof HTMLDetailsElement) &&
  !(name === "checked" && node.matches(".tick"));
// A form somebody is filling in a popover is not written anew under their hands.
Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) =>
  !(node instanceof Element && node.matches(".confirm:popover-open"));
