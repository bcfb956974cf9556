// The examples: the apps in examples/, and the code in README.md, against a laptop.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { signUserToken } from "moments-client";
import { findings, picture, startChromium, startPages } from "./chromium.mjs";
import { openShop, putShop, startLaptop } from "./laptop.mjs";

const here = fileURLToPath(new URL("..", import.meta.url));
const content = {};
let laptop, shop, browser, blocks, pages;
before(async () => {
  laptop = await startLaptop("--no-demo");
  pages = await startPages(content);
  shop = await openShop(laptop);
  browser = await startChromium();
  const readme = await readFile(`${here}README.md`, "utf8");
  blocks = [...readme.matchAll(/```(js|html)\n([^]*?)```/g)].map(([, language, code]) => ({ language, code }));
});
after(async () => {
  await browser.close();
  pages.stop();
  await laptop.stop();
});

/** Puts the webhook of the example's server. Its port is known only once it runs, and it needs the secret before. */
async function putWebhook(port) {
  const path = { app: "shop", webhook: "backend" };
  const body = { url: `http://localhost:${port}/webhooks` };
  return laptop.admin.call("put", "/v1/apps/{app}/webhooks/{webhook}", { path, body });
}

test("the examples' shop gives a gift for five deposits", async () => {
  const { secret } = await putWebhook(1);
  const env = {
    MOMENTS_API: laptop.api,
    MOMENTS_KEY: shop.key,
    TOKEN_KEY: "web",
    TOKEN_SECRET: shop.tokenKey.secret,
    WEBHOOK_SECRET: secret,
    PORT: "0",
  };
  const server = spawn(process.execPath, ["../../examples/node/server.mjs"], {
    cwd: here,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: server.stdout });
  const said = [];
  lines.on("line", (line) => said.push(line));
  const [url] = await once(lines, "line");
  await putWebhook(new URL(url).port);
  await putShop(laptop, [url, pages.url]);
  const page = await browser.newPage();
  await page.goto(url);
  const inbox = page.locator("moments-inbox");
  await inbox.getByText("0 of 5").waitFor();
  for (let n = 1; n <= 4; n++) {
    await page.getByRole("button", { name: "Deposit" }).click();
    await inbox.getByText(`${n} of 5`).waitFor();
  }
  await page.getByRole("button", { name: "Deposit" }).click();
  await page.getByText("You get: 5 € gift card").waitFor();
  const link = inbox.getByRole("link", { name: "Open: You did it!" }).first();
  const href = await link.getAttribute("href");
  assert.match(href, /\/r\/shop\.deposits\./);
  const rewards = await (await fetch(`${url}/rewards`)).json();
  assert.deepEqual(rewards, [{ name: "5 € gift card", url: href }]);
  while (!said.some((line) => line.startsWith("reward.awarded ada evt_"))) await once(lines, "line");
  assert.deepEqual(await findings(page), []);
  await picture(page, "example");
  await page.close();
  server.kill();
});

test("the README's code does what it says", async () => {
  const env = {
    ...process.env,
    MOMENTS_API: laptop.api,
    MOMENTS_KEY: shop.key,
    MOMENTS_ADMIN_KEY: laptop.admin_key,
    MOMENTS_TOKEN_SECRET: shop.tokenKey.secret,
  };
  const run = (code) =>
    execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: here, env, encoding: "utf8" });
  const [report, admin, webhook, token] = blocks.filter(({ language }) => language === "js").map(({ code }) => code);
  assert.equal(run(report), "in_progress { count: 1, target: 5 }\n");
  assert.equal(run(admin), "deposits: live\nlaps: live\nmugs: live\n");
  assert.equal(run(webhook), "");
  assert.match(run(token), /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
});

test("the README's page shows an inbox, and a refresh sends no message twice", async () => {
  await shop.moments.askForReward({ user_id: "bea", campaign_id: "deposits", moment_id: "deposits" });
  const token = await signUserToken({ ...shop.tokenKey, userId: "bea" });
  const { code } = blocks.find(({ language }) => language === "html");
  const body = code.replace("https://moments.example", laptop.api).replace("moments-client/inbox", "/dist/inbox.js");
  content["/"] = `<!doctype html><title>Page</title>${body}`;
  content["/token"] = token;
  const page = await browser.newPage();
  await page.goto(pages.url);
  await page.locator("moments-inbox").getByRole("link", { name: "Open: You did it!" }).first().waitFor();
  const network = await page.context().newCDPSession(page);
  const statuses = [];
  network.on("Network.responseReceivedExtraInfo", ({ statusCode }) => statuses.push(statusCode));
  await network.send("Network.enable");
  await page.evaluate(() => document.querySelector("moments-inbox").refresh());
  assert.deepEqual(statuses.sort(), [200, 200, 200, 304]);
  await page.close();
});
