//! The review of a campaign: what differs from what was approved last, what stands in the way, and the next step. Every
//! step names the version that the person has seen.

use askama::Template;
use edge::http::Response;
use serde_json::{Value, json};

use crate::amounts;
use crate::changes;
use crate::forecast::{self, Forecast};
use crate::form::Mistake;
use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::Place;
use crate::session::lead_to;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Visit, part_of_path};
use crate::wording;

/// The steps, as the API names them.
const STEPS: [&str; 5] = ["submit", "approve", "reject", "suspend", "resume"];

/// An obstacle, with the page on which it is mended.
struct Obstacle {
    address: Option<String>,
    field: String,
    mistake: Mistake,
}

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    name: String,
    state: String,
    state_name: String,
    window: String,
    tasks: Vec<(String, String)>,
    forecast: Forecast,
    /// What the button says that commits the money.
    commit: String,
    /// A higher budget of a running campaign that waits for approval.
    proposed: Option<String>,
    version: u64,
    /// `None` if it was never approved.
    changes: Option<Vec<String>>,
    obstacles: Vec<Obstacle>,
    obstacles_count: String,
    /// What somebody else has changed since the person looked.
    conflict: Option<Vec<String>>,
    /// What else the API says.
    refused: Option<Mistake>,
    reason: String,
    has_reason_missing: bool,
    is_held: bool,
    may_edit: bool,
    may_approve: bool,
}

/// What came of a step.
#[derive(Default)]
struct Outcome {
    problem: Value,
    conflict: Option<u64>,
    has_reason_missing: bool,
}

/// `GET …/review`.
pub(crate) async fn show(visit: &Visit<'_>, place: Place<'_>) -> Result<Response, Refusal> {
    render(visit, place, 200, Outcome::default()).await
}

/// `POST …/review`: takes the step that the pressed button names.
pub(crate) async fn take(visit: &Visit<'_>, place: Place<'_>) -> Result<Response, Refusal> {
    let step = STEPS.into_iter().find(|step| visit.form.get("step") == *step).ok_or(Refusal::NotFound)?;
    let reason = visit.form.get("reason");
    if visit.is_held() {
        return render(visit, place, 200, Outcome::default()).await;
    }
    if step == "reject" && reason.is_empty() {
        return render(visit, place, 400, Outcome { has_reason_missing: true, ..Outcome::default() }).await;
    }
    let body = if reason.is_empty() { json!({}) } else { json!({"reason": reason.replace("\r\n", "\n")}) };
    let seen = visit.form.seen();
    let answer = match visit.call("POST", &format!("{}/{step}", place.path()), Some(seen), Some(&body)).await {
        // By the role, or because another person has to approve.
        Err(Refusal::Forbidden(detail)) => {
            return render(
                visit,
                place,
                403,
                Outcome { problem: json!({"code": "forbidden", "detail": detail}), ..Outcome::default() },
            )
            .await;
        }
        answer => answer?,
    };
    if answer.status < 300 {
        return Ok(lead_to(&format!("{}?saved", place.address())));
    }
    let conflict = (answer.body["code"] == "version_conflict").then_some(seen);
    let status = if answer.status == 400 { 400 } else { 409 };
    render(visit, place, status, Outcome { problem: answer.body, conflict, has_reason_missing: false }).await
}

async fn render(visit: &Visit<'_>, place: Place<'_>, status: u16, outcome: Outcome) -> Result<Response, Refusal> {
    let path = place.path();
    let (frame, answer, history) =
        tokio::try_join!(Frame::of(visit), visit.get(&path), changes::history(visit, &path))?;
    let (t, campaign) = (visit.texts, &answer.body);
    let since = async |version: Option<u64>| match version {
        Some(version) => changes::since(visit, &path, campaign, version).await,
        None => Ok(None),
    };
    let changes = since(changes::last_approved(&history)).await?;
    let forecast = forecast::of(visit, place, campaign).await?;
    let conflict = since(outcome.conflict).await?.or(outcome.conflict.map(|_| Vec::new()));
    let text = |name: &str| campaign[name].as_str().unwrap_or_default().to_owned();
    let is_competition = campaign["kind"] == "competition";
    let errors = outcome.problem["errors"].as_array().into_iter().flatten();
    let obstacles: Vec<Obstacle> = errors.map(|error| obstacle(t, place, is_competition, error)).collect();
    let is_unexplained = outcome.conflict.is_none() && obstacles.is_empty() && !outcome.problem.is_null();
    let refused = is_unexplained.then(|| Mistake::of_api(t, &outcome.problem));
    let moments = campaign["moments"].as_array().into_iter().flatten();
    let page = ReviewPage {
        may_edit: frame.may(&["editor"]),
        may_approve: frame.may(&["approver"]),
        frame,
        t,
        address: place.address(),
        name: text("name"),
        state_name: wording::state(t, &text("state")),
        state: text("state"),
        window: wording::window(t, campaign),
        tasks: moments.map(|moment| (wording::task(t, moment), wording::rewards(t, moment))).collect(),
        forecast,
        commit: commit(visit, campaign),
        proposed: campaign["proposed_budget"].is_object().then(|| {
            let (now, then) = (&campaign["budget"], &campaign["proposed_budget"]);
            let (now, then) = (amounts::money(t.language, now), amounts::money(t.language, then));
            t.with("approve-raise", &[("before", &now), ("after", &then)])
        }),
        version: answer.version.unwrap_or(0),
        changes,
        obstacles_count: t.count("review-obstacles", obstacles.len() as u64),
        obstacles,
        conflict,
        refused,
        reason: visit.form.get("reason").to_owned(),
        has_reason_missing: outcome.has_reason_missing,
        is_held: visit.is_held(),
    };
    Ok(page::html(status, &page))
}

/// Says what an approval commits, and from when.
fn commit(visit: &Visit<'_>, campaign: &Value) -> String {
    let (t, zone) = (visit.texts, times::zone_of(campaign));
    let budget = amounts::money(t.language, &campaign["budget"]);
    let starts = campaign["starts_at"].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    if starts.is_some_and(|starts| starts > visit.now) {
        let start = times::instant(t.language, zone, &campaign["starts_at"]);
        return t.with("approve-later", &[("budget", &budget), ("start", &start)]);
    }
    t.with("approve-now", &[("budget", &budget)])
}

fn obstacle(t: &Texts, place: Place<'_>, is_competition: bool, error: &Value) -> Obstacle {
    let pointer = error["pointer"].as_str().unwrap_or_default();
    let address = section_of(is_competition, pointer).map(|section| format!("{}/{section}", place.address()));
    Obstacle { address, field: changes::field(t, pointer), mistake: Mistake::of_api(t, error) }
}

/// Returns the section that edits the field of a pointer.
fn section_of(is_competition: bool, pointer: &str) -> Option<String> {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let section = match parts.as_slice() {
        ["competition", ..] => "competition",
        // The API makes the rewards of a competition's moment from its prizes.
        ["moments", _, "rewards", ..] if is_competition => "competition",
        ["moments", index, rest @ ..] => {
            let number = index.parse::<u64>().ok()?.saturating_add(1);
            let is_rule = matches!(rest, ["when" | "segments", ..]);
            return Some(format!("{}moments/{number}", if is_rule { "rules/" } else { "" }));
        }
        ["segments", name, ..] => return Some(format!("rules/segments/{}", part_of_path(name))),
        ["segments"] => "rules",
        ["name" | "kind", ..] => "basics#name",
        ["starts_at", ..] => "basics#starts",
        ["ends_at", ..] => "basics#ends",
        ["budget", ..] => "basics#budget",
        ["expected_rewards", ..] => "basics#expected",
        ["messages", ..] => "messages",
        _ => return None,
    };
    Some(section.to_owned())
}

#[cfg(test)]
mod tests {
    use super::section_of;

    #[test]
    fn an_obstacle_leads_to_the_form_that_mends_it() {
        for (pointer, section) in [
            ("/budget/amount_minor", Some("basics#budget")),
            ("/moments/1/rewards/0/reward_group_id", Some("moments/2")),
            ("/moments/1/when", Some("rules/moments/2")),
            ("/moments/0/segments/1", Some("rules/moments/1")),
            ("/moments", None),
            ("/segments", Some("rules")),
            ("/segments/gold", Some("rules/segments/gold")),
            ("/ends_at", Some("basics#ends")),
            ("/competition", Some("competition")),
            ("/competition/prizes/0", Some("competition")),
            ("", None),
        ] {
            assert_eq!(section_of(false, pointer).as_deref(), section, "{pointer}");
        }
        assert_eq!(section_of(true, "/moments/0/rewards/1/reward_group_id").as_deref(), Some("competition"));
        assert_eq!(section_of(true, "/moments/0/action").as_deref(), Some("moments/1"));
    }
}
