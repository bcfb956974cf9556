//! Checks the promises of Moments from the table alone. Reads the items as DynamoDB JSON and shares no code with the
//! writers.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

/// Checks every promise that the table can show after everything has settled. Panics with the item that breaks one.
pub fn check(items: &[Value]) {
    hold_now(items);
    completed_moments_have_ended(items);
}

/// Checks the promises that hold at every instant, even with requests in flight.
pub fn hold_now(items: &[Value]) {
    each_url_belongs_to_one_reward(items);
    no_user_has_more_rewards_than_allowed(items);
    ledgers_balance(items);
    caps_hold(items);
    addresses_are_one_devices(items);
    devices_and_payments_have_one_reward(items);
}

/// Promise 1: a reward URL goes to at most one user, and code and reward agree on which.
fn each_url_belongs_to_one_reward(items: &[Value]) {
    let claimed: HashMap<&str, &str> = of(items, "CODE")
        .filter_map(|code| Some((text(code, "claimed_by")?, text(code, "url").expect("a code has its URL"))))
        .collect();
    let mut given = HashSet::new();
    for reward in rewards(items).filter(|reward| reward["refunded"]["BOOL"] == true) {
        assert!(reward["redeemed_at"].is_null(), "what was redeemed got its money back: {reward}");
    }
    for reward in rewards(items).filter(|reward| text(reward, "kind") != Some("shared_url")) {
        let (id, url) = (text(reward, "reward_id").expect("a reward has an id"), text(reward, "url"));
        match text(reward, "reward_state") {
            Some("waiting") => assert_eq!(url, None, "a waiting reward has a URL: {reward}"),
            _ if reward["supply"].is_object() => {
                assert!(url.is_none() && !claimed.contains_key(id), "a supplied reward has a URL: {reward}");
            }
            // Voided before anybody saw the URL, which is in stock again.
            Some("expired" | "voided") if url.is_none() => {
                assert!(reward["sealed"]["BOOL"] == true && !claimed.contains_key(id), "a URL is lost: {reward}");
            }
            _ => {
                let url = url.expect("an awarded reward has a URL");
                assert!(given.insert(url), "a URL was given twice: {reward}");
                assert_eq!(claimed.get(id), Some(&url), "reward and code disagree: {reward}");
            }
        }
    }
    let codes = of(items, "CODE").filter(|code| text(code, "claimed_by").is_some()).count();
    assert_eq!(codes, given.len(), "a code is claimed by no reward");
    for code in of(items, "CODE") {
        let in_stock = text(code, "gsi1pk").is_some();
        assert_ne!(in_stock, text(code, "claimed_by").is_some(), "a code is in stock and claimed, or neither: {code}");
        let shelf = text(code, "gsi1pk").map(|place| place.starts_with("RETIRED#"));
        assert_eq!(shelf.unwrap_or(false), code["retired_at"].is_object(), "retired and on the shelf, or gone: {code}");
    }
}

/// If a campaign gives one reward per device or payment: none has two, voided ones included, unless one replaces the
/// other; and the fingerprint names its holder.
fn devices_and_payments_have_one_reward(items: &[Value]) {
    let mut had = HashMap::new();
    for reward in rewards(items).filter(|reward| text(reward, "reward_state") != Some("waiting")) {
        let told = reward["fingerprints"]["M"].as_object().into_iter().flatten();
        for (kind, hash) in told.filter(|_| reward["replaced_by"].is_null()) {
            let id = text(reward, "reward_id").expect("a reward has an id");
            let campaign = id.rsplit_once('.').expect("a campaign").0;
            let pk =
                format!("FINGERPRINT#{}#{kind}#{}", campaign.replace('.', "#"), hash["S"].as_str().expect("a hash"));
            assert!(had.insert(pk.clone(), id).is_none(), "a {kind} has two rewards: {reward}");
            let held = of(items, "FINGERPRINT").find(|held| text(held, "pk") == Some(&pk));
            assert_eq!(held.and_then(|held| text(held, "held_by")), Some(id), "a {kind} is another reward's: {reward}");
        }
    }
}

/// A device address belongs to one device, and its item names the device: a push reaches one user.
fn addresses_are_one_devices(items: &[Value]) {
    let owners: HashSet<(String, String, String)> = of(items, "ADDRESS")
        .map(|owner| {
            let pk: Vec<&str> = text(owner, "pk").expect("a key").split('#').collect();
            let of = |name| text(owner, name).expect("an address has an owner").to_owned();
            (pk[1].to_owned(), of("user_id"), of("device_id"))
        })
        .collect();
    let mut reached = HashSet::new();
    let devices = items.iter().filter(|item| text(item, "sk").is_some_and(|sk| sk.starts_with("DEVICE#")));
    for device in devices.filter(|device| device.get("retired").is_none()) {
        let app = text(device, "pk").expect("a key").split('#').nth(1).expect("an app").to_owned();
        let user = text(device, "pk").expect("a key").split('#').nth(2).expect("a user");
        let user = user.replace("%23", "#").replace("%25", "%");
        let (channel, address) = (text(device, "channel"), text(device, "address"));
        assert!(reached.insert((app.clone(), channel, address)), "two devices have an address: {device}");
        let id = text(device, "device_id").expect("a device has an id").to_owned();
        assert!(owners.contains(&(app, user, id)), "a device's address is not its own: {device}");
    }
}

/// Promise 2: at most `max_rewards_per_user` of a moment.
fn no_user_has_more_rewards_than_allowed(items: &[Value]) {
    let mut counts: BTreeMap<(&str, String), u64> = BTreeMap::new();
    // A voided and replaced reward no longer counts.
    let held = |reward: &&Value| {
        text(reward, "pk").is_some_and(|pk| pk.starts_with("USER#"))
            && text(reward, "sk").is_some_and(|sk| sk.starts_with("REWARD#"))
    };
    for reward in rewards(items).filter(held) {
        let sk = text(reward, "sk").expect("a key");
        let (moment, _) = sk.rsplit_once('#').expect("an occurrence");
        *counts.entry((text(reward, "pk").expect("a key"), moment.to_owned())).or_default() += 1;
    }
    for ((user, moment), count) in counts {
        let allowed = allowed(items, user, &moment);
        assert!(count <= allowed, "{user} has {count} of {allowed} rewards of {moment}");
    }
}

fn allowed(items: &[Value], user: &str, moment: &str) -> u64 {
    let app = user.split('#').nth(1).expect("an app");
    let [_, campaign_id, moment_id] = moment.split('#').collect::<Vec<_>>()[..] else { panic!("{moment}") };
    let at = |item: &&Value| {
        text(item, "pk") == Some(&format!("APP#{app}")) && text(item, "sk") == Some(&format!("CAMPAIGN#{campaign_id}"))
    };
    let campaign = items.iter().find(at).expect("a reward has a campaign");
    let moments = campaign["moments"]["L"].as_array().expect("moments");
    let moment = moments.iter().find(|moment| moment["M"]["moment_id"]["S"] == moment_id).expect("a moment");
    moment["M"]["max_rewards_per_user"]["N"].as_str().and_then(|number| number.parse().ok()).expect("a number")
}

/// Promise 3: `limit = unleased + Σ remaining + Σ spent`, nothing below zero, and the spend equals the cost of the
/// rewards.
fn ledgers_balance(items: &[Value]) {
    for budget in of(items, "BUDGET") {
        let ledger = text(budget, "pk").expect("a key");
        let slots: Vec<&Value> = of(items, "SLOT")
            .filter(|slot| text(slot, "pk").is_some_and(|pk| pk.starts_with(&format!("{ledger}#"))))
            .collect();
        let sum = |name: &str| slots.iter().map(|slot| number(slot, name)).sum::<i64>();
        let (limit, unleased) = (number(budget, "budget_limit"), number(budget, "unleased"));
        assert_eq!(limit, unleased + sum("remaining") + sum("spent"), "the ledger does not balance: {budget}");
        assert!(unleased >= 0 && slots.iter().all(|slot| number(slot, "remaining") >= 0), "overspent: {budget}");
        let owner = ledger.trim_start_matches("LEDGER#").replace('#', ".");
        let awarded: Vec<&Value> = rewards(items)
            .filter(|reward| text(reward, "reward_id").is_some_and(|id| id.starts_with(&format!("{owner}."))))
            .collect();
        let paid: Vec<&Value> = awarded.iter().copied().filter(|reward| is_paid(reward)).collect();
        assert_eq!(sum("spent"), paid.iter().map(|reward| number(reward, "cpa")).sum::<i64>(), "spent: {budget}");
        assert_eq!(sum("awarded"), i64::try_from(paid.len()).expect("few"), "awarded: {budget}");
        // A URL that somebody has seen is not in stock, even after a refund.
        let holds_url = |reward: &&Value| {
            let is_supplied = reward["supply"].is_object() && reward["refunded"]["BOOL"] != true;
            text(reward, "reward_state") != Some("waiting") && (text(reward, "url").is_some() || is_supplied)
        };
        let given: Vec<&Value> = awarded.iter().copied().filter(holds_url).collect();
        assert_eq!(awarded_by_group(&slots), rewards_by_group(&given), "awarded of each group: {budget}");
        let redeemed = awarded.iter().filter(|reward| reward["redeemed_at"].is_object()).count();
        let counters = of(items, "REDEEMED")
            .filter(|counter| text(counter, "pk").is_some_and(|pk| pk.starts_with(&format!("{ledger}#"))));
        let counted: i64 = counters.map(|counter| number(counter, "redeemed")).sum();
        assert_eq!(counted, i64::try_from(redeemed).expect("few"), "redeemed: {budget}");
    }
}

/// Promise 3 for caps: the account of a cap balances like a budget, never exceeds the cap, and equals the cost of the
/// rewards.
fn caps_hold(items: &[Value]) {
    let spent_on = |campaign: &str, counts: &dyn Fn(&Value) -> bool| -> i64 {
        let awarded = rewards(items).filter(|reward| is_paid(reward));
        let own = |reward: &&Value| text(reward, "reward_id").is_some_and(|id| id.starts_with(&format!("{campaign}.")));
        awarded.filter(own).filter(|reward| counts(reward)).map(|reward| number(reward, "cpa")).sum()
    };
    for budget in of(items, "CAP") {
        let ledger = text(budget, "pk").expect("a key");
        let [_, app, campaign, kind, of_what] = ledger.split('#').collect::<Vec<_>>()[..] else { panic!("{budget}") };
        let slots: Vec<&Value> = of(items, "CAPSLOT")
            .filter(|slot| text(slot, "pk").is_some_and(|pk| pk.starts_with(&format!("{ledger}#"))))
            .collect();
        let sum = |name: &str| slots.iter().map(|slot| number(slot, name)).sum::<i64>();
        let (limit, unleased) = (number(budget, "budget_limit"), number(budget, "unleased"));
        assert_eq!(limit, unleased + sum("remaining") + sum("spent"), "the ledger of a cap does not balance: {budget}");
        assert!(unleased >= 0 && slots.iter().all(|slot| number(slot, "remaining") >= 0), "overspent: {budget}");
        let counts = |reward: &Value| match kind {
            "moment" => text(reward, "moment_id") == Some(of_what),
            "group" => text(reward, "reward_group_id") == Some(of_what),
            // A reviewed reward may be awarded on another day than the one that paid.
            _ if reward["awarded_at"].is_null() || reward["changes"].is_object() => {
                let paid = reward["cap_slots"]["L"].as_array().into_iter().flatten();
                paid.into_iter().any(|paid| paid["M"]["cap"]["M"]["day"]["N"] == of_what)
            }
            // Tests have caps for days in UTC.
            _ => number(reward, "awarded_at").div_euclid(86_400_000).to_string() == of_what,
        };
        assert_eq!(sum("spent"), spent_on(&format!("{app}.{campaign}"), &counts), "spent under a cap: {budget}");
    }
    for allowance in items.iter().filter(|item| text(item, "sk").is_some_and(|sk| sk.starts_with("ALLOWANCE#"))) {
        let (pk, sk) = (text(allowance, "pk").expect("a key"), text(allowance, "sk").expect("a key"));
        let (app, campaign) = (pk.split('#').nth(1).expect("an app"), sk.trim_start_matches("ALLOWANCE#"));
        let spent = spent_on(&format!("{app}.{campaign}"), &|reward| text(reward, "pk") == Some(pk));
        // It may exceed the rewards' cost only during the user's erasure, which deletes the allowance last.
        let charged = number(allowance, "spent");
        assert!(spent <= charged, "{spent} spent on a user: {allowance}");
        let key = format!("CAMPAIGN#{campaign}");
        let owner = of(items, &key).find(|item| text(item, "app_id") == Some(app));
        let cap = &owner.expect("a campaign")["caps"]["M"]["per_user"]["M"]["amount_minor"]["N"];
        let cap: i64 = cap.as_str().and_then(|cap| cap.parse().ok()).expect("a cap per user");
        assert!(charged <= cap, "{charged} of {cap} on a user: {allowance}");
    }
}

/// Checks that each user's spend equals the cost of the user's rewards. Holds only without an unfinished erasure.
pub fn allowances_are_exact(items: &[Value]) {
    for allowance in items.iter().filter(|item| text(item, "sk").is_some_and(|sk| sk.starts_with("ALLOWANCE#"))) {
        let (pk, sk) = (text(allowance, "pk").expect("a key"), text(allowance, "sk").expect("a key"));
        let campaign = sk.trim_start_matches("ALLOWANCE#");
        let of_campaign = [format!("REWARD#{campaign}#"), format!("REPLACED#{campaign}#")];
        let own = |reward: &&Value| {
            text(reward, "pk") == Some(pk)
                && text(reward, "sk").is_some_and(|sk| of_campaign.iter().any(|of| sk.starts_with(of)))
                && is_paid(reward)
        };
        let cost: i64 = rewards(items).filter(own).map(|reward| number(reward, "cpa")).sum();
        assert_eq!(number(allowance, "spent"), cost, "spent on a user: {allowance}");
    }
}

/// True if a reward is paid: it does not wait and is not refunded.
pub fn is_paid(reward: &Value) -> bool {
    text(reward, "reward_state") != Some("waiting") && reward["refunded"]["BOOL"] != true
}

fn awarded_by_group<'a>(slots: &[&'a Value]) -> BTreeMap<&'a str, i64> {
    let mut counts = BTreeMap::new();
    for slot in slots {
        for (group, count) in slot["awarded_of"]["M"].as_object().expect("a slot counts by group") {
            let count: i64 = count["N"].as_str().and_then(|count| count.parse().ok()).expect("a number");
            *counts.entry(group.as_str()).or_default() += count;
        }
    }
    // An account whose rewards are all refunded is empty.
    counts.retain(|_, count| *count != 0);
    counts
}

fn rewards_by_group<'a>(rewards: &[&'a Value]) -> BTreeMap<&'a str, i64> {
    let mut counts = BTreeMap::new();
    for reward in rewards {
        *counts.entry(text(reward, "reward_group_id").expect("a group")).or_default() += 1;
    }
    counts
}

/// Promise 5: every completed moment has an awarded or waiting reward, or is closed with a reason.
fn completed_moments_have_ended(items: &[Value]) {
    let keys: HashSet<(&str, &str)> =
        items.iter().filter_map(|item| Some((text(item, "pk")?, text(item, "sk")?))).collect();
    for item in items {
        let (Some(pk), Some(sk)) = (text(item, "pk"), text(item, "sk")) else { continue };
        let Some(moment) = sk.strip_prefix("PROGRESS#") else { continue };
        if !pk.starts_with("USER#") || number(item, "remaining") > 0 || text(item, "closed").is_some() {
            continue;
        }
        let allowed = allowed(items, pk, &format!("REWARD#{moment}"));
        let earned = (number(item, "counted") / number(item, "target")).min(i64::try_from(allowed).expect("few"));
        for occurrence in 1..=earned {
            let reward = format!("REWARD#{moment}#{occurrence}");
            assert!(keys.contains(&(pk, &reward)), "a completed moment has no end {occurrence}: {item}");
        }
    }
}

/// Returns every reward, those of erased users and replaced ones included.
pub fn rewards(items: &[Value]) -> impl Iterator<Item = &Value> {
    let is_reward = |sk: &str| sk == "REWARD" || sk.starts_with("REWARD#") || sk.starts_with("REPLACED#");
    items.iter().filter(move |item| text(item, "sk").is_some_and(is_reward))
}

/// Returns every item with the sort key.
pub fn of<'a>(items: &'a [Value], sk: &'a str) -> impl Iterator<Item = &'a Value> {
    items.iter().filter(move |item| text(item, "sk") == Some(sk))
}

/// Returns a text attribute.
pub fn text<'a>(item: &'a Value, name: &str) -> Option<&'a str> {
    item[name]["S"].as_str()
}

/// Returns a number attribute.
#[track_caller]
pub fn number(item: &Value, name: &str) -> i64 {
    item[name]["N"].as_str().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{name} of {item}"))
}
