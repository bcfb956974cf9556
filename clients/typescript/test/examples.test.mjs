// The examples: the apps in examples/, and the code in README.md, against a laptop.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { signUserToken } from "moments-client";
import { findings, picture, startChromium, startPages } from "./chromium.mjs";
import { BINARY, openShop, putShop, startLaptop } from "./laptop.mjs";

const here = fileURLToPath(new URL("..", import.meta.url));
const content = {};
let laptop, shop, browser, blocks, pages;
before(async () => {
  laptop = await startLaptop("--no-demo");
  pages = await startPages(content);
  shop = await openShop(laptop);
  await putShop(laptop, [pages.url]);
  browser = await startChromium();
  const readme = await readFile(`${here}README.md`, "utf8");
  blocks = [...readme.matchAll(/```(js|html)\n([^]*?)```/g)].map(([, language, code]) => ({ language, code }));
});
after(async () => {
  await browser.close();
  pages.stop();
  await laptop.stop();
});

/** Finds a port that is free. No system gives it to a connection: those have higher ones. */
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    server.close();
    if (isFree) return String(port);
  }
}

/** Starts a program that prints what it does. Returns `says`, which waits for a line, and `stop`. */
function start(command, args, env) {
  const program = spawn(command, args, { cwd: here, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(program, "exit");
  const said = [];
  const lines = createInterface({ input: program.stdout });
  lines.on("line", (line) => said.push(line));
  const says = async (pattern) => {
    for (;;) {
      const found = said.map((line) => line.match(pattern)).find(Boolean);
      if (found) return found[0];
      await once(lines, "line");
    }
  };
  const stop = async () => (program.kill("SIGINT"), await ended);
  return { says, stop };
}

test("who follows examples/README.md gets a gift for five deposits", async (context) => {
  const demo = await startLaptop();
  const running = [demo];
  context.after(async () => {
    for (const one of running.reverse()) await one.stop();
  });
  const port = await freePort();
  const readme = await readFile(`${here}../../examples/README.md`, "utf8");
  const commands = [...readme.replaceAll("8080", port).matchAll(/^moments (.*?)(?: +#.*)?$/gm)];
  const [makeKey, allowPage, listen, ...others] = commands.map(([, command]) => command.split(" "));
  assert.deepEqual(others, []);
  const operator = { MOMENTS_API: demo.api, MOMENTS_APP: "demo-bank", MOMENTS_KEY: demo.admin_key };
  const moments = (args) => execFileSync(BINARY, args, { env: operator, encoding: "utf8" });
  const [TOKEN_SECRET] = moments(makeKey).match(/mts_\S+/);
  moments(allowPage);
  const listener = start(BINARY, listen, operator);
  running.push(listener);
  const server = start(process.execPath, ["../../examples/node/server.mjs"], {
    MOMENTS_API: demo.api,
    MOMENTS_APP: "demo-bank",
    MOMENTS_KEY: demo.app_keys["demo-bank"],
    TOKEN_KEY: "web",
    TOKEN_SECRET,
    WEBHOOK_SECRET: await listener.says(/whsec_\S+/),
    PORT: port,
  });
  running.push(server);
  const url = await server.says(/^http:.*/);
  const page = await browser.newPage();
  await page.goto(url);
  const inbox = page.locator("moments-inbox");
  await inbox.getByText("0 of 5").waitFor();
  for (let n = 1; n <= 4; n++) {
    await page.getByRole("button", { name: "Deposit" }).click();
    await inbox.getByText(`${n} of 5`).waitFor();
  }
  await page.getByRole("button", { name: "Deposit" }).click();
  await page.getByText("You get: ").waitFor();
  const link = inbox.getByRole("link", { name: "Open: You did it!" }).first();
  const href = await link.getAttribute("href");
  assert.match(href, /\/r\/demo-bank\.five-deposits\./);
  const rewards = await (await fetch(`${url}/rewards`)).json();
  assert.deepEqual(
    rewards.map((reward) => reward.url),
    [href],
  );
  await server.says(/^reward\.awarded ada evt_/);
  assert.deepEqual(await findings(page), []);
  await picture(page, "example");
  await page.close();
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
