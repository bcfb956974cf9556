// The pages of `moments local` in a browser: the demo, which is the README's first success, and the API's page.

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
  // The gift's own host does not exist, so the page stays, and says where it would lead.
  const open = inbox.getByRole("link", { name: "Open: You did it!" }).first();
  const link = await open.getAttribute("href");
  await open.click();
  await said.getByText("In your app the gift opens here: https://gift.example/demo-bank/").waitFor();
  await inbox.locator(".state.redeemed").waitFor();
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

/** Opens the API's page on a phone. */
async function openDocs(hash = "") {
  const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
  await page.goto(`${laptop.api}/docs${hash}`);
  await page.getByRole("heading", { name: "Moments API" }).waitFor();
  await page.getByRole("searchbox").waitFor();
  return page;
}

/** Opens everything that is folded on a page, and then what this has shown. */
async function unfold(page) {
  for (let round = 0; round < 2; round++) {
    await page.evaluate(async () => {
      const folded = [...document.querySelectorAll("details:not([open])")].filter((one) => one.checkVisibility());
      const toggled = folded.map((one) => new Promise((resolve) => one.addEventListener("toggle", resolve)));
      for (const details of folded) details.open = true;
      await Promise.all(toggled);
    });
  }
}

test("the API's page shows every operation on a phone, and no null", async () => {
  const page = await openDocs();
  await unfold(page);
  const odd = await page.evaluate(() => {
    const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const found = [];
    while (texts.nextNode()) {
      const { data, parentElement } = texts.currentNode;
      if (["null", "undefined"].includes(data)) found.push(parentElement.outerHTML.slice(0, 200));
    }
    return [...new Set(found)];
  });
  assert.deepEqual(odd, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  assert.ok((await page.locator(".operation pre").count()) > 100);
  await page.close();
});

test("the API's page is free of axe's findings, folded and unfolded", async () => {
  const page = await openDocs();
  await page.getByRole("searchbox").fill("/me/rewards");
  for (const fold of [() => {}, unfold]) {
    await fold(page);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await findings(page), []);
      await picture(page, `docs-${fold.name}-${colorScheme}`);
    }
  }
  await page.close();
});

test("the API's page explains the keys that an operation needs", async () => {
  const page = await openDocs("#submitMoment");
  const operation = page.locator("#submitMoment");
  assert.match(await operation.innerText(), /Needs: AppKey/);
  await operation.getByRole("link", { name: "AppKey" }).click();
  const kinds = page.locator("#keys li");
  await kinds.first().waitFor();
  const { components } = await (await fetch(`${laptop.api}/openapi.json`)).json();
  assert.deepEqual(await kinds.locator("code:first-child").allInnerTexts(), Object.keys(components.securitySchemes));
  await page.close();
});

test("a link leads to an operation that the filter hides", async () => {
  const page = await openDocs();
  const [filter, nothing] = [page.getByRole("searchbox"), page.getByText("Nothing matches.")];
  await filter.fill("no such path");
  await nothing.waitFor();
  await page.evaluate(() => (location.hash = "#getMe"));
  await page.locator("#getMe").getByRole("heading", { name: "Answers" }).waitFor();
  assert.equal(await filter.inputValue(), "");
  assert.equal(await nothing.count(), 0);
  await page.close();
});
