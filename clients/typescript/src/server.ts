// The client for an app's server. It holds an API key, so it must never reach a browser: `browser.ts` is for that.

import { errorOf, mayRepeat, MomentsError } from "./errors.js";
import { Transport, type CallOptions, type TransportOptions } from "./transport.js";
import type {
  AnswerOf,
  Device,
  DeviceBody,
  EligibilityResults,
  InputOf,
  Leaderboard,
  Method,
  Moment,
  NotificationList,
  Outcome,
  PageOptions,
  PathOf,
  RewardList,
  Schemas,
  Standings,
  Submitted,
} from "./types.js";

export { MomentsError, type ErrorCode } from "./errors.js";
export { signUserToken, type UserTokenOptions } from "./tokens.js";
export type { CallOptions } from "./transport.js";
export type * from "./types.js";

/** The most events in one request. */
const BATCH = 100;

export interface MomentsOptions extends TransportOptions {
  /** An API key: `mk_live_…` or `mk_test_…`. */
  key: string;
}

/** The result of one event of `reportMoments`: what it led to, or why it was not counted. */
export type Reported =
  | { event_id: string; submitted: Submitted; error?: undefined }
  | { event_id: string; submitted?: undefined; error: MomentsError };

type MomentOptions = CallOptions & {
  /** Answers what the real call would, and writes nothing. */
  dryRun?: boolean;
};

/**
 * Calls Moments for an app. A call that fails throws a `MomentsError`. Two things throw others: an id that no path can hold
 * (`TypeError`), and an aborted signal (its reason).
 */
export class Moments {
  private readonly transport: Transport;

  constructor(options: MomentsOptions) {
    this.transport = new Transport(options, async () => ["x-api-key", options.key], false);
  }

  /** Reports one event. All attempts share its `event_id`, so it counts once. */
  async reportMoment(moment: Moment, options: MomentOptions = {}): Promise<Submitted> {
    const body = { ...moment, event_id: moment.event_id ?? crypto.randomUUID() };
    const answer = await this.call("post", "/v1/moments", { query: dryRun(options), body }, options);
    return answer as Submitted;
  }

  /**
   * Reports any number of events, 100 in a request. Returns their results in order: one bad event does not sink the rest. It
   * throws only if the first request fails as a whole; a later failure is in the results of its events.
   */
  async reportMoments(moments: readonly Moment[], options: MomentOptions = {}): Promise<Reported[]> {
    const bodies = moments.map((moment) => ({ ...moment, event_id: moment.event_id ?? crypto.randomUUID() }));
    const results: Reported[] = [];
    for (let from = 0; from < bodies.length; from += BATCH) {
      const part = bodies.slice(from, from + BATCH);
      try {
        results.push(...(await this.reportPart(part, options)));
      } catch (error) {
        if (from === 0 || !(error instanceof MomentsError)) throw error;
        results.push(...part.map(({ event_id }) => ({ event_id, error })));
      }
    }
    return results;
  }

  /** Explains every check for a user, and how far the user is. Consumes nothing. */
  eligibility(body: Schemas["EligibilityBody"], options: CallOptions = {}): Promise<EligibilityResults> {
    return this.call("post", "/v1/eligibility", { body }, options);
  }

  /** Asks for a reward, for apps that judge for themselves. Asking again returns the same reward. */
  async askForReward(body: Schemas["RewardBody"], options: MomentOptions = {}): Promise<Outcome> {
    return (await this.call("post", "/v1/rewards", { query: dryRun(options), body }, options)) as Outcome;
  }

  /** Lists one page of a user's rewards. */
  rewards(userId: string, options: PageOptions & CallOptions = {}): Promise<RewardList> {
    return this.call(
      "get",
      "/v1/users/{user_id}/rewards",
      { path: { user_id: userId }, query: page(options) },
      options,
    );
  }

  /** Lists one page of the messages to a user, the youngest first. */
  notifications(userId: string, options: PageOptions & CallOptions = {}): Promise<NotificationList> {
    const input = { path: { user_id: userId }, query: page(options) };
    return this.call("get", "/v1/users/{user_id}/notifications", input, options);
  }

  /** Marks up to 100 messages as read. */
  markRead(userId: string, notificationIds: string[], options: CallOptions = {}): Promise<Schemas["Read"]> {
    const input = { path: { user_id: userId }, body: { notification_ids: notificationIds } };
    return this.call("post", "/v1/users/{user_id}/notifications/read", input, options);
  }

  /** Returns a user's profile and devices. */
  user(userId: string, options: CallOptions = {}): Promise<Schemas["User"]> {
    return this.call("get", "/v1/users/{user_id}", { path: { user_id: userId } }, options);
  }

  /** Writes a user's profile. */
  putUser(userId: string, body: Schemas["UserBody"], options: CallOptions = {}): Promise<Schemas["User"]> {
    return this.call("put", "/v1/users/{user_id}", { path: { user_id: userId }, body }, options);
  }

  /** Erases a user. */
  async eraseUser(userId: string, options: CallOptions = {}): Promise<void> {
    await this.call("delete", "/v1/users/{user_id}", { path: { user_id: userId } }, options);
  }

  /** Registers a device for pushes. */
  putDevice(userId: string, deviceId: string, body: DeviceBody, options: CallOptions = {}): Promise<Device> {
    const path = { user_id: userId, device_id: deviceId };
    return this.call("put", "/v1/users/{user_id}/devices/{device_id}", { path, body }, options);
  }

  /** Removes a device. */
  async deleteDevice(userId: string, deviceId: string, options: CallOptions = {}): Promise<void> {
    const path = { user_id: userId, device_id: deviceId };
    await this.call("delete", "/v1/users/{user_id}/devices/{device_id}", { path }, options);
  }

  /** Lists a user's scores with their ranks. */
  competitions(userId: string, options: PageOptions & CallOptions = {}): Promise<Standings> {
    const input = { path: { user_id: userId }, query: page(options) };
    return this.call("get", "/v1/users/{user_id}/competitions", input, options);
  }

  /** Shows a board: page by page, or with `around` a user with the neighbours. */
  leaderboard(
    campaignId: string,
    options: PageOptions & CallOptions & { window?: string; around?: string } = {},
  ): Promise<Leaderboard> {
    const query = { ...page(options), ...kept({ window: options.window, around: options.around }) };
    return this.call("get", "/v1/campaigns/{campaign}/leaderboard", { path: { campaign: campaignId }, query }, options);
  }

  /** Calls any route of docs/openapi.json, typed by it: `call("get", "/v1/apps/{app}", { path: { app: "shop" } })`. */
  async call<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    input: InputOf<M, P>,
    options: CallOptions = {},
  ): Promise<AnswerOf<M, P>> {
    const { signal, timeoutMs, retries } = options;
    const sent = { ...input, signal, timeoutMs, retries, repeatable: method !== "post" || REPEATABLE.test(path) };
    return (await this.transport.send(method, path, sent)) as AnswerOf<M, P>;
  }

  /** Sends up to 100 events, and again those that were throttled or met a fault. */
  private async reportPart(bodies: Schemas["MomentBody"][], options: MomentOptions): Promise<Reported[]> {
    const results: Reported[] = [];
    let left = bodies.map((body, index) => ({ body, index }));
    for (let attempt = 0; ; attempt++) {
      const body = { moments: left.map(({ body }) => body) };
      let answer: Schemas["BatchResults"];
      try {
        answer = await this.call("post", "/v1/moments/batch", { query: dryRun(options), body }, options);
      } catch (error) {
        // What the first attempt answered holds.
        if (attempt > 0 && error instanceof MomentsError) return results;
        throw error;
      }
      const sent = left;
      left = [];
      let pause: MomentsError | undefined;
      answer.results.forEach((result, n) => {
        const one = sent[n];
        if (!one) return;
        const { event_id } = one.body;
        if ("body" in result) {
          results[one.index] = { event_id, submitted: result.body as Submitted };
          return;
        }
        const error = errorOf(result.status, result.problem);
        results[one.index] = { event_id, error };
        if (mayRepeat(error, true)) (left.push(one), (pause = error));
      });
      if (!pause || attempt >= this.transport.retries(options)) return results;
      await this.transport.pause(pause, attempt, options.signal);
    }
  }
}

// Doing these twice changes nothing. Of other POSTs that may not hold: a lost answer of `…/keys` has minted a key.
const REPEATABLE = /^\/v1\/(moments|moments\/batch|eligibility|rewards)$|\/(notifications\/read|query|preview)$/;

function dryRun(options: MomentOptions): { dry_run?: boolean } {
  return options.dryRun ? { dry_run: true } : {};
}

function page(options: PageOptions): PageOptions {
  return kept({ limit: options.limit, cursor: options.cursor });
}

/** Leaves out what is undefined: the types of the document tell it from absent. */
function kept<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
