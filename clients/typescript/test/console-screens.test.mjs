// The console's screens for support, reward groups, people and an app's home in a real browser: every page with axe in light
// and dark, wide and narrow; an import and a void without a script.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LOCALES, faultsOf, findings, picture, startChromium } from "./chromium.mjs";
import { openShop, startLaptop } from "./laptop.mjs";

let laptop, browser, shop, reward;
before(async () => {
  laptop = await startLaptop("--no-demo");
  browser = await startChromium();
  shop = await openShop(laptop);
  for (let n = 0; n < 5; n++) {
    await shop.moments.reportMoment({ user_id: "ada", action: "deposit", event_id: `screens-${n}` });
  }
  const path = { app: "shop", user_id: "ada" };
  const { data } = await laptop.admin.call("get", "/v1/apps/{app}/users/{user_id}/rewards", { path });
  reward = data[0].reward_id;
});
after(async () => {
  await browser.close();
  await laptop.stop();
});

const address = (path) => `${laptop.api}/console${path}`;

/** Signs in in a browser of its own. */
async function signIn(options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  await page.goto(address("/sign-in"));
  await page.locator("#key").fill(laptop.console_key);
  await page.locator("main button").click();
  await page.waitForURL(/\/apps/);
  return page;
}

test("a spreadsheet's file is imported without a script, and its bad row is named", async () => {
  const page = await signIn({ javaScriptEnabled: false });
  await page.goto(address("/apps/shop/reward-groups/gift/import"));
  const rows =
    "\ufeffnumber;url\r\n1;https://gift.example/screens-1\r\n2;nothing\r\n3;https://gift.example/screens-3\r\n";
  const file = { name: "codes.csv", mimeType: "text/csv", buffer: Buffer.from(rows) };
  for (const counts of [
    ["2", "0", "1"],
    ["0", "2", "1"],
  ]) {
    await page.locator("#file").setInputFiles(file);
    await page.getByRole("button", { name: "Import reward URLs" }).click();
    await page.getByRole("heading", { name: "What was imported" }).waitFor();
    assert.deepEqual(await page.locator(".figures dd").allInnerTexts(), counts);
    await page.getByRole("rowheader", { name: "3" }).waitFor();
  }
  await picture(page, "console-import-report");
  await page.context().close();
});

test("support explains, and voids a reward after asking for the reason", async () => {
  const page = await signIn();
  await page.getByRole("link", { name: "Support" }).first().click();
  await page.getByLabel("User", { exact: true }).fill("ada");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Why did I get nothing?" }).waitFor();
  await page.getByRole("link", { name: reward }).first().click();
  await page.getByRole("link", { name: "Void" }).click();
  await page.getByRole("button", { name: "Void" }).click();
  const summary = page.getByRole("alert");
  await summary.waitFor();
  assert.deepEqual(await findings(page), []);
  await page.getByLabel("Reason").selectOption("error");
  await page.getByLabel("Note").fill("the wrong card");
  await page.getByRole("button", { name: "Void" }).click();
  await page.getByText("error: the wrong card").waitFor();
  await page.context().close();
});

const PAGES = () => [
  ["home", "/apps/shop"],
  ["support", "/apps/shop/support"],
  ["user", "/apps/shop/support?user=ada"],
  ["nobody", "/apps/shop/support?user=nobody"],
  ["reward", `/apps/shop/rewards/${reward}`],
  ["replace", `/apps/shop/rewards/${reward}/replace`],
  ["reviews", "/apps/shop/campaigns/deposits/reviews"],
  ["groups", "/apps/shop/reward-groups"],
  ["group", "/apps/shop/reward-groups/gift"],
  ["edit-group", "/apps/shop/reward-groups/mug/edit"],
  ["new-group", "/apps/shop/new-reward-group"],
  ["import", "/apps/shop/reward-groups/gift/import"],
  ["people", "/people"],
  ["new-person", "/new-person"],
];

for (const locale of LOCALES) {
  test(`axe finds nothing on these screens in ${locale}`, async () => {
    const page = await signIn({ locale });
    await page.goto(address("/people"));
    const person = await page.locator("tbody th a").first().getAttribute("href");
    const faults = [];
    for (const [name, path] of [...PAGES(), ["person", person.replace("/console", "")]]) {
      await page.goto(address(path));
      faults.push(...(await faultsOf(page, name, locale)));
    }
    assert.deepEqual(faults, []);
    await page.context().close();
  });
}
