// Answers of the API that show everything the inbox can show, for tests of its looks.

const DAY = 86_400_000;
const day = (n) => new Date(Date.now() + n * DAY).toISOString();
const cost = { currency: "EUR", amount_minor: 500 };

export function reward(number, more = {}) {
  return {
    reward_id: `shop.spring.${number}`,
    reward_group_id: "gift",
    kind: "unique_url",
    name: "5 € gift card",
    url: `https://gift.example/${number}`,
    redeem_url: `https://api.example/r/shop.spring.${number}`,
    cost,
    message: { title: "You did it!", body: "5 deposits made: here is your 5 € gift card." },
    state: "awarded",
    awarded_at: day(-number),
    expires_at: day(90),
    test: false,
    ...more,
  };
}

export function notification(number, more = {}) {
  return {
    notification_id: `n-${number}`,
    kind: "achievement",
    campaign_id: "spring",
    moment_id: "deposits",
    title: "You did it!",
    body: "5 deposits made: here is your 5 € gift card.",
    url: `https://api.example/r/shop.spring.${number}`,
    image_url: null,
    reward_id: `shop.spring.${number}`,
    at: day(-number),
    read_at: null,
    ...more,
  };
}

export function explanation(count, target, announcement, more = {}) {
  const reward_preview = { reward_group_id: "gift", name: "Gift", kind: "unique_url", cost, announcement };
  const checks = [{ check: "campaign_live", passed: true, detail: "it is live" }];
  return {
    campaign_id: "spring",
    moment_id: "deposits",
    eligible: true,
    checks,
    progress: { count, target },
    reward_preview,
    ...more,
  };
}

const HEBREW = { title: "כל הכבוד!", body: "השלמת 5 הפקדות: הנה כרטיס המתנה שלך, 5 €." };
const OVER = [
  "waiting",
  "in_review",
  "redeemed",
  "ordered",
  "shipped",
  "delivered",
  "returned",
  "lost",
  "expired",
  "voided",
];

/** Everything there is. */
export const FULL = {
  rewards: {
    data: [
      reward(1),
      reward(2, {
        expires_at: day(3),
        kind: "catalog_credit",
        credit: { amount: { currency: "EUR", amount_minor: 1500 }, category: "books", marketplace: null },
      }),
      reward(3, { message: HEBREW }),
      reward(4, { message: null, name: "Donaudampfschifffahrtsgesellschaftskapitänsmützengutschein" }),
      ...OVER.map((state, n) =>
        reward(n + 5, {
          state,
          ...(state === "waiting" || state === "in_review" ? { url: null, redeem_url: null, awarded_at: null } : {}),
        }),
      ),
    ],
    cursor: null,
  },
  eligibility: {
    results: [
      explanation(3, 5, { title: "A gift card for you", body: "Make 5 deposits and get a 5 € gift card." }),
      explanation(12_345, 1_000_000, { title: "A million coins", body: "Collect a million coins." }),
    ],
  },
  notifications: {
    data: [
      notification(1),
      notification(2, { kind: "announcement", ...HEBREW, url: null }),
      notification(3, { read_at: day(-1), title: "A gift card for you", body: "Make 5 deposits.\nGet a gift card." }),
    ],
    cursor: "next",
    unread: 2,
  },
  competitions: {
    data: [
      {
        campaign_id: "Best lap",
        window: "2026-11-30",
        state: "open",
        rank: 12,
        score: 71,
        reached_at: day(-1),
        of: 4321,
        as_of: day(0),
        exact: true,
      },
    ],
    cursor: null,
  },
  leaderboard: {
    window: "2026-11-30",
    state: "settled",
    data: [
      { rank: 1, score: 98_500, user_id: "kim", hidden: false, reached_at: day(-1) },
      { rank: 2, score: 71_000, user_id: "ada", hidden: false, reached_at: day(-1) },
      { rank: 3, score: 650, user_id: null, hidden: true, reached_at: day(-1) },
    ],
    cursor: null,
    of: 4321,
    as_of: day(0),
    exact: true,
  },
};

const none = { data: [], cursor: null };
export const EMPTY = {
  rewards: none,
  eligibility: { results: [] },
  notifications: { ...none, unread: 0 },
  competitions: none,
};

/** Answers the calls of a page by the last step of their path, until `answers` changes. A number is a status. */
export async function answer(page, answers) {
  const state = { answers, calls: [] };
  await page.route("https://api.example/**", async (route) => {
    const { pathname, searchParams } = new URL(route.request().url());
    const name = pathname.split("/").at(-1);
    state.calls.push({ method: route.request().method(), name, searchParams, body: route.request().postDataJSON() });
    const headers = {
      "access-control-allow-origin": "*",
      "access-control-allow-headers": "*",
      "access-control-allow-methods": "*",
    };
    const body = await state.answers[name];
    if (body === "never") return;
    if (body === "lost") return route.abort();
    if (typeof body === "number")
      return route.fulfill({ status: body, headers, json: { code: "internal", detail: "broken" } });
    await route.fulfill({ headers, json: body });
  });
  return state;
}
