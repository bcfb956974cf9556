// Names for the shapes of docs/openapi.json that apps use. `openapi.ts` is generated from that document; what it says is not
// repeated here.

import type { components, paths } from "./openapi.js";

export type { paths };
export type Schemas = components["schemas"];

export type Progress = Schemas["Progress"];
export type Reward = Schemas["Reward"];
export type RewardState = Schemas["RewardState"];
export type Explanation = Schemas["Explanation"];
export type EligibilityResults = Schemas["EligibilityResults"];
export type Notification = Schemas["Notification"];
export type NotificationList = Schemas["NotificationList"];
export type RewardList = Schemas["RewardList"];
export type Standings = Schemas["Standings"];
export type Leaderboard = Schemas["Leaderboard"];
export type LeaderboardRow = Schemas["LeaderboardRow"];
export type Device = Schemas["Device"];
export type DeviceBody = Schemas["DeviceBody"];
export type FieldError = Schemas["FieldError"];
export type ProblemCode = Schemas["Problem"]["code"];
export type EventType = Schemas["EventType"];

/** The result of an event for one moment. Look at `outcome` first: TypeScript then knows the rest. */
export type Outcome = Schemas["Outcome"];
/** With these outcomes there is a reward. While it waits, its `url` and `redeem_url` are null. */
export type RewardOutcome = Schemas["RewardOutcome"];
export type CountedOutcome = Schemas["CountedOutcome"];
export type RefusedOutcome = Schemas["RefusedOutcome"];
export type ScoreOutcome = Schemas["ScoreOutcome"];
/** The result of an event. */
export type Submitted = Schemas["Submitted"];

/** One event of one user. Without an `event_id` the client makes one, which all its attempts share. */
export type Moment = Omit<Schemas["MomentBody"], "event_id"> & { event_id?: string };

/** One event of the token's user. */
export type OwnMoment = Omit<Schemas["OwnMomentBody"], "event_id"> & { event_id?: string };

/** A page of a list. */
export interface PageOptions {
  /** From 1 to 100. */
  limit?: number;
  /** The `cursor` of the page before. */
  cursor?: string;
}

export type Method = "get" | "put" | "post" | "delete";

/** The paths of docs/openapi.json that have a method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in M]: { responses: unknown } } ? P : never;
}[keyof paths];

type Operation<M extends Method, P extends PathOf<M>> = paths[P] extends { [K in M]: infer O } ? O : never;
type Json<C> = C extends { content: { "application/json": infer T } } ? T : undefined;
type Successes<R> = R extends object
  ? { [S in keyof R]: S extends 200 | 201 | 202 ? Json<R[S]> : never }[keyof R]
  : never;

/** The answer of a call: the JSON of its 2xx, or undefined. */
export type AnswerOf<M extends Method, P extends PathOf<M>> =
  Operation<M, P> extends { responses: infer R } ? ([Successes<R>] extends [never] ? undefined : Successes<R>) : never;

type PathParameters<O> = O extends { parameters: { path: infer T extends object } } ? { path: T } : { path?: never };
type QueryParameters<O> = O extends { parameters: { query?: infer T } } ? { query?: T } : unknown;
type Body<O> = O extends { requestBody: infer C }
  ? { body: Json<C> }
  : O extends { requestBody?: infer C }
    ? { body?: Json<NonNullable<C>> }
    : unknown;

/** The parameters and the body of a call. */
export type InputOf<M extends Method, P extends PathOf<M>> = PathParameters<Operation<M, P>> &
  QueryParameters<Operation<M, P>> &
  Body<Operation<M, P>>;
