//! Compares what clients saw with the table at the end: answered events are counted, shown rewards belong to the user,
//! pushes were tried, and no user waits without cause.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::Value;

use super::workload::{ANNOUNCED, APP, FALLBACK, PING_DAYS, may_be_erased};
use crate::promises::{number, of, rewards, text};

/// Ids and quantities of events, by user and action.
type Events = BTreeMap<(String, String), BTreeSet<(String, i64)>>;

/// What clients saw.
#[derive(Default)]
pub(super) struct Truth {
    /// All sent events.
    tried: RefCell<Events>,
    /// Events whose answer says that they count.
    answered: RefCell<Events>,
    /// Rewards shown to users: id, URL and user.
    shown: RefCell<BTreeMap<String, (String, String)>>,
}

/// The workload's moments that count: campaign, moment, action, and the highest count.
const MOMENTS: [(&str, &str, &str, i64); 4] = [
    ("saver", "deposits", "deposit", 6),
    ("saver", "level", "level", i64::MAX),
    ("club", "visit", "visit", 2),
    ("habits", "window", "ping", 6),
];

impl Truth {
    pub(super) fn tried(&self, event: &Value) {
        self.tried.borrow_mut().entry(place(event)).or_default().insert(occasion(event));
    }

    pub(super) fn answered(&self, event: &Value, body: &Value) {
        for outcome in body["outcomes"].as_array().unwrap() {
            let counted = ["in_progress", "rewarded", "already_rewarded", "waiting", "held_out"];
            if counted.iter().any(|kind| outcome["outcome"] == *kind) {
                self.answered.borrow_mut().entry(place(event)).or_default().insert(occasion(event));
            }
            self.told(event["user_id"].as_str().unwrap(), outcome);
        }
    }

    /// Records an outcome that a user saw.
    pub(super) fn told(&self, user: &str, outcome: &Value) {
        let reward = &outcome["reward"];
        if let (Some(id), Some(url)) = (reward["reward_id"].as_str(), reward["url"].as_str()) {
            let shown = (url.to_owned(), user.to_owned());
            let before = self.shown.borrow_mut().insert(id.to_owned(), shown.clone());
            assert!(before.is_none_or(|before| before == shown), "{id} was shown as two different rewards");
        }
    }

    /// Returns the id and URL of any shown reward.
    pub(super) fn any_reward(&self, random: &mut StdRng) -> Option<(String, String)> {
        let shown = self.shown.borrow();
        let all: Vec<_> = shown.iter().collect();
        all.choose(random).map(|(id, (url, _))| ((*id).clone(), url.clone()))
    }

    /// Checks everything after the end of the run.
    pub(super) fn check(&self, items: &[Value], pushes: &[Value], day: i64) {
        self.events_count_once_and_none_is_lost(items);
        self.rewards_stay_with_their_users(items);
        every_reward_was_pushed(items, pushes);
        nobody_was_announced_to_twice(items, pushes);
        nobody_waits_in_vain(items, day);
        rehearsals_left_nothing(items);
        self.rows_are_of_different_days(items);
        arms_are_kept(items);
    }

    /// Promise 4 for days in a row: a reward for two days needs two.
    fn rows_are_of_different_days(&self, items: &[Value]) {
        for ((user, action), tried) in self.tried.borrow().iter() {
            if action != "ping" || may_be_erased(user) {
                continue;
            }
            let number = |event: &str| event.rsplit('-').next().unwrap().parse::<u32>().unwrap() % PING_DAYS;
            let days: BTreeSet<u32> = tried.iter().map(|(event, _)| number(event)).collect();
            let of_row = |reward: &&Value| {
                text(reward, "pk").unwrap().ends_with(&format!("#{user}"))
                    && text(reward, "sk").unwrap().starts_with("REWARD#habits#row#")
            };
            let rewarded = rewards(items).filter(of_row).count();
            assert!(rewarded * 2 <= days.len(), "{user} has {rewarded} rewards for {days:?}");
        }
    }

    /// Promise 4.
    fn events_count_once_and_none_is_lost(&self, items: &[Value]) {
        for (campaign, moment, action, cap) in MOMENTS {
            for ((user, tried_action), tried) in self.tried.borrow().iter() {
                if tried_action != action || may_be_erased(user) {
                    continue;
                }
                let answered =
                    self.answered.borrow().get(&(user.clone(), action.to_owned())).cloned().unwrap_or_default();
                let sk = format!("PROGRESS#{campaign}#{moment}");
                let mut progress =
                    of(items, &sk).filter(|item| text(item, "pk").unwrap().ends_with(&format!("#{user}")));
                let counted = progress.next().map_or(0, |item| number(item, "counted"));
                let come_to = |events: &BTreeSet<(String, i64)>| match action {
                    "level" => events.iter().map(|(_, level)| *level).max().unwrap_or(0),
                    _ => events.iter().map(|(_, quantity)| quantity).sum::<i64>().min(cap),
                };
                // After a level has earned the reward, higher levels change nothing.
                let (least, most) = (come_to(&answered), come_to(tried));
                let least = if action == "level" { least.min(5) } else { least };
                assert!(
                    (least..=most).contains(&counted),
                    "{user} has {counted} of {moment}; {least} were answered, {most} were sent: {answered:?}"
                );
            }
        }
    }

    /// Promises 1 and 2, by the rewards that users saw.
    fn rewards_stay_with_their_users(&self, items: &[Value]) {
        let shown = self.shown.borrow();
        let mut users: BTreeMap<&str, &str> = BTreeMap::new();
        for (url, user) in shown.values().filter(|(url, _)| !url.ends_with("/for-everyone")) {
            let before = users.insert(url, user);
            assert!(before.is_none_or(|before| before == user), "{url} was shown to {user} and {before:?}");
        }
        for (id, (url, user)) in shown.iter() {
            let found = rewards(items).find(|reward| text(reward, "reward_id") == Some(id));
            let found = found.unwrap_or_else(|| panic!("{id} was shown to {user} and is gone"));
            assert_eq!(text(found, "url"), Some(url.as_str()), "{id} changed its URL");
            let owner = text(found, "pk").unwrap();
            let erased = may_be_erased(user) && !owner.starts_with("USER#");
            assert!(erased || owner.ends_with(&format!("#{user}")), "{id} was shown to {user} and is {owner}'s");
        }
    }
}

/// Promise 6: a push was tried for every reward of a user with a device.
fn every_reward_was_pushed(items: &[Value], pushes: &[Value]) {
    // A reward that was voided before its push gets none.
    let held = |reward: &&Value| ["awarded", "redeemed"].contains(&text(reward, "reward_state").unwrap());
    for reward in rewards(items).filter(held) {
        let Some(user) = text(reward, "pk").unwrap().strip_prefix(&format!("USER#{APP}#")) else { continue };
        if may_be_erased(user) {
            continue;
        }
        let link = format!("/r/{}", text(reward, "reward_id").unwrap());
        let told = pushes.iter().any(|push| {
            push["address"] == format!("token-{user}")
                && push["message"]["Url"].as_str().is_some_and(|url| url.ends_with(&link))
        });
        assert!(told, "no push was tried for {reward}");
    }
}

/// A user gets at most one push for an announcement, and sees it in the app.
fn nobody_was_announced_to_twice(items: &[Value], pushes: &[Value]) {
    let announced = |user: &str| {
        let pk = format!("USER#{APP}#{user}");
        of(items, "NOTICE#announcement#club").any(|notice| text(notice, "pk") == Some(&pk))
    };
    let mut told: BTreeMap<&str, u32> = BTreeMap::new();
    for push in pushes.iter().filter(|push| push["message"]["Title"] == ANNOUNCED) {
        *told.entry(push["address"].as_str().unwrap().trim_start_matches("token-")).or_default() += 1;
    }
    for (user, times) in told.into_iter().filter(|(user, _)| !may_be_erased(user)) {
        assert_eq!(times, 1, "{user} was announced to {times} times");
        assert!(announced(user), "{user} was announced to, and nothing is known of it");
    }
}

/// A user waits only for lack of stock or money: the line was served with everything available.
fn nobody_waits_in_vain(items: &[Value], day: i64) {
    // The rest under a cap; `None` without a cap, or without a spend under it.
    let left_under = |cap: &str| {
        of(items, "CAP").find(|budget| text(budget, "pk") == Some(cap)).map(|budget| {
            let slots = of(items, "CAPSLOT").filter(|slot| text(slot, "pk").unwrap().starts_with(&format!("{cap}#")));
            number(budget, "unleased") + slots.map(|slot| number(slot, "remaining")).sum::<i64>()
        })
    };
    for reward in rewards(items).filter(|reward| text(reward, "reward_state") == Some("waiting")) {
        let campaign = text(reward, "reward_id").unwrap().split('.').nth(1).unwrap();
        let ledger = format!("LEDGER#{APP}#{campaign}");
        let unleased: i64 = of(items, "BUDGET")
            .filter(|budget| text(budget, "pk") == Some(&ledger))
            .map(|budget| number(budget, "unleased"))
            .sum();
        let slots = of(items, "SLOT").filter(|slot| text(slot, "pk").unwrap().starts_with(&format!("{ledger}#")));
        let left = unleased + slots.map(|slot| number(slot, "remaining")).sum::<i64>();
        let needs_stock = text(reward, "kind") != Some("shared_url");
        // The stock of a group at its cap is not available to this campaign.
        let in_stock = [("gift", 500), ("spare", 400)].into_iter().any(|(group, cpa)| {
            let shelf = format!("STOCK#{APP}#{group}#");
            let left = left_under(&format!("CAP#{APP}#{campaign}#group#{group}"));
            left.is_none_or(|left| left >= cpa)
                && of(items, "CODE").any(|code| text(code, "gsi1pk").is_some_and(|shard| shard.starts_with(&shelf)))
        });
        let day_left = left_under(&format!("CAP#{APP}#{campaign}#day#{day}"));
        let cpa = number(reward, "cpa");
        assert!(
            left < cpa || (needs_stock && !in_stock) || day_left.is_some_and(|left| left < cpa),
            "{left} left, {day_left:?} today, in stock: {in_stock}, and there waits {reward}"
        );
    }
}

/// A user's rewards come from the first assigned arm or its fallback, even after a change of weights.
fn arms_are_kept(items: &[Value]) {
    for progress in of(items, "PROGRESS#habits#window") {
        let (pk, arm) = (text(progress, "pk").unwrap(), text(progress, "arm").unwrap());
        let own = |reward: &&Value| {
            text(reward, "pk") == Some(pk) && text(reward, "sk").unwrap().starts_with("REWARD#habits#window#")
        };
        for reward in rewards(items).filter(own).filter(|_| !may_be_erased(pk.rsplit('#').next().unwrap())) {
            let group = text(reward, "reward_group_id").unwrap();
            assert!(group == arm || (arm, group) == FALLBACK, "assigned {arm}: {reward}");
        }
    }
}

/// Promise 7.
fn rehearsals_left_nothing(items: &[Value]) {
    for item in items {
        let pk = text(item, "pk").unwrap();
        assert!(!pk.contains("rehearsing-") || pk.starts_with("TEST#"), "a rehearsal left {item}");
    }
}

fn place(event: &Value) -> (String, String) {
    (event["user_id"].as_str().unwrap().to_owned(), event["action"].as_str().unwrap().to_owned())
}

fn occasion(event: &Value) -> (String, i64) {
    (event["event_id"].as_str().unwrap().to_owned(), event["quantity"].as_i64().unwrap())
}
