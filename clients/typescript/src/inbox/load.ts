// Loads what the component shows. A section that the token may not read is left out.

import type { MomentsUser } from "../browser.js";
import { MomentsError } from "../errors.js";
import type { Explanation, Leaderboard, NotificationList, Reward, Standings } from "../types.js";

export const SECTIONS = ["rewards", "progress", "notifications", "leaderboard"] as const;
export type Section = (typeof SECTIONS)[number];

export type Standing = Standings["data"][number];
export interface Board {
  standing: Standing;
  board: Leaderboard;
}

export interface Data {
  userId: string | null;
  rewards?: Reward[] | undefined;
  progress?: Explanation[] | undefined;
  notifications?: NotificationList | undefined;
  leaderboard?: Board[] | undefined;
}

/** The most competitions and rows shown: it is an inbox. */
const BOARDS = 3;
const ROWS = 10;

/** Loads the wanted sections. Fails with the first error that is no refusal, or if every section is refused. */
export async function load(
  client: MomentsUser,
  wanted: readonly Section[],
  notifications: number,
  signal: AbortSignal,
): Promise<Data> {
  const refusals: unknown[] = [];
  const part = async <T>(section: Section, ask: () => Promise<T>): Promise<T | undefined> => {
    if (!wanted.includes(section)) return undefined;
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof MomentsError) || error.status !== 403) throw error;
      refusals.push(error);
      return undefined;
    }
  };
  const [userId, rewards, progress, messages, leaderboard] = await Promise.all([
    client.userId(),
    part("rewards", async () => sorted((await client.rewards({ limit: 100, signal })).data)),
    part("progress", async () => (await client.eligibility({}, { signal })).results.filter(isAnnounced)),
    part("notifications", () => client.notifications({ limit: notifications, signal })),
    part("leaderboard", () => boards(client, signal)),
  ]);
  if (refusals.length > 0 && refusals.length === wanted.length) throw refusals[0];
  return { userId, rewards, progress, notifications: messages, leaderboard };
}

const OVER = new Set(["expired", "voided", "returned", "lost"]);

/** True if the user can still do something with a reward. */
export function isUsable(reward: Reward): boolean {
  return !OVER.has(reward.state);
}

/** The latest first, then those that wait, and those that are over last. */
function sorted(rewards: Reward[]): Reward[] {
  const time = (reward: Reward) => reward.awarded_at ?? "";
  return rewards.sort(
    (one, other) => Number(isUsable(other)) - Number(isUsable(one)) || (time(one) < time(other) ? 1 : -1),
  );
}

/** Only what was announced, and can be earned: a surprise stays one. */
function isAnnounced(explanation: Explanation): boolean {
  return explanation.eligible && !!explanation.progress && !!explanation.reward_preview?.announcement;
}

async function boards(client: MomentsUser, signal: AbortSignal): Promise<Board[]> {
  const { data } = await client.competitions({ limit: 20, signal });
  // The latest window of each competition comes first.
  const latest = data.filter(
    (one, index) => data.findIndex((other) => other.campaign_id === one.campaign_id) === index,
  );
  return Promise.all(
    latest.slice(0, BOARDS).map(async (standing) => {
      const { campaign_id, window, rank } = standing;
      // The best, or the user's neighbours.
      const around = rank && rank > ROWS ? ({ around: "me" } as const) : {};
      return { standing, board: await client.leaderboard(campaign_id, { window, limit: ROWS, signal, ...around }) };
    }),
  );
}
