// The Moments Console in a real browser: building, reviewing and watching a campaign, without JSON; every page with axe in
// light and dark, wide and narrow, in every language; keyboard alone; without script.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LOCALES, faultsOf, findings, picture, startChromium } from "./chromium.mjs";
import { openShop, startLaptop } from "./laptop.mjs";

let laptop, browser, shop;
before(async () => {
  laptop = await startLaptop("--no-demo");
  browser = await startChromium();
  shop = await openShop(laptop);
});
after(async () => {
  await browser.close();
  await laptop.stop();
});

/** Signs in in a browser of its own. Fails for everything that the page's policy refuses. */
async function signIn(options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => {
    // The browser reports each answer of 4xx, which some of these pages are.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) page.problems.push(message.text());
  });
  await page.goto(`${laptop.api}/console`);
  await page.locator("#key").fill(laptop.console_key);
  await page.locator("main button").click();
  await page.waitForURL(/\/apps\/shop/);
  await page.goto(address("/campaigns"));
  return page;
}

const address = (path) => `${laptop.api}/console/apps/shop${path}`;

const dates = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 16).replace("T", " ");

test("a marketer builds, submits and approves a campaign in German, without JSON", async () => {
  const page = await signIn({ locale: "de-AT" });
  await page.getByRole("link", { name: "Neue Kampagne" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Fünf Einzahlungen");
  await page.getByLabel("Kennung", { exact: true }).fill("fuenf");
  await page.getByLabel("Beginn").fill("29.03.2026 02:30");
  await page.getByLabel("Ende", { exact: true }).fill(dates(30));
  await page.getByLabel("Zeitzone").fill("Europe/Berlin");
  await page.getByLabel("Budget").fill("1,234");
  await page.getByLabel("Aktion").fill("deposit");
  await page.getByLabel("Ziel").fill("5");
  await page.getByLabel("Prämie", { exact: true }).selectOption("gift");
  await page.getByLabel("Titel des Glückwunschs").fill("Geschafft");
  await page.getByLabel("Text des Glückwunschs").fill("Eine Karte für dich");
  await page.getByRole("button", { name: "Entwurf anlegen" }).click();
  // A time that the clocks skip and an amount with two readings: both are asked about at once, and nothing is lost.
  const summary = page.getByRole("alert");
  await summary.getByText("Die Uhren springen auf 03:00.").waitFor();
  await summary.getByText("Schreiben Sie 1.234,00 oder 1,23.").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "mistakes");
  assert.deepEqual(await findings(page), []);
  await picture(page, "console-mistakes-de");
  assert.equal(await page.getByLabel("Text des Glückwunschs").inputValue(), "Eine Karte für dich");
  await summary.getByRole("link", { name: /Budget/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), "budget");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("1.234,50");
  await page.getByLabel("Beginn").fill(dates(-1));
  await page.getByRole("button", { name: "Entwurf anlegen" }).click();
  await page.getByText("Gespeichert.").waitFor();
  const campaign = await fetchCampaign("fuenf");
  assert.deepEqual(campaign.budget, { currency: "EUR", amount_minor: 123_450 });
  // A challenge needs an announcement: the obstacle leads to its form.
  await page.getByRole("link", { name: "Prüfung und nächster Schritt" }).click();
  await page.getByRole("button", { name: "Zur Freigabe einreichen" }).click();
  await page.getByRole("alert").getByRole("link").first().click();
  await page.getByLabel("Titel der Ankündigung").first().fill("Fünf Einzahlungen");
  await page.getByLabel("Text der Ankündigung").first().fill("Dann gibt es eine Karte");
  await page.getByRole("button", { name: "Speichern" }).click();
  await page.getByRole("link", { name: "Prüfung und nächster Schritt" }).click();
  await page.getByRole("button", { name: "Zur Freigabe einreichen" }).click();
  await page.getByText("Gespeichert.").waitFor();
  await page.getByRole("link", { name: "Prüfung und nächster Schritt" }).click();
  assert.deepEqual(await findings(page), []);
  await picture(page, "console-approve-de");
  await page.getByRole("button", { name: "1.234,50 EUR freigeben, läuft sofort" }).click();
  await page.getByText("Gespeichert.").waitFor();
  assert.equal((await fetchCampaign("fuenf")).state, "live");
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

async function fetchCampaign(campaign) {
  const headers = { "x-api-key": laptop.admin_key };
  return (await fetch(`${laptop.api}/v1/apps/shop/campaigns/${campaign}`, { headers })).json();
}

test("the live view shows an award by itself, and can be paused", async () => {
  const page = await signIn();
  await page.goto(address("/campaigns/deposits/live"));
  const awards = page.locator("dt", { hasText: "Rewards given" }).locator("xpath=following-sibling::dd");
  const before = Number(await awards.innerText());
  for (let n = 0; n < 5; n++) {
    await shop.moments.reportMoment({ user_id: "live-ada", action: "deposit", event_id: `live-${n}` });
  }
  await page.waitForFunction(
    (before) =>
      [...document.querySelectorAll("dt")].some(
        (dt) => dt.textContent === "Rewards given" && Number(dt.nextElementSibling.textContent) > before,
      ),
    before,
  );
  await page.getByText("The same as a table").click();
  assert.deepEqual(await findings(page), []);
  await picture(page, "console-live");
  await page.getByRole("button", { name: "Pause refreshing" }).click();
  await page.getByRole("button", { name: "Go on refreshing" }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

const PAGES = [
  ["campaigns", "/campaigns"],
  ["campaigns-empty", "/campaigns?name=nothing-has-this-name"],
  ["campaign", "/campaigns/deposits"],
  ["basics", "/campaigns/draft/basics"],
  ["moment", "/campaigns/draft/moments/1"],
  ["messages", "/campaigns/draft/messages"],
  ["rules", "/campaigns/draft/rules"],
  ["closed", "/campaigns/deposits/rules"],
  ["review", "/campaigns/draft/review"],
  ["review-live", "/campaigns/deposits/review"],
  ["live", "/campaigns/deposits/live"],
  ["live-competition", "/campaigns/laps/live"],
  ["results", "/campaigns/deposits/results"],
  ["new", "/new-campaign"],
  ["copy", "/new-campaign?copy=deposits"],
  ["competition", "/campaigns/laps"],
  ["not-found", "/campaigns/nothing"],
];

async function makeDraft() {
  const name = "<script>alert('x')</script> \"عرض الربيع\" & שלום";
  const starts_at = new Date().toISOString();
  const body = {
    name,
    kind: "challenge",
    time_zone: "Europe/Berlin",
    starts_at,
    ends_at: new Date(Date.now() + 30 * 86_400_000).toISOString(),
    budget: { currency: "EUR", amount_minor: 500_000 },
    segments: { gold: 'user.attributes.tier == "gold"' },
    moments: [
      {
        moment_id: "deposits",
        action: "deposit",
        count: "events",
        target: 5,
        rewards: [{ reward_group_id: "gift" }, { reward_group_id: "credit", weight: 3 }],
        messages: {
          announcement: {
            ar: { title: "عرض", body: "خمسة إيداعات" },
            en: { title: "An offer", body: "Five deposits" },
          },
          achievement: { ar: { title: "مبروك", body: "بطاقة" }, en: { title: "Done", body: "A card" } },
        },
      },
    ],
  };
  const path = { app: "shop", campaign: "draft" };
  await laptop.admin.call("put", "/v1/apps/{app}/campaigns/{campaign}", { path, body });
}

for (const locale of LOCALES) {
  test(`axe finds nothing on any page in ${locale}`, async () => {
    await makeDraft();
    const page = await signIn({ locale });
    const faults = [];
    for (const [name, path] of PAGES) {
      await page.goto(address(path));
      faults.push(...(await faultsOf(page, name, locale)));
    }
    assert.deepEqual(faults, []);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
}

test("sign-in pages and every language have nothing for axe to find", async () => {
  for (const locale of ["en", "de", "fr", "it", "es", "pt", "nl", "ja"]) {
    const context = await browser.newContext({ locale, viewport: { width: 360, height: 800 } });
    const page = await context.newPage();
    await page.goto(`${laptop.api}/console/sign-in`);
    assert.equal(await page.evaluate(() => document.documentElement.lang), locale);
    assert.deepEqual(await findings(page), []);
    await page.locator("#key").fill("mk_live_wrong");
    await page.locator("main button").click();
    await page.locator("[role=alert]").waitFor();
    assert.deepEqual(await findings(page), []);
    await picture(page, `console-sign-in-${locale}`);
    await context.close();
  }
});

test("everything works without script, and Back keeps filter and page", async () => {
  const page = await signIn({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
  await makeDraft();
  await page.goto(address("/campaigns"));
  await page.locator("#name").fill("عرض");
  await page.locator("input[value=draft]").check();
  await page.locator(".filter button").click();
  const filtered = page.url();
  assert.match(filtered, /state=draft/);
  await page.locator("tbody a").click();
  await page.waitForURL(/campaigns\/draft$/);
  assert.match(await page.locator("h1").innerText(), /<script>alert\('x'\)<\/script>/);
  await page.goBack();
  assert.equal(page.url(), filtered);
  assert.equal(await page.locator("#name").inputValue(), "عرض");
  await page.goto(address("/campaigns/draft/basics"));
  await page.locator("#budget").fill("6,000.50");
  await page.locator("form.edit button").click();
  await page.locator(".done").waitFor();
  assert.equal((await fetchCampaign("draft")).budget.amount_minor, 600_050);
  await page.context().close();
});

test("a keyboard is enough, and its focus is always seen", async () => {
  const page = await signIn();
  await page.goto(address("/campaigns"));
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "New campaign");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none");
  await page.context().close();
});

test("unsaved changes are asked about before they are lost", async () => {
  const page = await signIn();
  await makeDraft();
  await page.goto(address("/campaigns/draft/basics"));
  await page.locator("#name").pressSequentially("x");
  const asked = page.waitForEvent("dialog");
  const left = page.goto(address("/campaigns"));
  const dialog = await asked;
  assert.equal(dialog.type(), "beforeunload");
  await dialog.accept();
  // A browser that is closed on its way to a page may never answer.
  await left;
  await page.context().close();
});
