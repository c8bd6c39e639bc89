// Runs before the first paint. Bootstrap's dark colours hang on data-bs-theme, so "auto" is put into words here;
// our own colours follow the system without any script (light-dark() in tokens.css).
(() => {
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    if (root.dataset.theme === "auto") root.dataset.bsTheme = prefersDark.matches ? "dark" : "light";
  };
  root.classList.add("js");
  prefersDark.addEventListener("change", follow);
  follow();
})();
