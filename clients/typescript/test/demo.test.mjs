// The demo page of `moments local`: the README's first success, in a browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findings, picture, startChromium } from "./chromium.mjs";
import { startLaptop } from "./laptop.mjs";

let laptop, browser;
before(async () => {
  laptop = await startLaptop();
  browser = await startChromium();
});
after(async () => {
  await browser.close();
  await laptop.stop();
});

test("five presses of a button, and the gift is there", async () => {
  const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(`${laptop.api}/_local/demo`);
  const inbox = page.locator("moments-inbox");
  await inbox.getByText("0 of 5").waitFor();
  await picture(page, "demo-begin");
  const said = page.locator("#said");
  for (let n = 1; n <= 4; n++) {
    await page.getByRole("button", { name: "Deposit" }).click();
    await said.getByText(`Deposit ${n} of 5.`).waitFor();
    await inbox.getByText(`${n} of 5`).waitFor();
  }
  await picture(page, "demo-four");
  await page.keyboard.press("Enter");
  await said.getByText("The gift card is yours.").waitFor();
  // The gift's own host does not exist: the redirect to it is enough.
  const link = await inbox.getByRole("link", { name: "Open: You did it!" }).first().getAttribute("href");
  const redirect = await fetch(link, { redirect: "manual" });
  assert.match(redirect.headers.get("location"), /^https:\/\/gift\.example\/demo-bank\//);
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await findings(page), []);
    await picture(page, `demo-gift-${colorScheme}`);
  }
  await page.getByLabel("Language").selectOption("de");
  await inbox.getByRole("heading", { name: "Prämien" }).waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  await picture(page, "demo-phone-de");
  assert.deepEqual(problems, []);
  await page.close();
});

test("somebody else begins anew, and a reload stays who it is", async () => {
  const page = await browser.newPage();
  await page.goto(`${laptop.api}/_local/demo`);
  const user = page.locator("#user");
  await page.getByRole("button", { name: "Deposit" }).click();
  await page.locator("moments-inbox").getByText("1 of 5").waitFor();
  const first = await user.innerText();
  await page.reload();
  await page.locator("moments-inbox").getByText("1 of 5").waitFor();
  assert.equal(await user.innerText(), first);
  await page.getByRole("button", { name: "Be somebody else" }).click();
  await page.locator("moments-inbox").getByText("0 of 5").waitFor();
  assert.notEqual(await user.innerText(), first);
  await page.close();
});
