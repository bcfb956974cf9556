// What the pages can do better with a script: the first mistake gets the focus, unsaved changes are asked about, a file shows
// how far it is sent, and the live view refreshes itself. Everything works without it.
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

  const parse = (text) => new DOMParser().parseFromString(text, "text/html");

  // The answer takes the place of the form, so the listener is not on the form.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!("storing" in form.dataset)) return;
    event.preventDefault();
    const [bar, note] = [form.querySelector("progress"), form.querySelector("[role=status]")];
    const request = new XMLHttpRequest();
    const submitting = (isRunning) => {
      bar.hidden = !isRunning;
      form.querySelector("button").disabled = isRunning;
    };
    const lose = () => {
      submitting(false);
      note.textContent = form.dataset.lost;
    };
    request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = total && loaded / total));
    request.upload.addEventListener("load", () => {
      // Nobody knows how far the rows are.
      bar.removeAttribute("value");
      note.textContent = form.dataset.storing;
    });
    request.addEventListener("error", lose);
    request.addEventListener("load", () => {
      const main = parse(request.responseText).querySelector("main");
      if (!main) return lose();
      document.querySelector("main").replaceWith(main);
      main.querySelector("#report, [role=alert]")?.focus();
    });
    request.open("POST", form.action);
    request.send(new FormData(form));
    submitting(true);
    note.textContent = form.dataset.sending;
  });

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
      const fresh = parse(await response.text()).getElementById("live");
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
