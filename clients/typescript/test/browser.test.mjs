// The browser client, in Node: its routes, and how it holds a token. `inbox.test.mjs` runs it in a browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { signUserToken } from "moments-client";
import { MomentsError, MomentsUser } from "moments-client/browser";
import { openShop, putShop, startLaptop } from "./laptop.mjs";

let laptop, shop;
before(async () => {
  laptop = await startLaptop("--no-demo");
  shop = await openShop(laptop);
});
after(async () => {
  await laptop.stop();
});

function userOf(userId, options = {}) {
  const asked = [];
  const token = async () => {
    const token = await signUserToken({ ...shop.tokenKey, userId, ...options });
    asked.push(token);
    return token;
  };
  return { asked, user: new MomentsUser({ baseUrl: laptop.api, app: "shop", token }) };
}

test("a user reaches each route with one token", async () => {
  const { user, asked } = userOf("ada");
  for (let n = 1; n <= 4; n++) await user.reportMoment({ action: "deposit" });
  assert.deepEqual((await user.eligibility({ campaign_id: "deposits" })).results[0].progress, { count: 4, target: 5 });
  const {
    outcomes: [outcome],
  } = await user.reportMoment({ action: "deposit" });
  assert.equal(outcome.outcome, "rewarded");
  assert.equal((await user.rewards({ limit: 1 })).data[0].reward_id, outcome.reward.reward_id);
  const { data, unread } = await user.notifications();
  assert.equal(unread, data.length);
  assert.equal((await user.markRead([data[0].notification_id])).read.length, 1);
  await user.reportMoment({ action: "lap", quantity: 70 });
  const {
    data: [standing],
  } = await user.competitions();
  assert.equal((await user.leaderboard("laps", { window: standing.window, limit: 3 })).data[0].user_id, "ada");
  assert.equal((await user.leaderboard("laps", { around: "me" })).user.score, 70);
  assert.equal((await user.putDevice("phone", { channel: "GCM", address: "token-of-ada" })).device_id, "phone");
  await user.deleteDevice("phone");
  assert.equal(await user.userId(), "ada");
  assert.equal(asked.length, 1);
});

test("a user gives an address, takes the data along, and leaves", async () => {
  const { user } = userOf("kim");
  await shop.moments.putUser("kim", { locale: "de" });
  assert.equal((await user.profile()).locale, "de");
  const { reward } = await shop.moments.askForReward({ user_id: "kim", campaign_id: "mugs", moment_id: "mug" });
  const address = { country: "DE", name: "Kim", line1: "Ring 1", postal_code: "10115", city: "Berlin" };
  const status = await user.putAddress(reward.reward_id, address);
  assert.deepEqual([status.address_given, status.warnings], [true, []]);
  assert.equal((await user.address(reward.reward_id)).address.line1, "Ring 1");
  const data = await user.export();
  assert.deepEqual(
    [data.user_id, data.profile.locale, data.rewards.map(({ reward_id }) => reward_id)],
    ["kim", "de", [reward.reward_id]],
  );
  assert.equal(data.cursor, null);
  await assert.rejects(user.erase(), { code: "forbidden" });
  // Nobody may do both: whoever is erased may earn everything again.
  const settings = { name: "Shop", client_actions: [], users_may: ["erase"] };
  await laptop.admin.call("put", "/v1/apps/{app}", { path: { app: "shop" }, body: settings });
  await user.erase();
  await assert.rejects(user.profile(), { code: "not_found" });
  await putShop(laptop);
});

test("what fails is a MomentsError, but for a wrong id, an abort and a token", async () => {
  const { user } = userOf("ada");
  await assert.rejects(user.address("shop.mugs.none"), MomentsError);
  await assert.rejects(user.address(".."), TypeError);
  const reason = new Error("the user left");
  await assert.rejects(user.rewards({ signal: AbortSignal.abort(reason) }), reason);
  // What `token` throws: see the last test.
});

test("a page that came over http has no randomUUID, and still reports", async (context) => {
  const { user } = userOf("hal");
  context.mock.method(crypto, "randomUUID", () => assert.fail("there is none"));
  const [one, other] = [await user.reportMoment({ action: "lap" }), await user.reportMoment({ action: "lap" })];
  assert.match(one.event_id, /^[0-9a-f]{32}$/);
  assert.notEqual(one.event_id, other.event_id);
});

test("a query is sent by browsers whose URLSearchParams has no size, too", async (context) => {
  context.mock.getter(URLSearchParams.prototype, "size", () => undefined);
  const { user } = userOf("ada");
  await assert.rejects(user.rewards({ limit: 101 }), { code: "invalid" });
});

test("a token may do what its scope names, for 15 minutes", async () => {
  const { user, asked } = userOf("ada", { scope: ["read", "report"] });
  await user.rewards();
  await assert.rejects(user.markRead(["none"]), { code: "forbidden" });
  const claims = JSON.parse(Buffer.from(asked[0].split(".")[1], "base64url"));
  assert.equal(claims.exp - claims.iat, 900);
  await assert.rejects(userOf("ada", { scope: [] }).user.rewards(), MomentsError);
});

test("calls at the same time share one question for a token", async () => {
  const { user, asked } = userOf("ada");
  await Promise.all([user.rewards(), user.notifications(), user.eligibility()]);
  assert.equal(asked.length, 1);
});

test("a new token is fetched shortly before the held one ends", async (context) => {
  const { user, asked } = userOf("ada", { expiresInSeconds: 600 });
  await user.rewards();
  let later = 569_000;
  const now = Date.now;
  context.mock.method(Date, "now", () => now() + later);
  await user.rewards();
  assert.equal(asked.length, 1);
  later += 2_000;
  await user.rewards();
  assert.equal(asked.length, 2);
});

test("a 401 fetches one new token, and a second 401 is the answer", async () => {
  const tokens = ["not.a.token", "not.a.token", await signUserToken({ ...shop.tokenKey, userId: "ada" })];
  const user = new MomentsUser({ baseUrl: laptop.api, app: "shop", token: async () => tokens.shift() });
  await assert.rejects(user.rewards(), (error) => error instanceof MomentsError && error.code === "invalid_token");
  assert.equal(tokens.length, 1);
  await user.rewards();
  assert.equal(tokens.length, 0);
});

test("calls that were refused together fetch one new token", async () => {
  const asked = [];
  const client = new MomentsUser({
    baseUrl: laptop.api,
    app: "shop",
    token: () => {
      const options = asked.length ? {} : { now: new Date(0) };
      const token = signUserToken({ ...shop.tokenKey, userId: "ada", ...options });
      asked.push(token);
      return token;
    },
  });
  await Promise.all([client.rewards(), client.notifications(), client.competitions()]);
  assert.equal(asked.length, 2);
});

test("a failed question for a token fails the call, and is asked again", async () => {
  let asked = 0;
  const token = async () => {
    if (asked++ === 0) throw new Error("signed out");
    return signUserToken({ ...shop.tokenKey, userId: "ada" });
  };
  const user = new MomentsUser({ baseUrl: laptop.api, app: "shop", token });
  await assert.rejects(user.rewards(), /signed out/);
  assert.deepEqual((await user.rewards({ limit: 1 })).data.length, 1);
});
