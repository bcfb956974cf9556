// Webhook calls of a laptop, and forged ones.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { verifyWebhook, WebhookError } from "moments-client/webhooks";
import { openShop, startLaptop } from "./laptop.mjs";

let laptop, receiver, calls;
before(async () => {
  calls = [];
  receiver = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    calls.push({ body, headers: request.headers });
    response.writeHead(204).end();
    receiver.emit("call");
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  laptop = await startLaptop("--no-demo");
});
after(async () => {
  receiver.close();
  await laptop.stop();
});

/** Waits until the receiver has a call of a type. */
async function received(type) {
  for (;;) {
    const call = calls.find(({ body }) => JSON.parse(body).type === type);
    if (call) return call;
    await once(receiver, "call");
  }
}

test("a laptop's calls are verified, also while the secret rotates", async () => {
  const shop = await openShop(laptop);
  const path = { app: "shop", webhook: "backend" };
  const url = `http://localhost:${receiver.address().port}/moments`;
  const { secret } = await laptop.admin.call("put", "/v1/apps/{app}/webhooks/{webhook}", { path, body: { url } });
  await shop.moments.askForReward({ user_id: "ada", campaign_id: "deposits", moment_id: "deposits" });
  const { event, id } = await verifyWebhook({ secret, ...(await received("reward.awarded")) });
  assert.deepEqual([event.data.user_id, event.data.campaign_id, event.data.state], ["ada", "deposits", "awarded"]);
  assert.match(id, /^evt_/);
  const rotated = await laptop.admin.call("post", "/v1/apps/{app}/webhooks/{webhook}/rotate", { path, body: {} });
  await laptop.admin.call("post", "/v1/apps/{app}/webhooks/{webhook}/test", { path });
  const call = await received("webhook.test");
  for (const one of [secret, rotated.secret, ["whsec_c29tZSBvdGhlciBzZWNyZXQ=", secret]]) {
    assert.equal((await verifyWebhook({ secret: one, ...call })).event.type, "webhook.test");
  }
});

const secret = "whsec_" + Buffer.from("a secret of twenty-four b").toString("base64");
const now = new Date("2026-12-01T12:00:00Z");
const body = '{"type":"reward.awarded","timestamp":"2026-12-01T12:00:00Z","data":{"app_id":"shop","user_id":"zoë"}}';

function signed({ id = "evt_1", seconds = 0, text = body, key = secret } = {}) {
  const timestamp = String(now.getTime() / 1000 + seconds);
  const raw = Buffer.from(key.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", raw).update(`${id}.${timestamp}.${text}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
const refuses = (code, more) =>
  assert.rejects(verifyWebhook({ secret, body, headers: signed(), now, ...more }), (error) => {
    assert.ok(error instanceof WebhookError, String(error));
    assert.equal(error.code, code);
    return true;
  });

test("a genuine call is an event, from any kind of headers and body", async () => {
  for (const headers of [
    signed(),
    new Headers(signed()),
    { ...signed(), "webhook-signature": [signed()["webhook-signature"]] },
  ]) {
    for (const raw of [body, new TextEncoder().encode(body), Buffer.from(body)]) {
      assert.equal((await verifyWebhook({ secret, body: raw, headers, now })).event.data.user_id, "zoë");
    }
  }
  const upper = Object.fromEntries(Object.entries(signed()).map(([name, value]) => [name.toUpperCase(), value]));
  assert.equal((await verifyWebhook({ secret, body, headers: upper, now })).id, "evt_1");
});

test("one right signature among several is enough", async () => {
  const right = signed()["webhook-signature"];
  const headers = { ...signed(), "webhook-signature": `v1,AAAA v1a,${right.slice(3)} v1,not*base64 ${right}` };
  assert.equal((await verifyWebhook({ secret, body, headers, now })).id, "evt_1");
});

test("a changed body, id or time, another key or version is refused", async () => {
  await refuses("signature", { body: body.replace("zoë", "eve") });
  await refuses("signature", { headers: { ...signed(), "webhook-id": "evt_2" } });
  await refuses("signature", {
    headers: { ...signed(), "webhook-timestamp": signed({ seconds: 1 })["webhook-timestamp"] },
  });
  await refuses("signature", { headers: signed({ key: "whsec_b3RoZXI=" }) });
  await refuses("signature", {
    headers: { ...signed(), "webhook-signature": signed()["webhook-signature"].replace("v1,", "v2,") },
  });
});

test("a timestamp five minutes off is refused, old or in the future", async () => {
  for (const seconds of [-300, 300]) await verifyWebhook({ secret, body, headers: signed({ seconds }), now });
  for (const seconds of [-301, 301]) await refuses("timestamp", { headers: signed({ seconds }) });
  await refuses("timestamp", { headers: { ...signed(), "webhook-timestamp": "soon" } });
});

test("a call without a header or without JSON is refused", async () => {
  for (const name of Object.keys(signed())) {
    const { [name]: _, ...headers } = signed();
    await refuses("headers", { headers });
  }
  await refuses("body", { body: "hello", headers: signed({ text: "hello" }) });
});

test("a secret that is none is the caller's mistake", async () => {
  await assert.rejects(verifyWebhook({ secret: "whsec_", body, headers: signed(), now }), TypeError);
});
