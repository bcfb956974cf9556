// `<moments-inbox>` in headless Chromium, with answers that show everything it can show.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answer, EMPTY, FULL, notification, reward } from "./answers.mjs";
import { findings, picture, startChromium, startPages } from "./chromium.mjs";

const LANGUAGES = ["en", "de", "fr", "it", "es", "pt", "nl", "ja"];
const TOKEN = `e30.${Buffer.from(JSON.stringify({ sub: "ada", exp: 4102444800 })).toString("base64url")}.signature`;
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Inbox</title><style>:root { color-scheme: light dark } body { margin: 0 }</style></head>
<body><main><h1>Inbox</h1><moments-inbox base-url="https://api.example" app="shop"></moments-inbox></main>
<script type="module">
  document.querySelector("moments-inbox").tokenProvider = async () => "${TOKEN}";
  await import("/dist/inbox.js");
  globalThis.ready = true;
</script></body></html>`;

let browser, pages;
before(async () => {
  browser = await startChromium();
  pages = await startPages({ "/": PAGE });
});
after(async () => {
  await browser.close();
  pages.stop();
});

/** Opens the page with these answers, and waits for a change, an error, or nothing. */
async function open(answers, { until = "moments-change", clock = false, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 700 }, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  if (clock) await page.clock.install();
  const api = await answer(page, answers);
  const wait = () => {
    globalThis.events = {};
    for (const name of ["change", "error", "reward-open", "notification-open"]) {
      addEventListener(`moments-${name}`, ({ detail }) => (events[`moments-${name}`] ??= []).push(detail));
    }
  };
  await page.addInitScript(wait);
  await page.goto(pages.url);
  await page.waitForFunction(() => globalThis.ready);
  if (until) await waitFor(page, until);
  const inbox = page.locator("moments-inbox");
  const close = async () => {
    assert.deepEqual(problems, []);
    await context.close();
  };
  return { page, inbox, api, close };
}

/** Waits until the component has sent an event so often. */
const waitFor = (page, name, times = 1) =>
  page.waitForFunction(([name, times]) => globalThis.events[name]?.length >= times, [name, times]);
const refresh = (page) => page.evaluate(() => document.querySelector("moments-inbox").refresh());
const texts = (locator) => locator.allInnerTexts();

test("it shows rewards, progress, messages and the leaderboard", async () => {
  const { inbox, page, api, close } = await open(FULL);
  assert.deepEqual(await texts(inbox.locator("h2")), [
    "Rewards",
    "Your progress",
    "Messages\n2\n2 unread messages",
    "Leaderboard",
  ]);
  assert.equal(await inbox.locator(".reward").count(), FULL.rewards.data.length);
  assert.match(
    await inbox.locator(".reward").nth(1).innerText(),
    /You did it![^]*€15\.00[^]*Valid until .* \(in 3 days\)[^]*Open/,
  );
  assert.match(await inbox.locator(".progress").first().innerText(), /A gift card for you[^]*3 of 5/);
  assert.match(await inbox.locator(".own").innerText(), /2\s+You\s+71,000/);
  assert.match(await inbox.locator(".board").innerText(), /Anonymous[^]*Final result[^]*Place 12 of 4,321/);
  assert.equal(await inbox.evaluate((inbox) => inbox.unread), 2);
  const names = ["rewards", "notifications", "eligibility", "competitions", "leaderboard"];
  assert.deepEqual(api.calls.map(({ name }) => name).sort(), names.sort());
  await picture(page, "full-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "full-dark");
  await close();
});

test("every state, language and colour scheme is free of axe's findings", async () => {
  const states = {
    full: [FULL, "moments-change"],
    empty: [EMPTY, "moments-change"],
    loading: [{ ...FULL, rewards: "never" }, null],
    failed: [{ ...FULL, rewards: 500 }, "moments-error"],
  };
  for (const [state, [answers, until]] of Object.entries(states)) {
    const { page, inbox, close } = await open(answers, { until });
    const words = new Set();
    for (const language of LANGUAGES) {
      await inbox.evaluate((inbox, language) => inbox.setAttribute("lang", language), language);
      const shown = state === "full" ? inbox.locator("h2").first() : inbox.getByRole("status");
      words.add(await shown.innerText());
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await findings(page), [], `${state} ${language} ${colorScheme}`);
      }
      if (state !== "full" || language === "de" || language === "ja") await picture(page, `${state}-${language}`);
    }
    assert.ok(words.size >= LANGUAGES.length - (state === "full" ? 2 : 1), `${state}: ${[...words]}`);
    await close();
  }
});

test("at 360 pixels nothing is cut off, in any language", async () => {
  const { page, inbox, close } = await open(FULL, { viewport: { width: 360, height: 740 } });
  for (const language of LANGUAGES) {
    await inbox.evaluate((inbox, language) => inbox.setAttribute("lang", language), language);
    const wide = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const inbox = document.querySelector("moments-inbox").shadowRoot;
      const cut = [...inbox.querySelectorAll("*:not(.unseen)")].filter(
        (one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0,
      );
      return [scrollWidth - clientWidth, ...cut.map((one) => one.outerHTML.slice(0, 80))];
    });
    assert.deepEqual(wide, [0], language);
    await picture(page, `phone-${language}`);
  }
  await close();
});

test("in a page from right to left it is mirrored, and texts keep theirs", async () => {
  const { page, inbox, close } = await open(FULL);
  await page.evaluate(() => (document.documentElement.dir = "rtl"));
  const left = async (locator) => (await locator.boundingBox()).x;
  const card = inbox.locator(".reward:has(a)").first();
  const { x, width } = await card.boundingBox();
  const button = await card.getByRole("link").boundingBox();
  assert.ok(button.x + button.width > x + width - 40, "the link is on the right");
  const [first, second] = [inbox.locator(".reward").first(), inbox.locator(".reward").nth(1)];
  assert.ok((await left(second)) < (await left(first)), "the second card is left of the first");
  const direction = (index) =>
    inbox
      .locator(".reward h3")
      .nth(index)
      .evaluate((one) => getComputedStyle(one).direction);
  assert.deepEqual([await direction(0), await direction(2)], ["ltr", "rtl"]);
  // "3" stands left of "of", although numbers and words could be laid out either way.
  const places = await inbox
    .locator(".progress .note span")
    .first()
    .evaluate((span) => {
      const place = (from, to) => {
        const range = document.createRange();
        range.setStart(span.firstChild, from);
        range.setEnd(span.firstChild, to);
        return range.getBoundingClientRect().x;
      };
      return [place(0, 1), place(2, 4), place(5, 6)];
    });
  assert.deepEqual(
    places,
    places.toSorted((one, other) => one - other),
    "3 of 5",
  );
  assert.deepEqual(await findings(page), []);
  await picture(page, "right-to-left");
  await close();
});

test("what the API sends stays text, and a script is no link", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  const url = "javascript:alert(1)";
  const answers = {
    ...FULL,
    rewards: { data: [reward(1, { message: { title: evil, body: evil }, redeem_url: url, url })], cursor: null },
    notifications: {
      data: [notification(1, { title: evil, body: evil, url, image_url: url })],
      cursor: null,
      unread: 1,
    },
  };
  const { inbox, close } = await open(answers);
  assert.equal(await inbox.locator(".reward h3").innerText(), evil);
  assert.equal(await inbox.locator("img, a").count(), 0);
  await close();
});

test("a reward opens in a new page, unless the page wants to open it", async () => {
  const { page, inbox, close } = await open(FULL);
  const link = inbox.locator("#reward-shop\\.spring\\.1");
  const { target, rel, href } = await link.evaluate(({ target, rel, href }) => ({ target, rel, href }));
  assert.deepEqual([target, rel, href], ["_blank", "noopener noreferrer", "https://api.example/r/shop.spring.1"]);
  await page.evaluate(() => document.addEventListener("click", (event) => (events.prevented = event.defaultPrevented)));
  const [other] = await Promise.all([page.waitForEvent("popup"), link.click()]);
  await other.close();
  assert.equal(await page.evaluate(() => events.prevented), false);
  await page.evaluate(() => addEventListener("moments-reward-open", (event) => event.preventDefault()));
  await link.click();
  assert.equal(await page.evaluate(() => events.prevented), true);
  const details = await page.evaluate(() => events["moments-reward-open"]);
  assert.deepEqual(
    details.map(({ reward }) => reward.reward_id),
    ["shop.spring.1", "shop.spring.1"],
  );
  await close();
});

test("only rewards that the user can still use have a link", async () => {
  const { inbox, close } = await open(FULL);
  const linked = await inbox.locator(".reward:has(a)").count();
  const unusable = ["waiting", "in_review", "returned", "lost", "expired", "voided"];
  assert.equal(linked, FULL.rewards.data.filter(({ state }) => !unusable.includes(state)).length);
  const states = await texts(inbox.locator(".reward .state"));
  assert.deepEqual(states.slice(-4).sort(), ["Expired", "Lost", "Returned", "Withdrawn"]);
  await close();
});

test("the keyboard reaches every control, and shows where it is", async () => {
  const { page, inbox, close } = await open({ ...FULL, rewards: { data: [reward(1)], cursor: null } });
  const reached = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const at = await inbox.evaluate(({ shadowRoot: { activeElement } }) => {
      return activeElement && [activeElement.id, getComputedStyle(activeElement).outlineStyle];
    });
    if (!at || reached.length > 9) break;
    reached.push(at);
  }
  assert.deepEqual(reached, [
    ["reward-shop.spring.1", "solid"],
    ["notification-n-1", "solid"],
    ["notification-n-3", "solid"],
    ["more", "solid"],
  ]);
  await close();
});

test("a refresh replaces only what changed, and keeps the focus", async () => {
  const { page, inbox, api, close } = await open(FULL);
  const link = inbox.locator("#reward-shop\\.spring\\.1");
  await link.focus();
  const mark = () =>
    inbox.evaluate(({ shadowRoot }) => shadowRoot.querySelectorAll("li").forEach((one) => (one.seen = true)));
  const marked = (part) =>
    inbox.evaluate(({ shadowRoot }, part) => [...shadowRoot.querySelectorAll(part)].every((one) => one.seen), part);
  await mark();
  await refresh(page);
  assert.deepEqual([await marked(".reward"), await marked(".notification")], [true, true]);
  api.answers = { ...FULL, rewards: { ...FULL.rewards, data: [reward(0), ...FULL.rewards.data] } };
  await refresh(page);
  assert.deepEqual([await marked(".reward"), await marked(".notification")], [false, true]);
  assert.equal(await link.evaluate((link) => link.getRootNode().activeElement === link), true);
  await close();
});

/** Scrolls to the unread messages, and waits until observers have seen them. */
async function look(inbox) {
  await inbox.locator(".notification").first().scrollIntoViewIfNeeded();
  await inbox.evaluate(({ shadowRoot }) => {
    const items = [...shadowRoot.querySelectorAll(".unread")];
    return new Promise((resolve) => {
      const seen = (entries) => entries.every((one) => one.isIntersecting) && resolve();
      const observer = new IntersectionObserver(seen, { threshold: 0.5 });
      for (const item of items) observer.observe(item);
    });
  });
}

test("messages in view for a second are read, once", async () => {
  const answers = { ...FULL, read: { read: ["n-1", "n-2"], unknown: [] } };
  const { page, inbox, api, close } = await open(answers, { clock: true });
  const reads = () => api.calls.filter(({ name }) => name === "read");
  await look(inbox);
  await page.clock.runFor(900);
  assert.deepEqual(reads(), []);
  await page.clock.runFor(200);
  await waitFor(page, "moments-change", 2);
  assert.deepEqual(reads()[0].body.notification_ids.sort(), ["n-1", "n-2"]);
  assert.equal(await inbox.locator(".badge").count(), 0);
  assert.equal(await inbox.locator(".new").count(), 2, "they look new until the next refresh");
  await look(inbox);
  await page.clock.runFor(5000);
  await refresh(page);
  assert.equal(reads().length, 1);
  await close();
});

test("a page that is seen refreshes each minute, a hidden one does not", async () => {
  const { page, api, close } = await open(EMPTY, { clock: true });
  const asked = () => api.calls.filter(({ name }) => name === "rewards").length;
  const visible = (state) =>
    page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await page.clock.runFor(59_000);
  assert.equal(asked(), 1);
  await page.clock.runFor(2_000);
  await waitFor(page, "moments-change", 2);
  await visible("hidden");
  await page.clock.runFor(300_000);
  assert.equal(asked(), 2);
  await visible("visible");
  await waitFor(page, "moments-change", 3);
  assert.equal(asked(), 3);
  await close();
});

test("an error offers another try, and what was shown stays", async () => {
  const { page, inbox, api, close } = await open(FULL);
  api.answers = { ...FULL, notifications: 500 };
  await refresh(page);
  assert.equal(await inbox.getByRole("status").innerText(), "That did not work.");
  assert.equal(await inbox.locator(".reward").count(), FULL.rewards.data.length);
  const [{ error }] = await page.evaluate(() => events["moments-error"].map(({ error }) => ({ error: error.code })));
  assert.equal(error, "internal");
  await picture(page, "failed-with-data");
  api.answers = FULL;
  await inbox.getByRole("button", { name: "Try again" }).click();
  await waitFor(page, "moments-change", 2);
  assert.equal(await inbox.getByRole("status").innerText(), "");
  assert.equal(await inbox.getByRole("button", { name: "Try again" }).isVisible(), false);
  await close();
});

test("offline is said at once, and the network brings a refresh", async () => {
  const { page, inbox, close } = await open(FULL);
  await page.context().setOffline(true);
  await page.waitForFunction(
    () => document.querySelector("moments-inbox").shadowRoot.querySelector(".status").textContent,
  );
  assert.equal(await inbox.getByRole("status").innerText(), "You are offline.");
  assert.deepEqual(await findings(page), []);
  await picture(page, "offline");
  await page.context().setOffline(false);
  await waitFor(page, "moments-change", 2);
  assert.equal(await inbox.getByRole("status").innerText(), "");
  await close();
});

/** Signs another user in, or nobody. */
const signIn = (page, token) =>
  page.evaluate((token) => {
    document.querySelector("moments-inbox").tokenProvider = token ? async () => token : undefined;
  }, token);

test("what loads while the user signs out is not shown", async () => {
  const { page, inbox, api, close } = await open(FULL);
  let answerLate;
  api.answers = { ...FULL, rewards: new Promise((resolve) => (answerLate = resolve)) };
  const asked = page.waitForRequest(/\/rewards/);
  await page.evaluate(() => void (globalThis.refreshed = document.querySelector("moments-inbox").refresh()));
  await asked;
  await signIn(page, null);
  answerLate(FULL.rewards);
  await page.evaluate(() => refreshed);
  assert.equal(await inbox.locator("li").count(), 0);
  assert.equal(await inbox.getByRole("status").innerText(), "");
  assert.equal(await inbox.locator("[aria-busy]").count(), 0);
  assert.deepEqual(await findings(page), []);
  await close();
});

test("a message that the user before has read leaves the unread alone", async () => {
  const { page, inbox, api, close } = await open(FULL, { clock: true });
  let answerLate;
  api.answers = { ...FULL, read: new Promise((resolve) => (answerLate = resolve)) };
  const asked = page.waitForRequest(/\/read/);
  await look(inbox);
  await page.clock.runFor(1100);
  await asked;
  await signIn(page, TOKEN);
  await waitFor(page, "moments-change", 2);
  const answered = page.waitForResponse((one) => /\/read$/.test(one.url()) && one.request().method() === "POST");
  answerLate({ read: ["n-1", "n-2"], unknown: [] });
  await answered;
  await refresh(page);
  assert.deepEqual(await page.evaluate(() => events["moments-change"].map(({ unread }) => unread)), [2, 2, 2]);
  await close();
});

test("an inbox for nobody says nothing", async () => {
  const { page, close } = await open(EMPTY);
  await page.evaluate(() => {
    const inbox = document.createElement("moments-inbox");
    inbox.setAttribute("base-url", "https://api.example");
    inbox.setAttribute("app", "shop");
    document.querySelector("main").append(inbox);
  });
  assert.equal(await page.locator("moments-inbox").nth(1).getByRole("status").innerText(), "");
  await close();
});

test("a section that the token may not read is left out", async () => {
  const { inbox, api, page, close } = await open({ ...FULL, competitions: 403 });
  assert.deepEqual((await texts(inbox.locator("h2"))).length, 3);
  api.answers = { rewards: 403, eligibility: 403, notifications: 403, competitions: 403 };
  await refresh(page);
  assert.equal(await inbox.getByRole("status").innerText(), "That did not work.");
  await close();
});

test("`show` chooses sections, and only they are loaded", async () => {
  const { inbox, api, page, close } = await open(FULL);
  api.calls.length = 0;
  await inbox.evaluate((inbox) => inbox.setAttribute("show", "leaderboard rewards"));
  await waitFor(page, "moments-change", 2);
  assert.deepEqual(await texts(inbox.locator("h2")), ["Rewards", "Leaderboard"]);
  assert.deepEqual(api.calls.map(({ name }) => name).sort(), ["competitions", "leaderboard", "rewards"]);
  await close();
});

test("a surprise stays a surprise", async () => {
  const results = [
    {
      ...FULL.eligibility.results[0],
      reward_preview: { ...FULL.eligibility.results[0].reward_preview, announcement: null },
    },
  ];
  const { inbox, close } = await open({ ...EMPTY, eligibility: { results } });
  assert.equal(await inbox.getByRole("status").innerText(), "Nothing here yet.");
  await close();
});

test("a user far from the top sees the neighbours", async () => {
  const { api, close, page } = await open(FULL);
  const asked = () =>
    api.calls.filter(({ name }) => name === "leaderboard").map((call) => call.searchParams.get("around"));
  const [standing] = FULL.competitions.data;
  api.answers = { ...FULL, competitions: { data: [{ ...standing, rank: 10 }], cursor: null } };
  await refresh(page);
  assert.deepEqual(asked(), ["me", null]);
  await close();
});

test("the page names users and competitions that the API knows by id", async () => {
  const { inbox, close } = await open(FULL);
  await inbox.evaluate((inbox) => (inbox.nameOf = (id, kind) => (kind === "user" ? `Player ${id}` : null)));
  assert.deepEqual(await texts(inbox.locator(".row .name")), ["Player kim", "You", "Anonymous"]);
  await close();
});

test("custom properties and parts theme it", async () => {
  const { page, inbox, close } = await open(FULL);
  await page.addStyleTag({
    content: "moments-inbox { --moments-accent: rgb(120, 0, 80) } moments-inbox::part(title) { color: rgb(1, 2, 3) }",
  });
  assert.equal(
    await inbox
      .locator(".reward-button")
      .first()
      .evaluate((one) => getComputedStyle(one).backgroundColor),
    "rgb(120, 0, 80)",
  );
  assert.equal(
    await inbox
      .locator("h3")
      .first()
      .evaluate((one) => getComputedStyle(one).color),
    "rgb(1, 2, 3)",
  );
  await close();
});

test("a language that it lacks is English, and the page's is the default", async () => {
  const { page, inbox, close } = await open(EMPTY);
  const says = () => inbox.getByRole("status").innerText();
  for (const [lang, words] of [
    ["de-AT", "Noch ist nichts da."],
    ["xx", "Nothing here yet."],
    ["not a tag", "Nothing here yet."],
    ["", "Nothing here yet."],
  ]) {
    await inbox.evaluate((inbox, lang) => inbox.setAttribute("lang", lang), lang);
    assert.equal(await says(), words, lang);
  }
  await inbox.evaluate((inbox) => inbox.removeAttribute("lang"));
  await page.evaluate(() => (document.documentElement.lang = "nl"));
  await refresh(page);
  assert.equal(await says(), "Nog niets te zien.");
  await close();
});
