// What the pages can do better with a script: the first mistake gets the focus, unsaved changes are asked about, and the
// live view refreshes itself. Everything works without it.
(() => {
  "use strict";

  const alertBox = document.querySelector('[role="alert"][tabindex]');
  if (alertBox) alertBox.focus();

  const form = document.querySelector("form[data-unsaved]");
  if (form) {
    let changed = false;
    form.addEventListener("input", () => (changed = true));
    form.addEventListener("submit", () => {
      changed = false;
      // A second press would send the form twice.
      setTimeout(() => form.querySelectorAll("button").forEach((button) => (button.disabled = true)));
    });
    addEventListener("pageshow", () => form.querySelectorAll("button").forEach((button) => (button.disabled = false)));
    addEventListener("beforeunload", (event) => {
      if (changed) event.preventDefault();
    });
  }

  const live = document.getElementById("live");
  const pause = document.querySelector("[data-pause]");
  if (!live || !pause) return;
  const SECONDS = 5;
  let paused = false;
  let failures = 0;

  const refresh = async () => {
    if (paused || document.hidden) return;
    try {
      const response = await fetch(location.pathname, { redirect: "error", headers: { accept: "text/html" } });
      if (!response.ok) throw new Error(String(response.status));
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById("live");
      if (!fresh) throw new Error("no figures");
      const open = live.querySelector("details")?.open;
      live.replaceChildren(...fresh.childNodes);
      const details = live.querySelector("details");
      if (details && open) details.open = true;
      failures = 0;
    } catch {
      failures += 1;
      live.querySelector(".stale").textContent = live.dataset.stale;
    }
  };

  const next = () =>
    setTimeout(
      async () => {
        await refresh();
        next();
      },
      // A server that does not answer is not asked more often.
      SECONDS * 1000 * Math.min(2 ** failures, 12),
    );

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? pause.dataset.resume : pause.dataset.pause;
    if (!paused) refresh();
  });
  document.addEventListener("visibilitychange", refresh);
  next();
})();
