// Leaves empty filters out of the URL of a list, so that it is short to read, keep and share.
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.method !== "get") return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});
