// How htmx's morph swaps behave here: what a person has opened, typed or focused stays as it is.
Idiomorph.defaults.ignoreActiveValue = true;
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !(name === "open" && node instanceof HTMLDetailsElement);
