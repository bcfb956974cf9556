// Signing in to the Moments Console through a real identity provider, `oidc-provider`, in a real browser: there and back, by
// keyboard, in German and Japanese; roles follow groups; what the provider or another browser does wrong.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Provider } from "oidc-provider";
import { findings, picture, startChromium } from "./chromium.mjs";
import { openShop, startLaptop } from "./laptop.mjs";

const SECRET = "a secret of the client, long enough for the provider";
let laptop, browser, provider;
// The groups of each account, as the company's directory has them.
const groups = { ada: ["moments-editors"], ben: ["moments-approvers"], eve: [] };

/** Starts the provider. It asks for a name and any password, and then for consent. */
async function startProvider(redirectUri) {
  const server = createServer((request, response) => oidc.callback()(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const oidc = new Provider(issuer, {
    clients: [
      {
        client_id: "moments",
        client_secret: SECRET,
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], profile: ["name"], groups: ["groups"] },
    scopes: ["openid", "profile", "groups"],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `${id} <of the company>`, groups: groups[id] }),
    }),
  });
  // It warns of what only matters in production.
  return { issuer, stop: () => server.close() };
}

before(async () => {
  laptop = await startLaptop("--no-demo");
  browser = await startChromium();
  await openShop(laptop);
  const redirectUri = `${laptop.api}/console/sign-in/callback`;
  provider = await startProvider(redirectUri);
  await laptop.admin.call("put", "/v1/identity-provider", {
    body: {
      name: "Example",
      issuer: provider.issuer,
      client_id: "moments",
      client_secret: SECRET,
      scopes: ["profile", "groups"],
      redirect_uris: [redirectUri],
      groups: { "moments-editors": { shop: ["editor"] }, "moments-approvers": { shop: ["approver"] } },
    },
  });
});
after(async () => {
  await browser.close();
  provider.stop();
  await laptop.stop();
});

async function open(options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  return page;
}

/** Fills in the provider's own pages. */
async function signInThere(page, name) {
  await page.waitForURL(`${provider.issuer}/**`);
  await page.locator("[name=login]").fill(name);
  await page.locator("[name=password]").fill("any");
  await page.locator("[type=submit]").click();
  await page.locator("[type=submit]").click();
}

const button = (page) => page.locator("a.button");

test("somebody signs in there and comes back to the page", async () => {
  const page = await open();
  await page.goto(`${laptop.api}/console/apps/shop/campaigns?name=five`);
  assert.equal(await button(page).textContent(), "Sign in with Example");
  assert.deepEqual(await findings(page), []);
  await picture(page, "console-provider-en");
  // By keyboard: the button is the first thing in the page.
  await button(page).focus();
  await page.keyboard.press("Enter");
  await signInThere(page, "ada");
  await page.waitForURL(`${laptop.api}/console/apps/shop/campaigns?name=five`);
  assert.match(await page.locator("header").textContent(), /ada <of the company>/);
  await page.getByRole("link", { name: "New campaign" }).waitFor();
  const cookies = await page.context().cookies(laptop.api);
  const session = cookies.find((cookie) => cookie.name === "__Host-moments");
  assert.ok(session.httpOnly && session.secure && session.sameSite === "Lax");
  assert.equal(
    cookies.find((cookie) => cookie.name === "__Host-moments-sign-in"),
    undefined,
  );
  assert.deepEqual(page.problems, []);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${laptop.api}/console/sign-in`);
  await page.goto(`${laptop.api}/console/apps`);
  await page.waitForURL(/sign-in\?next/);
});

test("roles follow the groups, and without one nobody comes in", async () => {
  const page = await open({ locale: "de-AT" });
  await page.goto(`${laptop.api}/console`);
  assert.equal(await button(page).textContent(), "Mit Example anmelden");
  await button(page).click();
  await signInThere(page, "eve");
  await page.getByRole("alert").getByText("Keine Ihrer Gruppen").waitFor();
  assert.ok(!page.url().includes("code="), page.url());
  assert.deepEqual(await findings(page), []);
  await picture(page, "console-provider-no-role-de");
  groups.eve = ["moments-editors"];
  await button(page).click();
  await page.waitForURL(/\/console\/apps/);
  assert.match(await page.locator("header").textContent(), /eve/);
});

test("whoever stops there is told how to go on", async () => {
  const page = await open({ locale: "ja-JP", viewport: { width: 360, height: 740 }, colorScheme: "dark" });
  await page.goto(`${laptop.api}/console/sign-in`);
  await picture(page, "console-provider-ja-dark");
  assert.deepEqual(await findings(page), []);
  await button(page).click();
  await page.waitForURL(`${provider.issuer}/**`);
  await page.getByText("Cancel").click();
  await page.getByRole("alert").waitFor();
  assert.ok(page.url().includes("failed=denied"), page.url());
  assert.deepEqual(await findings(page), []);
  await picture(page, "console-provider-denied-ja-dark");
});

test("an address that another browser was led to opens nothing", async () => {
  const [eve, ada] = [await open(), await open()];
  // Eve signs in there, and keeps the address that leads back: without her cookie it stays unused.
  let back;
  eve.on("request", (request) => {
    if (request.url().includes("/sign-in/callback")) back ??= request.url();
  });
  await eve.goto(`${laptop.api}/console/sign-in`);
  await button(eve).click();
  await eve.waitForURL(`${provider.issuer}/**`);
  await eve.context().clearCookies({ name: "__Host-moments-sign-in" });
  await signInThere(eve, "eve");
  await eve.getByRole("alert").getByText("another browser").waitFor();
  assert.match(back, /code=/);
  // Ada has begun a sign-in of her own.
  await ada.goto(`${laptop.api}/console/sign-in`);
  await button(ada).click();
  await ada.waitForURL(`${provider.issuer}/**`);
  await ada.goto(back);
  await ada.getByRole("alert").getByText("another browser").waitFor();
  const cookies = await ada.context().cookies(laptop.api);
  assert.ok(
    cookies.every((cookie) => cookie.name !== "__Host-moments"),
    JSON.stringify(cookies),
  );
});

test("without script, and with a form that was typed before the session ended", async () => {
  const page = await open({ javaScriptEnabled: false });
  await page.goto(`${laptop.api}/console/sign-in`);
  await button(page).click();
  await signInThere(page, "ada");
  await page.goto(`${laptop.api}/console/apps/shop/new-campaign`);
  await page.getByLabel("Name", { exact: true }).fill("Typed before");
  await page.context().clearCookies({ name: "__Host-moments" });
  await page.locator("form.edit button").first().click();
  await page.getByText("Your session has ended.").waitFor();
  await picture(page, "console-provider-typed");
  const [tab] = await Promise.all([page.context().waitForEvent("page"), button(page).click()]);
  await tab.waitForURL(/\/console\/apps/);
  await page.getByRole("button", { name: "I have signed in" }).click();
  await page.getByText("it is not saved yet").waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Typed before");
});

test("a provider that is gone is named as the reason", async () => {
  provider.stop();
  const page = await open();
  const other = "http://127.0.0.1:9";
  await page.goto(`${laptop.api}/console/sign-in`);
  const response = await fetch(`${laptop.api}/v1/identity-provider`, {
    method: "PUT",
    headers: { "content-type": "application/json", "x-api-key": laptop.admin_key },
    body: JSON.stringify({
      name: "X",
      issuer: other,
      client_id: "m",
      public_client: true,
      redirect_uris: [`${laptop.api}/`],
      groups: { a: {} },
    }),
  });
  assert.equal(response.status, 400);
  assert.match((await response.json()).detail, /does not answer/);
});
