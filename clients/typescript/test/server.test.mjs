// The server client: against a laptop, and against answers that a laptop does not give when asked.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Moments, MomentsError } from "moments-client";
import { openShop, startLaptop } from "./laptop.mjs";

let laptop, shop;
before(async () => {
  laptop = await startLaptop("--no-demo");
  shop = await openShop(laptop);
});
after(() => laptop.stop());

/** A client whose API gives these answers in turn: a function, or `[status, body, headers]`. */
function scripted(answers, options = {}) {
  const sent = [];
  const waits = [];
  const moments = new Moments({
    baseUrl: "https://api.example/",
    key: "mk_test_key",
    fetch: async (url, init) => {
      sent.push({ url, ...init, body: init.body && JSON.parse(init.body) });
      const answer = answers[Math.min(sent.length, answers.length) - 1];
      if (typeof answer === "function") return answer(init);
      const [status, body, headers] = answer;
      return new Response(JSON.stringify(body), { status, headers });
    },
    wait: async (milliseconds) => void waits.push(milliseconds),
    ...options,
  });
  return { moments, sent, waits };
}
const lost = () => Promise.reject(new TypeError("fetch failed"));
const counted = [200, { event_id: "e", duplicate: false, outcomes: [] }];
const mint = { path: { app: "shop" }, body: { scope: "app", mode: "live" } };
const busy = [503, { code: "unavailable", detail: "busy" }, { "retry-after": "2" }];

test("five deposits earn one reward, and the outcome tells which", async () => {
  const outcomes = [];
  for (let n = 1; n <= 5; n++) {
    const {
      outcomes: [outcome],
    } = await shop.moments.reportMoment({ user_id: "ada", action: "deposit", event_id: `d-${n}` });
    outcomes.push(outcome);
  }
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ["in_progress", "in_progress", "in_progress", "in_progress", "rewarded"],
  );
  const { data } = await shop.moments.rewards("ada");
  assert.equal(data.length, 1);
  assert.equal(data[0].url, outcomes[4].reward.url);
  const again = await shop.moments.reportMoment({ user_id: "ada", action: "deposit", event_id: "d-5" });
  assert.equal(again.duplicate, true);
  assert.equal(again.outcomes[0].outcome, "already_rewarded");
});

test("a dry run answers as if, and counts nothing", async () => {
  const moment = { user_id: "dry", action: "deposit" };
  const {
    outcomes: [outcome],
  } = await shop.moments.reportMoment(moment, { dryRun: true });
  assert.deepEqual(outcome.progress, { count: 1, target: 5 });
  const { results } = await shop.moments.eligibility({ user_id: "dry", campaign_id: "deposits" });
  assert.deepEqual(results[0].progress, { count: 0, target: 5 });
});

test("each method reaches its route", async () => {
  const { moments } = shop;
  await moments.putUser("bob/ä b", { locale: "de", attributes: {} });
  await moments.putDevice("bob/ä b", "phone", { channel: "GCM", address: "token-of-bob" });
  assert.deepEqual(
    (await moments.user("bob/ä b")).devices.map((device) => device.device_id),
    ["phone"],
  );
  await moments.deleteDevice("bob/ä b", "phone");
  assert.deepEqual((await moments.user("bob/ä b")).devices, []);
  assert.equal(
    (await moments.askForReward({ user_id: "bob/ä b", campaign_id: "deposits", moment_id: "deposits" })).outcome,
    "rewarded",
  );
  await moments.reportMoment({ user_id: "bob/ä b", action: "lap", quantity: 70 });
  assert.equal((await moments.competitions("bob/ä b")).data[0].rank, 1);
  assert.equal((await moments.leaderboard("laps", { around: "bob/ä b", limit: 5 })).user.score, 70);
  const { data } = await moments.notifications("bob/ä b", { limit: 1 });
  assert.equal((await moments.markRead("bob/ä b", [data[0].notification_id])).read.length, 1);
  await moments.eraseUser("bob/ä b");
  await assert.rejects(moments.user("bob/ä b"), { status: 404 });
});

test("a wrong field is an error with a code, pointers and a request id", async () => {
  const wrong = shop.moments.reportMoment({ user_id: "ada", action: "deposit", quantity: -1 });
  await assert.rejects(wrong, (error) => {
    assert.ok(error instanceof MomentsError);
    assert.deepEqual(
      [error.code, error.status, error.errors.map(({ pointer }) => pointer)],
      ["invalid", 400, ["/quantity"]],
    );
    assert.match(error.requestId, /^\S+$/);
    assert.match(error.message, /\/quantity/);
    return true;
  });
  const stranger = new Moments({ baseUrl: laptop.api, key: "mk_live_unknown" });
  await assert.rejects(stranger.rewards("ada"), { code: "unauthenticated", status: 401 });
});

test("events beyond a hundred go in several requests, in their order", async () => {
  const events = Array.from({ length: 205 }, (_, n) => ({
    user_id: `many-${n % 41}`,
    action: "deposit",
    event_id: `many-${n}`,
  }));
  const results = await shop.moments.reportMoments(events);
  assert.deepEqual(
    results.map(({ event_id }) => event_id),
    events.map(({ event_id }) => event_id),
  );
  assert.equal(results.filter(({ submitted }) => submitted?.outcomes[0].outcome === "rewarded").length, 41);
});

test("one bad event does not sink the rest of a batch", async () => {
  const events = [
    { user_id: "eve", action: "deposit" },
    { user_id: "", action: "deposit" },
    { user_id: "eve", action: "deposit" },
  ];
  const results = await shop.moments.reportMoments(events);
  assert.deepEqual(
    results.map(({ submitted, error }) => submitted?.outcomes[0].progress.count ?? error.code),
    [1, "invalid", 2],
  );
  assert.equal(new Set(results.map(({ event_id }) => event_id)).size, 3);
});

test("events of a batch that were throttled or met a fault are sent again", async () => {
  const body = (id) => ({ status: 200, body: { event_id: id, duplicate: false, outcomes: [] } });
  const throttled = { status: 429, problem: { code: "rate_limited", detail: "slow down" } };
  const fault = { status: 500, problem: { code: "internal", detail: "broken" } };
  const { moments, sent } = scripted([
    [200, { results: [body("a"), throttled, fault] }],
    [200, { results: [body("b"), body("c")] }],
  ]);
  const results = await moments.reportMoments(
    ["a", "b", "c"].map((event_id) => ({ user_id: "ada", action: "deposit", event_id })),
  );
  assert.deepEqual(
    sent.map(({ body }) => body.moments.map(({ event_id }) => event_id)),
    [
      ["a", "b", "c"],
      ["b", "c"],
    ],
  );
  assert.deepEqual(
    results.map(({ submitted }) => submitted.event_id),
    ["a", "b", "c"],
  );
});

test("a later request that fails leaves the results of the first", async () => {
  const results = Array.from({ length: 100 }, (_, n) => ({
    status: 200,
    body: { event_id: String(n), duplicate: false, outcomes: [] },
  }));
  const { moments } = scripted([
    [200, { results }],
    [401, { message: "Unauthorized" }],
  ]);
  const reported = await moments.reportMoments(
    Array.from({ length: 101 }, () => ({ user_id: "ada", action: "deposit" })),
  );
  assert.equal(reported[99].submitted.event_id, "99");
  assert.equal(reported[100].error.code, "unauthenticated");
  const { moments: refused } = scripted([[401, { message: "Unauthorized" }]]);
  await assert.rejects(refused.reportMoments([{ user_id: "ada", action: "deposit" }]), { code: "unauthenticated" });
});

test("an event without an id gets one, which all its attempts share", async () => {
  const { moments, sent, waits } = scripted([lost, [429, {}, { "retry-after": "3" }], busy, counted]);
  await moments.reportMoment({ user_id: "ada", action: "deposit" });
  assert.equal(new Set(sent.map(({ body }) => body.event_id)).size, 1);
  assert.match(sent[0].body.event_id, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    waits.map((wait) => Math.floor(wait / 1000)),
    [0, 3, 2],
  );
  assert.equal(sent[0].url, "https://api.example/v1/moments");
  assert.equal(sent[0].headers["x-api-key"], "mk_test_key");
});

test("a call gives up after its last attempt, or if it would wait long", async () => {
  const { moments, sent } = scripted([[503, busy[1], { ...busy[2], "apigw-requestid": "r-1" }]]);
  const failure = { code: "unavailable", detail: "busy", requestId: "r-1", retryAfterSeconds: 2 };
  await assert.rejects(moments.rewards("ada", { retries: 2 }), failure);
  assert.equal(sent.length, 3);
  const long = scripted([[429, {}, { "retry-after": "60" }]]);
  await assert.rejects(long.moments.rewards("ada"), { code: "rate_limited" });
  assert.deepEqual([long.sent.length, long.waits.length], [1, 0]);
});

test("a lost answer is repeated only where twice changes nothing", async () => {
  const keys = scripted([lost]);
  await assert.rejects(keys.moments.call("post", "/v1/apps/{app}/keys", mint), { code: "network", status: 0 });
  assert.equal(keys.sent.length, 1);
  const users = scripted([lost]);
  await assert.rejects(users.moments.putUser("ada", {}), { code: "network" });
  assert.equal(users.sent.length, 4);
  const refused = scripted([[400, {}]]);
  await assert.rejects(refused.moments.rewards("ada"), { code: "invalid" });
  assert.equal(refused.sent.length, 1);
});

test("a fault of the gateway is repeated only where twice changes nothing", async () => {
  for (const status of [500, 502, 503, 504]) {
    const fault = [status, { message: "Service Unavailable" }];
    const keys = scripted([fault]);
    await assert.rejects(keys.moments.call("post", "/v1/apps/{app}/keys", mint), { code: "internal", status });
    assert.equal(keys.sent.length, 1, `${status}: another key may have been minted`);
    const events = scripted([fault, counted]);
    await events.moments.reportMoment({ user_id: "ada", action: "deposit" });
    assert.equal(events.sent.length, 2);
  }
});

test("what the API says is safe to repeat is repeated, whatever it is", async () => {
  for (const refusal of [busy, [429, { message: "Too Many Requests" }]]) {
    const { moments, sent } = scripted([refusal, [201, { key: "mk_test_new" }]]);
    assert.equal((await moments.call("post", "/v1/apps/{app}/keys", mint)).key, "mk_test_new");
    assert.equal(sent.length, 2);
  }
});

/** Never answers: a request that ends only with its signal. */
const silent = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("an attempt without an answer in time is repeated", async () => {
  const { moments, sent } = scripted([silent, counted]);
  await moments.reportMoment({ user_id: "ada", action: "deposit" }, { timeoutMs: 1 });
  assert.equal(sent.length, 2);
  await assert.rejects(scripted([silent]).moments.rewards("ada", { timeoutMs: 1, retries: 0 }), {
    code: "timeout",
    status: 0,
  });
});

test("an abort ends a call, in an attempt and between two", async () => {
  const reason = new Error("the user left");
  const within = new AbortController();
  const { moments, sent } = scripted([(init) => (queueMicrotask(() => within.abort(reason)), silent(init))]);
  await assert.rejects(moments.rewards("ada", { signal: within.signal }), reason);
  const between = new AbortController();
  const waiting = scripted([busy], { wait: undefined });
  const call = waiting.moments.rewards("ada", { signal: between.signal });
  await new Promise((resolve) => setImmediate(resolve));
  between.abort(reason);
  await assert.rejects(call, reason);
  assert.deepEqual([sent.length, waiting.sent.length], [1, 1]);
});

test("an id that a path cannot hold is refused before it is sent", async () => {
  const { moments, sent } = scripted([counted]);
  for (const id of ["", ".", ".."]) await assert.rejects(moments.rewards(id), TypeError);
  assert.equal(sent.length, 0);
});
