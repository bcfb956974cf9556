//! One reward: what it is, who got it, and who changed it and why. Leads to releasing, voiding and replacing it. Its URL
//! is never shown: no step here needs it.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use serde_json::Value;

use crate::amounts;
use crate::page::{self, Frame, app_address, campaign_address};
use crate::refusal::Refusal;
use crate::reward_wording;
use crate::screens::support::user_address;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Visit, part_of_path};

struct Change {
    at: String,
    state: String,
    by: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "reward.html")]
struct RewardPage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    id: String,
    state: String,
    /// The user's page; `None` once the user was erased.
    user: Option<(String, String)>,
    campaign: (String, String),
    moment: String,
    group: (String, String),
    /// Name and value of what is known further.
    facts: Vec<(String, String)>,
    /// Whether the user has seen the URL, in a sentence.
    seen: Option<String>,
    /// The page of its order, if it is shipped.
    order: Option<String>,
    replaces: Option<(String, String)>,
    replaced_by: Option<(String, String)>,
    changes: Vec<Change>,
    /// The steps that its state allows: the last part of the address and the name.
    steps: Vec<(&'static str, String)>,
    has_saved: bool,
    has_nothing_left: bool,
}

/// Returns the address of a reward's page.
pub(crate) fn address(app: &str, reward: &str) -> String {
    format!("{}/rewards/{}", app_address(app), part_of_path(reward))
}

/// Reads a reward of this app; one of another app is not here.
pub(crate) async fn read(visit: &Visit<'_>, app: &str, reward: &str) -> Result<Value, Refusal> {
    if reward.split('.').next() != Some(app) {
        return Err(Refusal::NotFound);
    }
    Ok(visit.get(&format!("/v1/rewards/{}", part_of_path(reward))).await?.body)
}

/// Names the state, with the reason of one that waits.
pub(crate) fn state(t: &Texts, reward: &Value) -> String {
    match reward["waiting_reason"].as_str() {
        Some(reason) if reward["state"] == "waiting" => crate::figures::waiting_for(t, reason),
        _ => reward_wording::state(t, reward["state"].as_str().unwrap_or_default()),
    }
}

/// `GET /console/apps/{app}/rewards/{reward}`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str, reward: &str) -> Result<Response, Refusal> {
    let (frame, reward) = tokio::try_join!(Frame::of(visit), read(visit, app, reward))?;
    let t = visit.texts;
    let text = |name: &str| reward[name].as_str().unwrap_or_default().to_owned();
    let other = |name: &str| reward[name].as_str().map(|id| (address(app, id), id.to_owned()));
    let user = reward["user_id"].as_str();
    let is_given = reward["awarded_at"].is_string();
    let seen = if reward["sealed"] == true { "reward-unseen" } else { "reward-seen" };
    let changes = reward["changes"].as_array().into_iter().flatten();
    let page = RewardPage {
        frame,
        t,
        address: address(app, &text("reward_id")),
        id: text("reward_id"),
        state: state(t, &reward),
        user: user.map(|user| (user_address(app, user), user.to_owned())),
        campaign: (campaign_address(app, &text("campaign_id")), text("campaign_id")),
        moment: text("moment_id"),
        group: (super::group::address(app, &text("reward_group_id")), text("reward_group_id")),
        facts: facts(t, &reward),
        seen: is_given.then(|| if seen == "reward-unseen" { t.get("reward-unseen") } else { t.get("reward-seen") }),
        order: super::order::of_reward(app, &reward),
        replaces: other("replaces"),
        replaced_by: other("replaced_by"),
        changes: changes.map(|entry| change(t, entry)).collect(),
        steps: steps(t, &reward),
        has_saved: visit.query.has("saved"),
        has_nothing_left: visit.query.has("nothing-left"),
    };
    Ok(page::html(200, &page))
}

fn facts(t: &Texts, reward: &Value) -> Vec<(String, String)> {
    let at = |name: &str| times::instant(t.language, TimeZone::UTC, &reward[name]);
    let refunded = if reward["refunded"] == true { t.get("value-yes") } else { String::new() };
    let facts = [
        (t.get("field-kind"), reward_wording::kind(t, reward["kind"].as_str().unwrap_or_default())),
        (t.get("reward-cost"), amounts::money(t.language, &reward["cost"])),
        (t.get("reward-earned-at"), at("earned_at")),
        (t.get("reward-awarded-at"), at("awarded_at")),
        (t.get("reward-expires-at"), at("expires_at")),
        (t.get("reward-redeemed-at"), at("redeemed_at")),
        (t.get("reward-refunded"), refunded),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn change(t: &Texts, entry: &Value) -> Change {
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    Change {
        at: times::instant(t.language, TimeZone::UTC, &entry["at"]),
        state: reward_wording::state(t, text("state")),
        by: reward_wording::actor(t, &entry["by"]),
        reason: text("reason").to_owned(),
    }
}

/// The steps that the state allows. Only a hint: the API decides.
fn steps(t: &Texts, reward: &Value) -> Vec<(&'static str, String)> {
    let state = reward["state"].as_str().unwrap_or_default();
    let mut steps = Vec::new();
    if state == "in_review" {
        steps.push(("release", t.get("reward-release")));
    }
    if !matches!(state, "waiting" | "shipped" | "delivered" | "voided") {
        steps.push(("void", t.get("reward-void")));
    }
    if !matches!(state, "waiting" | "in_review" | "shipped" | "delivered") && reward["replaced_by"].is_null() {
        steps.push(("replace", t.get("reward-replace")));
    }
    steps
}
