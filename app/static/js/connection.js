// Says quietly that an update did not arrive (no network, a timeout, an error of the server) or that the session has
// ended, and takes it back. After a new sign-in in another tab the forms of this page get the token of the new session.
(() => {
  const show = (what) => {
    for (const note of document.querySelectorAll("#connection [data-when]")) note.hidden = note.dataset.when !== what;
  };
  const renewToken = (token) => {
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  };
  for (const event of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(event, () => show("down"));
  document.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
    if (!xhr.status) return;
    show(xhr.status >= 500 ? "down" : xhr.status === 401 ? "ended" : null);
    const token = xhr.getResponseHeader("X-CSRFToken");
    if (token) renewToken(token);
  });
})();
