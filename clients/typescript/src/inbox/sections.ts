// What each section looks like, from its data. No state and no calls.

import type { Explanation, Leaderboard, Notification, NotificationList, Reward } from "../types.js";
import { element, link } from "./dom.js";
import { isUsable, type Board, type Data, type Section } from "./load.js";
import type { Language, Phrase } from "./phrases.js";

/** Names what the API knows only by id: users on a board, and competitions. */
export type NameOf = (id: string, kind: "user" | "campaign") => string | null | undefined;

export interface View {
  language: Language;
  now: number;
  nameOf: NameOf;
  /** Opens something: the link of a reward or a message was clicked. */
  open(event: Event, kind: "reward" | "notification", item: Reward | Notification): void;
  more(): void;
}

/** Returns the content of a section, or null if it has none. */
export function content(section: Section, data: Data, view: View): Node[] | null {
  const { say } = view.language;
  switch (section) {
    case "rewards":
      return list(say(section), data.rewards, (reward) => rewardItem(reward, view));
    case "progress":
      return list(say(section), data.progress, (explanation, index) => progressItem(explanation, index, view));
    case "notifications":
      return notifications(data.notifications, view);
    case "leaderboard":
      if (!data.leaderboard?.length) return null;
      return [heading(say(section)), ...data.leaderboard.map((board) => leaderboard(board, data.userId, view))];
  }
}

function heading(text: string, ...more: Node[]): HTMLElement {
  return element("h2", { part: "heading" }, text, ...more);
}

function list<T>(title: string, items: T[] | undefined, item: (item: T, index: number) => Node): Node[] | null {
  if (!items?.length) return null;
  return [heading(title), element("ul", { part: "list" }, ...items.map(item))];
}

// `dir=auto`: the text of a campaign may run in another direction than the component's.
function text(tag: string, part: string, content: string, more: Record<string, string | boolean> = {}): HTMLElement {
  return element(tag, { part, dir: "auto", ...more }, content);
}

function note(...children: (Node | string | false | null | undefined)[]): HTMLElement | false {
  const spans = children.map((child) => (typeof child === "string" ? element("span", {}, child) : child));
  return children.some((child) => child) && element("p", { part: "note" }, ...spans);
}

function opener(
  url: string | null,
  id: string,
  title: string,
  kind: "reward" | "notification",
  item: Reward | Notification,
  view: View,
): HTMLElement | null {
  if (!url) return null;
  const say = view.language.say("open");
  const attributes = { part: `button ${kind}-button`, id, href: url, target: "_blank", rel: "noopener noreferrer" };
  const anchor = element("a", { ...attributes, "aria-label": `${say}: ${title}` }, say);
  anchor.addEventListener("click", (event) => view.open(event, kind, item));
  return anchor;
}

function rewardItem(reward: Reward, view: View): Node {
  const { language } = view;
  const title = reward.message?.title ?? reward.name ?? reward.reward_group_id;
  const usable = isUsable(reward);
  const url = usable ? link(reward.redeem_url ?? reward.url) : null;
  const state = reward.state === "awarded" ? null : language.say(reward.state as Phrase);
  const valid =
    usable && reward.state === "awarded" && reward.expires_at && language.valid(reward.expires_at, view.now);
  return element(
    "li",
    { part: `item reward ${usable ? "usable" : "over"}` },
    text("h3", "title", title),
    reward.message && text("p", "body", reward.message.body),
    reward.credit && text("p", "credit", language.money(reward.credit.amount)),
    note(state && element("span", { part: `state ${reward.state}` }, state), valid),
    opener(url, `reward-${reward.reward_id}`, title, "reward", reward, view),
  );
}

function progressItem({ progress, reward_preview }: Explanation, index: number, view: View): Node {
  const { count, target } = progress ?? { count: 0, target: 1 };
  const { language } = view;
  const { title, body } = reward_preview?.announcement ?? { title: "", body: "" };
  const id = `progress-${index}`;
  return element(
    "li",
    { part: "item progress" },
    text("h3", "title", title, { id }),
    text("p", "body", body),
    element("progress", { part: "bar", max: target, value: Math.min(count, target), "aria-labelledby": id }),
    note(language.say("count", language.number(count), language.number(target))),
  );
}

function notifications(page: NotificationList | undefined, view: View): Node[] | null {
  if (!page?.data.length) return null;
  const { language } = view;
  const nodes = list(language.say("notifications"), page.data, (one) => notificationItem(one, view)) ?? [];
  if (page.unread > 0) {
    const badge = element("span", { part: "badge", "aria-hidden": "true" }, language.number(page.unread));
    nodes[0]?.appendChild(badge);
    nodes[0]?.appendChild(element("span", { class: "unseen" }, ` ${language.unread(page.unread)}`));
  }
  if (page.cursor && page.data.length < 100) {
    const more = element("button", { part: "button more-button", type: "button", id: "more" }, language.say("more"));
    more.addEventListener("click", view.more);
    nodes.push(more);
  }
  return nodes;
}

function notificationItem(one: Notification, view: View): Node {
  const { language } = view;
  const image = link(one.image_url);
  return element(
    "li",
    {
      part: `item notification ${one.read_at ? "read" : "unread"}`,
      "data-unread": !one.read_at && one.notification_id,
    },
    image && element("img", { part: "image", src: image, alt: "", loading: "lazy", referrerpolicy: "no-referrer" }),
    text("h3", "title", one.title),
    text("p", "body", one.body),
    note(
      !one.read_at && element("span", { part: "state new" }, language.say("new")),
      element("time", { datetime: one.at }, language.date(one.at)),
    ),
    opener(link(one.url), `notification-${one.notification_id}`, one.title, "notification", one, view),
  );
}

function leaderboard({ standing, board }: Board, userId: string | null, view: View): Node {
  const { say, number } = view.language;
  const name = view.nameOf(standing.campaign_id, "campaign") ?? standing.campaign_id;
  const place = standing.rank ? say("place", number(standing.rank), number(standing.of)) : null;
  const column = (phrase: Phrase) => element("th", { scope: "col", part: `column ${phrase}` }, say(phrase));
  return element(
    "div",
    { part: "item board" },
    element(
      "table",
      { part: "table" },
      element("caption", { part: "title" }, element("bdi", {}, name)),
      element("thead", {}, element("tr", {}, column("rank"), column("name"), column("score"))),
      element("tbody", {}, ...board.data.map((row) => boardRow(row, userId, view))),
    ),
    note(board.state !== "open" && element("span", { part: "state final" }, say("final")), place),
  );
}

function boardRow(row: Leaderboard["data"][number], userId: string | null, view: View): Node {
  const { say, number } = view.language;
  const own = row.user_id !== null && row.user_id === userId;
  const name = own
    ? say("you")
    : row.user_id === null
      ? say("hidden")
      : (view.nameOf(row.user_id, "user") ?? row.user_id);
  return element(
    "tr",
    { part: own ? "row own" : "row", "aria-current": own && "true" },
    element("td", { part: "rank" }, number(row.rank)),
    element("td", { part: "name" }, element("bdi", {}, name)),
    element("td", { part: "score" }, number(row.score)),
  );
}
