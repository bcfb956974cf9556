//! A new campaign, from nothing or as a copy. From nothing it asks for the basics and a first moment, because a campaign
//! without one is none, and for the prizes of a competition; a copy takes everything but its id, name, window and budget
//! from the other one.

use askama::Template;
use edge::http::Response;
use serde_json::{Value, json};

use crate::form::{Field, Form, Kind, Mistake, Section};
use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::screens::Place;
use crate::screens::edit::{self, Draft, body_of};
use crate::screens::{edit_basics, edit_competition, edit_messages, edit_moment};
use crate::session::lead_to;
use crate::texts::{Texts, isolated};
use crate::visit::{Fields, NOT_THERE, Visit};
use crate::wording;

#[derive(Template)]
#[template(path = "new_campaign.html")]
struct NewCampaignPage {
    frame: Frame,
    t: &'static Texts,
    title: String,
    app_address: String,
    form: Form,
    has_groups: bool,
    /// The address of the form of a competition, where this is another one.
    competition: Option<String>,
    is_held: bool,
}

/// `GET /console/apps/{app}/new-campaign?copy=` or `?kind=competition`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let (frame, source, groups) =
        tokio::try_join!(Frame::of(visit), source(visit, app, visit.query.get("copy")), edit::groups(visit, app))?;
    let form = form(visit, app, &source, &groups);
    render(visit, app, frame, 200, &source, form, &groups)
}

/// Returns the campaign to copy; null without one.
async fn source(visit: &Visit<'_>, app: &str, campaign: &str) -> Result<Value, Refusal> {
    if campaign.is_empty() {
        return Ok(Value::Null);
    }
    Ok(visit.get(&Place { app, campaign }.path()).await?.body)
}

fn render(
    visit: &Visit<'_>,
    app: &str,
    frame: Frame,
    status: u16,
    source: &Value,
    form: Form,
    groups: &[(String, String)],
) -> Result<Response, Refusal> {
    let t = visit.texts;
    let title = match source["name"].as_str() {
        Some(name) => t.with("copy-title", &[("name", &isolated(name))]),
        None if is_competition(visit) => t.get("new-competition-title"),
        None => t.get("new-title"),
    };
    let (app_address, has_groups) = (app_address(app), !groups.is_empty());
    let is_other = source.is_null() && !is_competition(visit);
    let competition = is_other.then(|| format!("{app_address}/new-campaign?kind=competition"));
    let is_held = visit.is_held();
    Ok(page::html(status, &NewCampaignPage { frame, t, title, app_address, form, has_groups, competition, is_held }))
}

/// `POST /console/apps/{app}/new-campaign`.
pub(crate) async fn take(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let (frame, source, groups) =
        tokio::try_join!(Frame::of(visit), source(visit, app, visit.query.get("copy")), edit::groups(visit, app))?;
    let mut form = form(visit, app, &source, &groups);
    form.fill(&visit.form);
    let body = body(visit, &source, &groups, &mut form);
    if form.is_good() && !visit.is_held() {
        let place = Place { app, campaign: visit.form.get("id") };
        if place.campaign.is_empty() {
            form.refuse("id", Mistake::new(visit.texts.get("mistake-missing")));
        } else {
            let answer = visit.call("PUT", &place.path(), NOT_THERE, Some(&body)).await?;
            if answer.status < 300 {
                return Ok(lead_to(&format!("{}?saved", place.address())));
            }
            if answer.body["code"] == "version_conflict" {
                form.refuse("id", Mistake::new(visit.texts.get("mistake-taken")));
            } else {
                form.place(visit.texts, &answer.body);
            }
        }
    }
    let status = if form.is_good() { 200 } else { 400 };
    render(visit, app, frame, status, &source, form, &groups)
}

/// True if the form asks for what a competition has.
fn is_competition(visit: &Visit<'_>) -> bool {
    visit.query.get("kind") == "competition" && visit.query.get("copy").is_empty()
}

fn form(visit: &Visit<'_>, app: &str, source: &Value, groups: &[(String, String)]) -> Form {
    let t = visit.texts;
    let what = vec![
        edit_basics::name(t, source["name"].as_str().unwrap_or_default()),
        Field::line("id", t.get("field-id"), "").required().hint(t.get("hint-id")).at("/campaign"),
    ];
    let mut sections = vec![Section::new(t.get("section-what"), what)];
    if source.is_null() {
        sections[0].fields.push(edit_basics::kind_of_new(t, is_competition(visit)));
    }
    sections.push(edit_basics::window(t, source));
    sections.push(edit_basics::budget(t, source, true));
    if source.is_null() {
        let mut first = first_moment(t, groups);
        if is_competition(visit) {
            // Prizes come instead of a target and its reward.
            first[0].fields.truncate(1);
            first[0].legend = t.get("section-scored");
            sections.push(first.remove(0));
            sections.extend(edit_competition::sections(&Draft { t, campaign: source, groups }));
        }
        sections.extend(first);
    }
    let copied = source["campaign_id"].as_str().map(|id| Fields(vec![("copy".to_owned(), id.to_owned())]).encoded());
    let query = copied.or_else(|| is_competition(visit).then(|| "kind=competition".to_owned()));
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Form {
        action: format!("{}/new-campaign{query}", app_address(app)),
        sections,
        submit: t.get("create"),
        cancel: format!("{}/campaigns", app_address(app)),
        suggestions: if is_competition(visit) { edit_competition::suggestions(groups) } else { Vec::new() },
        ..Form::default()
    }
}

/// The first moment of a new campaign.
fn first_moment(t: &Texts, groups: &[(String, String)]) -> Vec<Section> {
    let counts = ["events", "quantity", "highest", "streak"].map(|count| (count.to_owned(), wording::count(t, count)));
    let field =
        |name: &str, id: &str, pointer: &str| Field::line(name, t.get(id), "").at(format!("/moments/0/{pointer}"));
    let mut target = field("target", "field-target", "target").kind(Kind::Number).required();
    "1".clone_into(&mut target.value);
    let mut most = field("most", "field-most", "max_rewards_per_user").kind(Kind::Number).required();
    "1".clone_into(&mut most.value);
    let mut count = field("count", "field-count", "count").kind(Kind::Choice(counts.into()));
    "events".clone_into(&mut count.value);
    let action = field("action", "field-action", "action").required().hint(t.get("hint-action"));
    let group = field("group", "field-rewards", "rewards").kind(Kind::Choice(groups.to_vec())).required();
    let mut language = field("lang", "field-language", "messages").required().hint(t.get("hint-language"));
    t.language.tag().clone_into(&mut language.value);
    let announcement = format!("messages/announcement/{}", t.language.tag());
    let achievement = format!("messages/achievement/{}", t.language.tag());
    let messages = vec![
        language,
        field("ach_title", "field-achievement-title", &achievement).required(),
        field("ach_body", "field-achievement-body", &format!("{achievement}/body")).kind(Kind::Area).required(),
        field("ann_title", "field-announcement-title", &announcement).hint(t.get("hint-announcement")),
        field("ann_body", "field-announcement-body", &format!("{announcement}/body")).kind(Kind::Area),
    ];
    vec![
        Section::new(t.get("section-first-moment"), vec![action, count, target, most, group]),
        Section::new(t.get("section-messages"), messages),
    ]
}

/// Returns the body for the API.
fn body(visit: &Visit<'_>, source: &Value, groups: &[(String, String)], form: &mut Form) -> Value {
    let (t, typed) = (visit.texts, &visit.form);
    let draft = Draft { t, campaign: source, groups };
    let mut body = if source.is_null() { json!({"kind": typed.get("kind")}) } else { body_of(source) };
    body["name"] = typed.get("name").into();
    edit_basics::put_window(&draft, typed, form, &mut body);
    edit_basics::put_budget(&draft, typed, form, &mut body);
    if source.is_null() {
        let mut moment = json!({"moment_id": "first", "action": typed.get("action")});
        if is_competition(visit) {
            edit_competition::put(&draft, typed, form, &mut body);
        } else {
            edit_moment::put_task(t, typed, form, &mut moment);
            moment["rewards"] = json!([{"reward_group_id": typed.get("group")}]);
        }
        let text = |name: &str| typed.get(name).replace("\r\n", "\n");
        let (announced, achieved) = ((text("ann_title"), text("ann_body")), (text("ach_title"), text("ach_body")));
        moment["messages"] =
            edit_messages::of_new(typed.get("lang"), (&announced.0, &announced.1), (&achieved.0, &achieved.1));
        body["moments"] = json!([moment]);
    }
    body
}
