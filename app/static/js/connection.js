// Says quietly that an update did not arrive (no network, a timeout, an error of the server), and that it is back.
(() => {
  const show = (isDown) => {
    document.querySelector("#connection [data-when=down]").hidden = !isDown;
  };
  for (const event of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(event, () => show(true));
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const status = detail.xhr.status;
    if (status) show(status >= 500);
  });
})();
