//! Support: finds a user by id and answers "why did I get nothing?": the profile, the rewards, the timeline, and for each
//! moment every check with its values. No reward URL is on this page.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use outbound_api::Answer;
use serde_json::{Value, json};

use crate::amounts;
use crate::page::{self, Frame, app_address, campaign_address};
use crate::refusal::Refusal;
use crate::reward_wording;
use crate::screens::order;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Fields, Visit, part_of_path};

/// The longest user id in bytes.
const MOST_BYTES: usize = 256;

/// The moments that a page explains. A campaign's id narrows them down.
const MOST_EXPLAINED: usize = 8;

struct RewardRow {
    address: String,
    id: String,
    /// The page of its order, if it is shipped.
    order: Option<String>,
    campaign_address: String,
    campaign: String,
    group: String,
    state: String,
    cost: String,
    earned: String,
    awarded: String,
    expires: String,
}

struct Entry {
    at: String,
    text: String,
    campaign: String,
    /// The page of the reward, if it is about one.
    reward: Option<String>,
    by: String,
}

struct Check {
    name: String,
    has_passed: bool,
    detail: String,
}

struct Explained {
    campaign: String,
    moment: String,
    is_eligible: bool,
    verdict: String,
    progress: Option<String>,
    checks: Vec<Check>,
}

struct DeviceRow {
    id: String,
    channel: String,
    seen: String,
    retired: String,
}

/// What is known of a user.
struct Found {
    /// Name and value of each field of the profile. Empty for somebody whom the app has not told of.
    profile: Vec<(String, String)>,
    attributes: Vec<(String, String)>,
    devices: Vec<DeviceRow>,
    rewards: Vec<RewardRow>,
    next_rewards: Option<String>,
    entries: Vec<Entry>,
    next_entries: Option<String>,
    explained: Vec<Explained>,
    /// How many moments more there are.
    more_explained: Option<String>,
    is_campaign_unknown: bool,
    is_known: bool,
}

#[derive(Template)]
#[template(path = "support.html")]
struct SupportPage<'a> {
    frame: Frame,
    t: &'static Texts,
    user: &'a str,
    campaign: &'a str,
    is_wrong: bool,
    found: Option<Found>,
}

/// Returns the address of a user's page.
pub(crate) fn user_address(app: &str, user: &str) -> String {
    format!("{}/support?{}", app_address(app), Fields(vec![("user".to_owned(), user.to_owned())]).encoded())
}

/// `GET /console/apps/{app}/support?user=&campaign=&rewards=&entries=`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let (t, user, campaign) = (visit.texts, visit.query.get("user"), visit.query.get("campaign"));
    let is_wrong = user.len() > MOST_BYTES || user.chars().any(char::is_control);
    if user.is_empty() || is_wrong {
        let frame = Frame::of(visit).await?;
        frame.require("support")?;
        let status = if is_wrong { 400 } else { 200 };
        return Ok(page::html(status, &SupportPage { frame, t, user, campaign, is_wrong, found: None }));
    }
    let base = format!("/v1/apps/{}/users/{}", part_of_path(app), part_of_path(user));
    let rewards = paged(&format!("{base}/rewards"), &[("limit", "10"), ("cursor", visit.query.get("rewards"))]);
    let entries = [("limit", "20"), ("order", "desc"), ("cursor", visit.query.get("entries"))];
    let timeline = paged(&format!("{base}/timeline"), &entries);
    let (frame, profile, rewards, timeline, explained) = tokio::try_join!(
        Frame::of(visit),
        visit.find(&base),
        visit.find(&rewards),
        visit.find(&timeline),
        explain(visit, app, user, campaign)
    )?;
    let null = Value::Null;
    let body = |answer: &'_ Option<Answer>| answer.as_ref().map_or_else(|| null.clone(), |answer| answer.body.clone());
    let (profile, rewards, timeline) = (body(&profile), body(&rewards), body(&timeline));
    let zone = profile["time_zone"].as_str().and_then(times::zone).unwrap_or(TimeZone::UTC);
    let here = |name: &str, cursor: &Value| next(visit, app, name, cursor);
    let (explained, more, is_campaign_unknown) = explanations(t, explained.as_ref());
    let found = Found {
        is_known: !profile.is_null(),
        profile: facts(t, &profile),
        attributes: attributes(&profile["attributes"]),
        devices: each(&profile["devices"], |device| device_row(t, zone, device)),
        rewards: each(&rewards["data"], |reward| reward_row(t, app, zone, reward)),
        next_rewards: here("rewards", &rewards["cursor"]),
        entries: each(&timeline["data"], |entry| timeline_entry(t, app, zone, entry)),
        next_entries: here("entries", &timeline["cursor"]),
        explained,
        more_explained: (more > 0).then(|| t.count("support-more", more)),
        is_campaign_unknown,
    };
    Ok(page::html(200, &SupportPage { frame, t, user, campaign, is_wrong: false, found: Some(found) }))
}

fn each<Row>(list: &Value, row: impl Fn(&Value) -> Row) -> Vec<Row> {
    list.as_array().into_iter().flatten().map(row).collect()
}

/// Returns a path with those fields of a query that are not empty.
pub(crate) fn paged(path: &str, fields: &[(&str, &str)]) -> String {
    let asked = fields.iter().filter(|(_, value)| !value.is_empty());
    let asked = asked.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    format!("{path}?{}", Fields(asked).encoded())
}

/// Returns this page with a later part of one of its lists.
fn next(visit: &Visit<'_>, app: &str, name: &str, cursor: &Value) -> Option<String> {
    let cursor = cursor.as_str()?;
    let mut query = visit.query.0.clone();
    query.retain(|(found, _)| found != name);
    query.push((name.to_owned(), cursor.to_owned()));
    Some(format!("{}/support?{}#{name}", app_address(app), Fields(query).encoded()))
}

/// Asks for every check. `None` if there is no such campaign.
async fn explain(visit: &Visit<'_>, app: &str, user: &str, campaign: &str) -> Result<Option<Answer>, Refusal> {
    let mut body = json!({"user_id": user});
    if !campaign.is_empty() {
        body["campaign_id"] = campaign.into();
    }
    match visit.call("POST", &format!("/v1/apps/{}/eligibility", part_of_path(app)), None, Some(&body)).await {
        Ok(answer) if answer.status == 200 => Ok(Some(answer)),
        Ok(_) | Err(Refusal::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

fn explanations(t: &Texts, answer: Option<&Answer>) -> (Vec<Explained>, u64, bool) {
    let Some(answer) = answer else { return (Vec::new(), 0, true) };
    let results = answer.body["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    let more = results.len().saturating_sub(MOST_EXPLAINED) as u64;
    (results.iter().take(MOST_EXPLAINED).map(|result| explained(t, result)).collect(), more, false)
}

fn explained(t: &Texts, result: &Value) -> Explained {
    let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
    let checks: Vec<Check> = each(&result["checks"], |check| Check {
        name: reward_wording::check(t, check["check"].as_str().unwrap_or_default()),
        has_passed: check["passed"] == true,
        detail: check["detail"].as_str().unwrap_or_default().to_owned(),
    });
    let is_eligible = result["eligible"] == true;
    let failed = checks.iter().filter(|check| !check.has_passed).count() as u64;
    let number = |name: &str| result["progress"][name].as_u64().map(|number| amounts::whole(t.language, number));
    let progress = number("count").zip(number("target"));
    Explained {
        campaign: text("campaign_id"),
        moment: text("moment_id"),
        is_eligible,
        verdict: if is_eligible { t.get("support-eligible") } else { t.count("support-failed", failed) },
        progress: progress.map(|(count, target)| t.with("support-progress", &[("now", &count), ("target", &target)])),
        checks,
    }
}

fn facts(t: &Texts, profile: &Value) -> Vec<(String, String)> {
    let fact = |id: &str, name: &str| (t.get(id), profile[name].as_str().unwrap_or_default().to_owned());
    let facts = [
        fact("support-marketplace", "marketplace"),
        fact("support-language", "locale"),
        fact("field-zone", "time_zone"),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn attributes(attributes: &Value) -> Vec<(String, String)> {
    let written = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let attributes = attributes.as_object().into_iter().flatten();
    attributes.map(|(name, value)| (name.clone(), domain::error::short(written(value), 300))).collect()
}

fn device_row(t: &Texts, zone: TimeZone, device: &Value) -> DeviceRow {
    let text = |name: &str| device[name].as_str().unwrap_or_default().to_owned();
    let seen = times::instant(t.language, zone, &device["seen_at"]);
    DeviceRow { id: text("device_id"), channel: text("channel"), seen, retired: text("retired_reason") }
}

fn reward_row(t: &Texts, app: &str, zone: TimeZone, reward: &Value) -> RewardRow {
    let text = |name: &str| reward[name].as_str().unwrap_or_default();
    let at = |name: &str| times::instant(t.language, zone, &reward[name]);
    RewardRow {
        address: super::reward::address(app, text("reward_id")),
        id: text("reward_id").to_owned(),
        order: order::of_reward(app, reward),
        campaign_address: campaign_address(app, text("campaign_id")),
        campaign: text("campaign_id").to_owned(),
        group: text("reward_group_id").to_owned(),
        state: super::reward::state(t, reward),
        cost: amounts::money(t.language, &reward["cost"]),
        earned: at("earned_at"),
        awarded: at("awarded_at"),
        expires: at("expires_at"),
    }
}

fn timeline_entry(t: &Texts, app: &str, zone: TimeZone, entry: &Value) -> Entry {
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    Entry {
        at: times::instant(t.language, zone, &entry["at"]),
        text: text("text"),
        campaign: text("campaign_id"),
        reward: entry["reward_id"].as_str().map(|reward| super::reward::address(app, reward)),
        by: reward_wording::actor(t, &entry["by"]),
    }
}
