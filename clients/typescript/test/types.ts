// What TypeScript must accept and refuse. `package.test.mjs` compiles this file; nothing runs it.

import { Moments, MomentsError, signUserToken, type ErrorCode, type Outcome, type Reward } from "moments-client";
import { MomentsUser } from "moments-client/browser";
import type { MomentsInbox } from "moments-client/inbox";
import { verifyWebhook } from "moments-client/webhooks";

const moments = new Moments({ baseUrl: "http://localhost:3000", key: "mk_test_…" });

/** The outcome tells what else is there. */
export function rewardOf(outcome: Outcome): Reward | null {
  // @ts-expect-error Not every outcome has a reward.
  void outcome.reward;
  switch (outcome.outcome) {
    case "rewarded":
    case "already_rewarded":
    case "waiting":
      return outcome.reward;
    case "scored":
      void outcome.score?.toFixed();
      return null;
    case "in_progress":
    case "not_eligible":
    case "held_out":
    case "campaign_not_live":
    case "not_improved":
    case "disqualified":
      return null;
    // @ts-expect-error There is no such outcome.
    case "won":
      return null;
  }
}

export async function calls(): Promise<void> {
  await moments.reportMoment({ user_id: "ada", action: "deposit", quantity: 3 });
  // @ts-expect-error An event needs a user.
  await moments.reportMoment({ action: "deposit" });
  // @ts-expect-error There is no such field.
  await moments.reportMoment({ user_id: "ada", action: "deposit", amount: 3 });
  for (const { submitted, error } of await moments.reportMoments([])) {
    // @ts-expect-error Without an error there is a result, but which of both is not known yet.
    void submitted.outcomes;
    if (error) void error.code;
    else void submitted.outcomes;
  }
  const app = await moments.call("get", "/v1/apps/{app}", { path: { app: "shop" } });
  app.name satisfies string;
  const made = await moments.call("post", "/v1/apps/{app}/keys", {
    path: { app: "shop" },
    body: { scope: "app", mode: "live" },
  });
  made.key satisfies string;
  // @ts-expect-error The path needs an app.
  await moments.call("get", "/v1/apps/{app}", {});
  // @ts-expect-error There is no such route.
  await moments.call("get", "/v1/apes", {});
  // @ts-expect-error The route has no such method.
  await moments.call("put", "/v1/moments", {});
  // @ts-expect-error The body has another scope.
  await moments.call("post", "/v1/apps/{app}/keys", { path: { app: "shop" }, body: { scope: "root", mode: "live" } });
}

export async function ofUser(user: MomentsUser, inbox: MomentsInbox): Promise<void> {
  const { outcomes } = await user.reportMoment({ action: "deposit" });
  void outcomes.map(rewardOf);
  // @ts-expect-error The user is the token's.
  await user.reportMoment({ user_id: "eve", action: "deposit" });
  // @ts-expect-error A client cannot say that something happened earlier.
  await user.reportMoment({ action: "deposit", occurred_at: "2026-11-30T12:00:00Z" });
  (await user.profile()).devices satisfies object[];
  (await user.putAddress("reward", { country: "DE", line1: "Ring 1" })).address_given satisfies boolean;
  // @ts-expect-error An address has no such field.
  await user.putAddress("reward", { street: "Ring 1" });
  (await user.export({ cursor: "next" })).cursor satisfies string | null;
  inbox.tokenProvider = async () => "token";
  document.querySelector("moments-inbox")?.unread satisfies number | undefined;
}

export async function token(secret: string): Promise<string> {
  const key = { app: "shop", keyId: "web", secret };
  // @ts-expect-error There is no such scope.
  await signUserToken({ ...key, userId: "ada", scope: ["admin"] });
  return signUserToken({ ...key, userId: "ada", scope: ["read", "write"] });
}

export async function webhook(request: Request): Promise<string> {
  const { event } = await verifyWebhook({ secret: "whsec_…", body: await request.text(), headers: request.headers });
  // @ts-expect-error There is no such event.
  if (event.type === "reward.won") return "";
  // @ts-expect-error Not every event is about a user.
  void event.data.user_id;
  if (event.type === "reward.awarded") return event.data.reward_id;
  if (event.type === "competition.counted") return event.data.window;
  return event.data.app_id;
}

export function isOffline(error: unknown): boolean {
  const code: ErrorCode | null = error instanceof MomentsError ? error.code : null;
  // @ts-expect-error There is no such code.
  void (code === "nope");
  return code === "network" || code === "timeout";
}
