// Names for the shapes of docs/openapi.json that apps use, and the outcomes as a union. `openapi.ts` is generated from that
// document; what it says is not repeated here.

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

interface OutcomeBase {
  campaign_id: string;
  moment_id: string;
  /** Present wherever events are counted. */
  progress?: Progress;
  /** Why, in sentences. */
  reasons?: string[];
}

/** With these outcomes there is a reward. While it waits, its `url` and `redeem_url` are null. */
export interface RewardOutcome extends OutcomeBase {
  outcome: "rewarded" | "already_rewarded" | "waiting";
  reward: Reward;
}

/** The outcomes of a competition. */
export interface ScoreOutcome extends OutcomeBase {
  outcome: "scored" | "not_improved" | "disqualified";
  /** The window in which the score counts: `campaign`, or the first day of the week or the day. */
  window?: string;
  /** The user's score in this window. */
  score?: number;
}

/** Without a reward. */
export interface OtherOutcome extends OutcomeBase {
  outcome: "in_progress" | "not_eligible" | "held_out" | "campaign_not_live";
}

/** The result of an event for one moment. Look at `outcome` first: TypeScript then knows the rest. */
export type Outcome = RewardOutcome | ScoreOutcome | OtherOutcome;

// Fails to compile if the document has an outcome that the union lacks, or the other way round.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
true satisfies Same<Outcome["outcome"], Schemas["OutcomeKind"]>;

/** The result of an event. */
export interface Submitted {
  event_id: string;
  /** True if every moment that could count the event had counted it before. */
  duplicate: boolean;
  outcomes: Outcome[];
  /** How many outcomes do not fit into the answer. They hold all the same. */
  outcomes_left_out?: number;
  /** The parts of the event that were ignored, and why. */
  warnings?: FieldError[];
}

/** One event of one user. Without an `event_id` the client makes one, which all its attempts share. */
export type Moment = Omit<Schemas["MomentBody"], "event_id"> & { event_id?: string };

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
