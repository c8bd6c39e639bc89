// Keeps "3 min ago" fresh between two answers of the server. Older than a day: the server wrote date and time, which stay.
(() => {
  const words = document.getElementById("said").dataset;
  const units = [["hour", 3600], ["minute", 60], ["second", 1]];

  function tick() {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const seconds = Math.round((Date.now() - Date.parse(time.dateTime)) / 1000);
      if (!(seconds >= 0 && seconds < 86400)) continue;
      const [unit, length] = units.find(([, size]) => seconds >= size) ?? units.at(-1);
      const text = words[unit].replace("5", Math.floor(seconds / length));
      if (time.textContent !== text) time.textContent = text;
    }
  }
  setInterval(tick, 10000);
})();
