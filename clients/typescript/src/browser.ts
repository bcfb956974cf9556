// The client for one user, in a browser or an app. It holds no key: the app's server signs a short-lived token for the user,
// and a callback fetches it.

import { Transport, type CallOptions, type TransportOptions } from "./transport.js";
import type {
  Device,
  DeviceBody,
  EligibilityResults,
  Leaderboard,
  NotificationList,
  OwnMoment,
  PageOptions,
  RewardList,
  Schemas,
  Standings,
  Submitted,
} from "./types.js";

export { MomentsError, type ErrorCode } from "./errors.js";
export type { CallOptions } from "./transport.js";
export type * from "./types.js";

export interface MomentsUserOptions extends TransportOptions {
  /** The app's id. */
  app: string;
  /** Fetches a token of the user from the app's server. */
  token: () => Promise<string>;
}

type Page = PageOptions & CallOptions;

/**
 * Calls Moments for the user of the token. A call that fails throws a `MomentsError`. Three things throw others: an id that no
 * path can hold (`TypeError`), an aborted signal (its reason), and `token` (its own error).
 */
export class MomentsUser {
  private readonly transport: Transport;
  private held: { token: string; until: number } | undefined;
  private asked: Promise<string> | undefined;

  constructor(private readonly options: MomentsUserOptions) {
    this.transport = new Transport(
      options,
      async (refused) => ["authorization", `Bearer ${await this.token(refused)}`],
      true,
    );
  }

  /** Returns the user's profile and devices. */
  profile(options: CallOptions = {}): Promise<Schemas["User"]> {
    return this.send("GET", "", options) as Promise<Schemas["User"]>;
  }

  /** Returns everything stored about the user, or a page of it. The app must allow it: `export` in its `users_may`. */
  export(options: CallOptions & { cursor?: string } = {}): Promise<Schemas["UserExport"]> {
    return this.get("/export", options) as Promise<Schemas["UserExport"]>;
  }

  /** Erases the user. The app must allow it: `erase` in its `users_may`. */
  async erase(options: CallOptions = {}): Promise<void> {
    await this.send("DELETE", "", options);
  }

  /** Lists one page of the user's rewards. */
  rewards(options: Page = {}): Promise<RewardList> {
    return this.get("/rewards", options) as Promise<RewardList>;
  }

  /** Returns the address to which a reward is shipped. */
  address(rewardId: string, options: CallOptions = {}): Promise<Schemas["KeptAddress"]> {
    return this.get("/rewards/{reward_id}/address", options, { reward_id: rewardId }) as Promise<
      Schemas["KeptAddress"]
    >;
  }

  /** Gives or corrects the address to which a reward is shipped. */
  putAddress(
    rewardId: string,
    body: Schemas["ShippingAddressBody"],
    options: CallOptions = {},
  ): Promise<Schemas["AddressStatus"]> {
    const path = { reward_id: rewardId };
    return this.send("PUT", "/rewards/{reward_id}/address", { ...options, path, body }) as Promise<
      Schemas["AddressStatus"]
    >;
  }

  /** Lists one page of the messages to the user, the youngest first. */
  notifications(options: Page = {}): Promise<NotificationList> {
    return this.get("/notifications", options) as Promise<NotificationList>;
  }

  /** Marks up to 100 messages as read. */
  markRead(notificationIds: string[], options: CallOptions = {}): Promise<Schemas["Read"]> {
    const body = { notification_ids: notificationIds };
    return this.send("POST", "/notifications/read", { ...options, body }) as Promise<Schemas["Read"]>;
  }

  /** Explains every check, and how far the user is. */
  eligibility(body: Schemas["OwnEligibilityBody"] = {}, options: CallOptions = {}): Promise<EligibilityResults> {
    return this.send("POST", "/eligibility", { ...options, body }) as Promise<EligibilityResults>;
  }

  /** Lists the user's scores with their ranks. */
  competitions(options: Page = {}): Promise<Standings> {
    return this.get("/competitions", options) as Promise<Standings>;
  }

  /** Shows a board: page by page, or with `around: "me"` the user with the neighbours. */
  leaderboard(campaignId: string, options: Page & { window?: string; around?: "me" } = {}): Promise<Leaderboard> {
    const { window, around, ...others } = options;
    return this.get(
      "/campaigns/{campaign}/leaderboard",
      others,
      { campaign: campaignId },
      { window, around },
    ) as Promise<Leaderboard>;
  }

  /** Reports one event, if the app allows its users to report the action. All attempts share its `event_id`. */
  reportMoment(moment: OwnMoment, options: CallOptions = {}): Promise<Submitted> {
    const body = { ...moment, event_id: moment.event_id ?? newId() };
    return this.send("POST", "/moments", { ...options, body }) as Promise<Submitted>;
  }

  /** Registers a device for pushes. */
  putDevice(deviceId: string, body: DeviceBody, options: CallOptions = {}): Promise<Device> {
    return this.send("PUT", "/devices/{device_id}", {
      ...options,
      path: { device_id: deviceId },
      body,
    }) as Promise<Device>;
  }

  /** Removes a device. */
  async deleteDevice(deviceId: string, options: CallOptions = {}): Promise<void> {
    await this.send("DELETE", "/devices/{device_id}", { ...options, path: { device_id: deviceId } });
  }

  /** Returns the id of the token's user. */
  async userId(): Promise<string | null> {
    const { sub } = claimsOf(await this.token());
    return typeof sub === "string" ? sub : null;
  }

  private get(
    path: string,
    { limit, cursor, ...options }: Page,
    values: object = {},
    query: object = {},
  ): Promise<unknown> {
    return this.send("GET", path, { ...options, path: values, query: { limit, cursor, ...query } });
  }

  private send(method: string, path: string, call: CallOptions & { path?: object; query?: object; body?: unknown }) {
    return this.transport.send(method, `/v1/apps/{app}/me${path}`, {
      ...call,
      path: { app: this.options.app, ...call.path },
    });
  }

  /** Returns the token held, or asks for one: calls at the same time share one question. */
  private token(refused?: string): Promise<string> {
    const { held } = this;
    if (held && held.until > Date.now() && refused !== `Bearer ${held.token}`) return Promise.resolve(held.token);
    this.asked ??= this.options
      .token()
      .then((token) => {
        this.held = { token, until: heldUntil(token) };
        return token;
      })
      .finally(() => (this.asked = undefined));
    return this.asked;
  }
}

/** Makes an id. Not by `crypto.randomUUID`, which pages that came over http lack. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Until half a minute before a token ends. One that looks ended already is held until a 401: this device's clock is wrong. */
function heldUntil(token: string): number {
  const { exp } = claimsOf(token);
  const left = typeof exp === "number" ? exp * 1000 - Date.now() : 0;
  return left > 0 ? Date.now() + left - Math.min(30_000, left / 2) : Infinity;
}

/** Reads the claims of a JWT without checking them: the API does that. */
function claimsOf(token: string): Record<string, unknown> {
  try {
    const bytes = atob((token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/"));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))) as never;
  } catch {
    return {};
  }
}
