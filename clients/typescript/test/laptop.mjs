// A `moments local` of its own for each test file, and the app `shop` in it. MOMENTS_BIN names the binary.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Moments } from "moments-client";

export const BINARY =
  process.env.MOMENTS_BIN ?? fileURLToPath(new URL("../../../target/debug/moments", import.meta.url));

/** Starts the laptop. Returns what it says of itself, an admin's client, and `stop`. */
export async function startLaptop(...more) {
  const laptop = spawn(BINARY, ["local", "--port", "0", "--ephemeral", "--json", ...more], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  process.once("exit", () => laptop.kill());
  const ended = once(laptop, "exit");
  const lines = createInterface({ input: laptop.stdout });
  const [line] = await Promise.race([once(lines, "line"), ended.then(() => [null])]);
  if (!line) throw new Error(`${BINARY} did not start`);
  const says = JSON.parse(line);
  const admin = new Moments({ baseUrl: says.api, key: says.admin_key });
  return {
    ...says,
    admin,
    stop: async () => {
      laptop.kill("SIGINT");
      await ended;
    },
  };
}

const text = (title, body) => ({ en: { title, body } });

/** Puts the settings of the app `shop`. Pages of these origins may call. */
export async function putShop(laptop, origins = []) {
  const body = {
    name: "Shop",
    rate_limit: { requests_per_second: 10000, burst: 10000 },
    cors_origins: origins,
    client_actions: ["deposit", "lap"],
    users_may: ["export"],
  };
  await laptop.admin.call("put", "/v1/apps/{app}", { path: { app: "shop" }, body });
}

/** Makes the app `shop` with its campaigns. Returns a client with its key, and its token key: what `signUserToken` takes. */
export async function openShop(laptop) {
  const { admin } = laptop;
  const app = { path: { app: "shop" } };
  await putShop(laptop);
  const { secret } = await admin.call("put", "/v1/apps/{app}/token-keys/{token_key}", {
    path: { app: "shop", token_key: "web" },
    body: { algorithm: "HS256", mode: "live" },
  });
  await putGroup(admin, "gift", { name: "5 € gift card", kind: "unique_url" });
  await putGroup(admin, "credit", {
    name: "Book credit",
    kind: "catalog_credit",
    credit: { currency: "EUR", amount_minor: 1500 },
    category: "books",
  });
  await putGroup(admin, "mug", { name: "Mug", kind: "physical", shipping: { weight_grams: 400 } });
  const { key } = await admin.call("post", "/v1/apps/{app}/keys", { ...app, body: { scope: "app", mode: "live" } });
  await openCampaign(admin, "deposits", {
    name: "Five deposits",
    kind: "challenge",
    moments: [
      {
        moment_id: "deposits",
        action: "deposit",
        count: "events",
        target: 5,
        rewards: [{ reward_group_id: "gift" }],
        messages: {
          announcement: text("A gift card for you", "Make 5 deposits and get a 5 € gift card."),
          achievement: text("You did it!", "5 deposits made: here is your 5 € gift card."),
        },
      },
    ],
  });
  await openCampaign(admin, "mugs", {
    name: "A mug",
    kind: "surprise",
    moments: [
      {
        moment_id: "mug",
        action: "anniversary",
        count: "events",
        target: 1,
        rewards: [{ reward_group_id: "mug" }],
        messages: { achievement: text("A mug for you", "Where shall we send it?") },
      },
    ],
  });
  await openCampaign(admin, "laps", {
    name: "Best lap",
    kind: "competition",
    moments: [
      { moment_id: "lap", action: "lap", messages: { achievement: text("On the podium!", "A prize is yours.") } },
    ],
    competition: { score: "highest", window: "campaign", prizes: [{ ranks: [1, 1], reward_group_id: "gift" }] },
  });
  return {
    app: "shop",
    key,
    tokenKey: { app: "shop", keyId: "web", secret },
    moments: new Moments({ baseUrl: laptop.api, key }),
  };
}

async function putGroup(admin, group, more) {
  const cpa = { currency: "EUR", amount_minor: 500 };
  const body = { cpa, test_url: "https://gift.example/test", expires_after_days: 90, ...more };
  const path = { app: "shop", group };
  await admin.call("put", "/v1/apps/{app}/reward-groups/{group}", { path, body });
  const urls = Array.from({ length: 50 }, (_, n) => `https://${group}.example/${n}`);
  await admin.call("post", "/v1/apps/{app}/reward-groups/{group}/stock", { path, body: { urls } });
}

/** Puts, submits and approves a campaign that is live. */
export async function openCampaign(admin, campaign, plan) {
  const hours = (n) => new Date(Date.now() + n * 3_600_000).toISOString();
  const body = {
    starts_at: hours(-1),
    ends_at: hours(24 * 60),
    budget: { currency: "EUR", amount_minor: 100_000 },
    ...plan,
  };
  const path = { app: "shop", campaign };
  await admin.call("put", "/v1/apps/{app}/campaigns/{campaign}", { path, body });
  await admin.call("post", "/v1/apps/{app}/campaigns/{campaign}/submit", { path });
  await admin.call("post", "/v1/apps/{app}/campaigns/{campaign}/approve", { path });
}
