//! One campaign: what it is, in sentences, what it has spent, and who changed what. Leads to everything about it.

use askama::Template;
use edge::http::Response;
use serde_json::Value;

use crate::changes;
use crate::competition_wording;
use crate::figures::{self, Spending};
use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::Place;
use crate::texts::Texts;
use crate::times;
use crate::visit::Visit;
use crate::wording;

struct MomentRow {
    address: String,
    id: String,
    task: String,
    rewards: String,
    most: String,
    when: String,
}

struct Entry {
    version: String,
    at: String,
    action: String,
    by: String,
    reason: String,
    changes: Vec<String>,
    changes_count: String,
}

#[derive(Template)]
#[template(path = "campaign.html")]
struct CampaignPage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    id: String,
    name: String,
    state: String,
    state_name: String,
    reason: String,
    kind: String,
    window: String,
    holdout: Option<String>,
    spending: Option<Spending>,
    moments: Vec<MomentRow>,
    /// How a competition ranks and who wins what, by name. Empty for what is none.
    competition: Vec<(String, String)>,
    history: Vec<Entry>,
    has_saved: bool,
    /// True where nothing can be edited before the review has ended.
    is_under_review: bool,
    /// True if everything can be edited.
    is_open: bool,
    /// True if a higher budget waits for approval.
    has_proposal: bool,
    may_edit: bool,
}

/// `GET /console/apps/{app}/campaigns/{campaign}`.
pub(crate) async fn show(visit: &Visit<'_>, place: Place<'_>) -> Result<Response, Refusal> {
    let path = place.path();
    let history = format!("{path}/history?limit=20");
    let (frame, campaign, history, summary) =
        tokio::try_join!(Frame::of(visit), visit.get(&path), visit.get(&history), figures::summary(visit, place))?;
    let (t, campaign) = (visit.texts, &campaign.body);
    let text = |name: &str| campaign[name].as_str().unwrap_or_default().to_owned();
    let holdout = campaign["holdout_percent"].as_u64().filter(|percent| *percent > 0);
    let moments = campaign["moments"].as_array().into_iter().flatten().enumerate();
    let page = CampaignPage {
        may_edit: frame.may(&["editor"]),
        frame,
        t,
        address: place.address(),
        id: text("campaign_id"),
        name: text("name"),
        state_name: wording::state(t, &text("state")),
        is_under_review: text("state") == "pending_approval",
        is_open: matches!(text("state").as_str(), "draft" | "rejected"),
        has_proposal: campaign["proposed_budget"].is_object(),
        state: text("state"),
        reason: text("reason"),
        kind: wording::kind(t, &text("kind")),
        window: wording::window(t, campaign),
        holdout: holdout.map(|percent| t.count("campaign-holdout", percent)),
        spending: figures::spending(t, &summary),
        moments: moments.map(|(index, moment)| row(t, place, index, moment)).collect(),
        competition: competition_wording::facts(t, &campaign["competition"]),
        history: entries(t, campaign, &history.body["data"]),
        has_saved: visit.query.has("saved"),
    };
    Ok(page::html(200, &page))
}

fn row(t: &Texts, place: Place<'_>, index: usize, moment: &Value) -> MomentRow {
    let text = |name: &str| moment[name].as_str().unwrap_or_default().to_owned();
    MomentRow {
        address: format!("{}/moments/{}", place.address(), index.saturating_add(1)),
        id: text("moment_id"),
        task: wording::task(t, moment),
        rewards: wording::rewards(t, moment),
        most: if moment["rewards"].is_array() { wording::most(t, moment) } else { String::new() },
        when: text("when"),
    }
}

fn entries(t: &Texts, campaign: &Value, history: &Value) -> Vec<Entry> {
    let zone = times::zone_of(campaign);
    let entry = |change: &Value| {
        let text = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
        let fields = change["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
        // A new campaign is all in the sentences above.
        let fields = if change["action"] == "created" { &[] } else { fields };
        Entry {
            version: change["version"].as_u64().unwrap_or(0).to_string(),
            at: times::instant(t.language, zone, &change["at"]),
            action: wording::action(t, &text("action")),
            by: change["person_id"].as_str().map_or_else(|| text("key_id"), str::to_owned),
            reason: text("reason"),
            changes: changes::sentences(t, campaign, fields),
            changes_count: t.count("history-changes", fields.len() as u64),
        }
    };
    history.as_array().into_iter().flatten().map(entry).collect()
}
