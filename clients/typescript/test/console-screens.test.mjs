// The console's screens for support, orders, reward groups, people, keys, webhooks, the audit and an app's home in a real
// browser: every page with axe in light and dark, wide and narrow; an import, a void and an order without a script.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LOCALES, faultsOf, findings, picture, startChromium } from "./chromium.mjs";
import { openShop, startLaptop } from "./laptop.mjs";

let laptop, browser, shop, reward, order;
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
  order = await makeOrder();
});
after(async () => {
  await browser.close();
  await laptop.stop();
});

/** Makes a shipped reward with its address, a partner, and a webhook that nobody answers. */
async function makeOrder() {
  const app = { app: "shop" };
  const body = { name: "Acme Parcels" };
  await laptop.admin.call("put", "/v1/apps/{app}/partners/{partner}", { path: { ...app, partner: "acme" }, body });
  const webhook = { url: "http://localhost:9/moments", events: ["stock.low"] };
  const path = { ...app, webhook: "backend" };
  await laptop.admin.call("put", "/v1/apps/{app}/webhooks/{webhook}", { path, body: webhook });
  await laptop.admin.call("post", "/v1/apps/{app}/webhooks/{webhook}/test", { path });
  const { outcomes } = await shop.moments.reportMoment({ user_id: "bea", action: "anniversary", event_id: "mug" });
  const { reward_id } = outcomes[0].reward;
  const home = { name: "Bea", line1: "Ring 1", postal_code: "10115", city: "Berlin", country: "DE" };
  const sent = await fetch(`${laptop.api}/v1/rewards/${reward_id}/address`, {
    method: "PUT",
    headers: { "x-api-key": shop.key, "content-type": "application/json" },
    body: JSON.stringify(home),
  });
  assert.equal(sent.status, 200, await sent.text());
  return reward_id;
}

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

test("10,000 rows are imported although the browser is closed midway, and no URL twice", async () => {
  await laptop.admin.call("put", "/v1/apps/{app}/reward-groups/{group}", {
    path: { app: "shop", group: "many" },
    body: {
      name: "Many",
      kind: "unique_url",
      cpa: { currency: "EUR", amount_minor: 500 },
      test_url: "https://gift.example/t",
    },
  });
  // As a spreadsheet saves it: a byte-order mark, semicolons, 3 bad rows and 20 repeated ones.
  const row = (n) => `${n};${n % 4_000 === 1 ? "nothing" : `https://gift.example/many-${n}`}`;
  const rows = [
    ...Array.from({ length: 9_980 }, (_, n) => row(n)),
    ...Array.from({ length: 20 }, (_, n) => row(n + 2)),
  ];
  const file = {
    name: "codes.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(`\ufeffnumber;url\r\n${rows.join("\r\n")}\r\n`),
  };
  const open = async () => {
    const page = await signIn();
    await page.goto(address("/apps/shop/reward-groups/many/import"));
    await page.locator("#file").setInputFiles(file);
    return page;
  };
  const left = async () => {
    const path = { app: "shop", group: "many" };
    return (await laptop.admin.call("get", "/v1/apps/{app}/reward-groups/{group}/stock", { path })).available;
  };
  const closed = await open();
  await closed.getByRole("button", { name: "Import reward URLs" }).click();
  await closed.getByText("Storing the rows.").waitFor();
  assert.deepEqual(await findings(closed), []);
  await picture(closed, "console-import-storing");
  while ((await left()) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  await closed.context().close();

  const again = await open();
  await again.route("**/import", (route) => route.abort(), { times: 1 });
  await again.getByRole("button", { name: "Import reward URLs" }).click();
  await again.getByText("The connection was lost.").waitFor();
  await again.getByRole("button", { name: "Import reward URLs" }).click();
  await again.getByRole("heading", { name: "What was imported" }).waitFor();
  const [accepted, duplicate, invalid] = await again.locator(".figures dd").allInnerTexts();
  assert.equal(invalid, "3");
  const number = (text) => Number(text.replace(",", ""));
  assert.ok(number(duplicate) >= 20 && number(accepted) + number(duplicate) === 9_997, `${accepted} ${duplicate}`);
  assert.deepEqual(await again.locator("tbody th").allInnerTexts(), ["3", "4,003", "8,003"]);
  assert.equal(await left(), 9_977);
  await again.context().close();
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

test("an order is claimed and shipped without a script", async () => {
  const page = await signIn({ javaScriptEnabled: false });
  await page.goto(address("/apps/shop/support?user=bea"));
  await page.getByRole("link", { name: "Show the order" }).click();
  await page.getByRole("link", { name: "Claim for a partner" }).click();
  await page.getByLabel("Partner").fill("acme");
  await page.getByRole("button", { name: "Claim for a partner" }).click();
  await page.getByText("Ring 1").waitFor();
  await page.getByRole("link", { name: "Mark as shipped" }).click();
  await page.getByLabel("Carrier").fill("DHL");
  await page.getByLabel("Tracking number").fill("00340434");
  await page.getByRole("button", { name: "Mark as shipped" }).click();
  await page.getByRole("link", { name: "Mark as delivered" }).waitFor();
  await picture(page, "console-order-shipped");
  await page.context().close();
});

test("a key of the app is shown once", async () => {
  const page = await signIn();
  await page.goto(address("/apps/shop/new-key"));
  await page.getByRole("button", { name: "Make a key" }).click();
  assert.match(await page.locator("#key").innerText(), /^mk_live_/);
  assert.deepEqual(await findings(page), []);
  await picture(page, "console-new-app-key");
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
  ["orders", "/apps/shop/orders"],
  ["no-orders", "/apps/shop/orders?state=lost"],
  ["order", `/apps/shop/orders/${order}`],
  ["ship", `/apps/shop/orders/${order}/ship`],
  ["webhooks", "/apps/shop/webhooks"],
  ["webhook", "/apps/shop/webhooks/backend"],
  ["edit-webhook", "/apps/shop/webhooks/backend/edit"],
  ["pause-webhook", "/apps/shop/webhooks/backend/pause"],
  ["new-webhook", "/apps/shop/new-webhook"],
  ["keys", "/apps/shop/keys"],
  ["new-key", "/apps/shop/new-key"],
  ["audit", "/apps/shop/audit"],
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
