// The console's pages for competitions and rules in a real browser: both are built without a script and without JSON; every
// page with axe in light and dark, wide and narrow.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LOCALES, faultsOf, findings, picture, startChromium } from "./chromium.mjs";
import { openShop, startLaptop } from "./laptop.mjs";

let laptop, browser;
before(async () => {
  laptop = await startLaptop("--no-demo");
  browser = await startChromium();
  await openShop(laptop);
});
after(async () => {
  await browser.close();
  await laptop.stop();
});

const address = (path) => `${laptop.api}/console/apps/shop${path}`;

const dates = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 16).replace("T", " ");

/** Signs in in a browser of its own. */
async function signIn(options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  await page.goto(`${laptop.api}/console/sign-in`);
  await page.locator("#key").fill(laptop.console_key);
  await page.locator("main button").click();
  await page.waitForURL(/\/apps/);
  return page;
}

async function fetchCampaign(campaign) {
  const path = { app: "shop", campaign };
  return laptop.admin.call("get", "/v1/apps/{app}/campaigns/{campaign}", { path });
}

test("a competition is built without a script, and its prizes find their order", async () => {
  const page = await signIn({ javaScriptEnabled: false });
  await page.goto(address("/new-campaign"));
  await page.getByRole("link", { name: /Make a competition/ }).click();
  await page.getByLabel("Name", { exact: true }).fill("Rally");
  await page.getByLabel("Id", { exact: true }).fill("rally");
  await page.getByLabel("Start").fill(dates(1));
  await page.getByLabel("End", { exact: true }).fill(dates(10));
  await page.getByLabel("Budget").fill("500.00");
  await page.getByLabel("Action").fill("lap");
  await page.getByLabel("Score", { exact: true }).selectOption({ label: "Lowest quantity: the lower, the better" });
  await page.getByLabel("Places of prize 1").fill("5 %");
  await page.getByLabel("Reward of prize 1").selectOption("gift");
  await page.getByLabel("Places of prize 2").fill("1-3");
  await page.getByLabel("Title of the congratulation").fill("Won");
  await page.getByLabel("Text of the congratulation").fill("A card for you");
  await page.getByRole("button", { name: "Create the draft" }).click();
  const mistakes = page.getByRole("alert").getByRole("link");
  assert.deepEqual(await mistakes.evaluateAll((links) => links.map((link) => link.hash)), ["#at_most_0", "#group_1"]);
  await picture(page, "console-competition-mistakes");
  await page.getByLabel("Most winners of prize 1").fill("20");
  await page.getByLabel("Reward of prize 2").selectOption("gift");
  await page.getByRole("button", { name: "Create the draft" }).click();
  await page.getByText("Saved.").waitFor();
  await picture(page, "console-competition");
  const { competition } = await fetchCampaign("rally");
  assert.deepEqual(competition.prizes, [
    { ranks: [1, 3], reward_group_id: "gift" },
    { percent: 5, at_most: 20, reward_group_id: "gift" },
  ]);
  await page.context().close();
});

test("a rule is built as rows without a script, and written as CEL and back", async () => {
  const page = await signIn({ javaScriptEnabled: false });
  await page.goto(address("/campaigns/rally/rules"));
  await page.getByRole("link", { name: /Rule for events/ }).click();
  await page.getByLabel("Field 1").selectOption("event.quantity");
  await page.getByLabel("Comparison 1").selectOption({ label: "is at least" });
  await page.getByLabel("Value 1").fill("30");
  await page.getByLabel("Field 2").selectOption("user.attributes");
  await page.getByLabel("Attribute 2").fill("league");
  await page.getByLabel("Comparison 2").selectOption("one_of");
  await page.getByLabel("Value 2").fill("gold, silver");
  await page.getByRole("button", { name: "Write it in CEL" }).click();
  const rule = "event.quantity >= 30 && user.attributes.league in ['gold', 'silver']";
  assert.equal(await page.getByLabel("Rule in CEL").inputValue(), rule);
  await page.getByRole("button", { name: "Show it as rows" }).click();
  assert.equal(await page.getByLabel("Value 2").inputValue(), "gold, silver");
  assert.equal((await fetchCampaign("rally")).moments[0].when, undefined);
  // Enter saves: the first button does.
  await page.getByLabel("Value 1").press("Enter");
  await page.getByText("Saved.").waitFor();
  assert.equal((await fetchCampaign("rally")).moments[0].when, rule);
  await page.context().close();
});

const PAGES = [
  ["new-competition", "/new-campaign?kind=competition"],
  ["scoring-and-prizes", "/campaigns/rally/competition"],
  ["competition-draft", "/campaigns/rally"],
  ["rules-of-competition", "/campaigns/rally/rules"],
  ["rule-as-rows", "/campaigns/rally/rules/moments/1"],
  ["new-segment", "/campaigns/rally/rules/new-segment"],
];

for (const locale of LOCALES) {
  test(`axe finds nothing on the pages of competitions and rules in ${locale}`, async () => {
    const page = await signIn({ locale });
    const faults = [];
    for (const [name, path] of PAGES) {
      await page.goto(address(path));
      faults.push(...(await faultsOf(page, name, locale)));
    }
    await page.goto(address("/campaigns/rally/rules/moments/1"));
    await page.locator("button[name=as]").click();
    await page.locator("#rule").fill("event.quantity>=30");
    await page.locator("button[name=as]").click();
    await page.getByRole("alert").waitFor();
    faults.push(...(await findings(page)));
    assert.deepEqual(faults, []);
    await page.context().close();
  });
}
