//! One person: the name, the roles in each app, and links to the keys. A new person has the same form. The page neither
//! shows nor changes roles in apps that the visitor does not own.

use std::collections::BTreeSet;

use askama::Template;
use edge::http::Response;
use serde_json::{Value, json};

use crate::form::{Form, Mistake};
use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::reward_wording::{self, ROLES};
use crate::screens::form_page::FormPage;
use crate::screens::people::require_owner;
use crate::screens::person_keys::{self, Keys};
use crate::session::lead_to;
use crate::texts::{Texts, isolated};
use crate::visit::{NOT_THERE, Visit, part_of_path};

/// The most apps that a page offers. It leaves roles in further apps as they are; the command line changes those.
const MOST_APPS: usize = 30;

struct Choice {
    role: &'static str,
    name: String,
    is_checked: bool,
}

/// The roles in one app.
struct Scope {
    /// The app's id, or `*`.
    id: String,
    name: String,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    frame: Frame,
    t: &'static Texts,
    is_new: bool,
    id: String,
    name: String,
    version: u64,
    address: String,
    scopes: Vec<Scope>,
    /// `None` if this person's keys are not hers or his to manage who looks.
    keys: Option<Keys>,
    /// The field and the mistake.
    mistakes: Vec<(String, Mistake)>,
    conflict: Option<Vec<String>>,
    /// True for somebody who signs in at the identity provider, which decides about the name and the roles.
    signs_in: bool,
    has_saved: bool,
    is_held: bool,
}

/// Returns the address of a person's page.
pub(crate) fn address(person: &str) -> String {
    format!("/console/people/{}", part_of_path(person))
}

/// Returns the path of a person in the API.
pub(crate) fn path(person: &str) -> String {
    format!("/v1/people/{}", part_of_path(person))
}

/// What came of saving.
#[derive(Default)]
struct Outcome {
    mistakes: Vec<(String, Mistake)>,
    is_overtaken: bool,
}

/// `GET|POST /console/new-person`.
pub(crate) async fn make(visit: &Visit<'_>) -> Result<Response, Refusal> {
    let (frame, t) = (Frame::of(visit).await?, visit.texts);
    require_owner(&frame)?;
    let apps = owned_apps(visit, &frame).await?;
    let mut outcome = Outcome::default();
    if visit.is_post && !visit.is_held() {
        let id = visit.form.get("id");
        outcome.mistakes = missing(t, visit, &["id", "name"]);
        if outcome.mistakes.is_empty() {
            let answer = visit.call("PUT", &path(id), NOT_THERE, Some(&body(visit, &Value::Null, &apps))).await?;
            if answer.status < 300 {
                return Ok(lead_to(&format!("{}?saved", address(id))));
            }
            if answer.body["code"] == "version_conflict" {
                outcome.mistakes.push(("id".to_owned(), Mistake::new(t.get("person-taken"))));
            } else {
                outcome.mistakes = refused(t, &answer.body);
            }
        }
    }
    render(visit, frame, &Value::Null, 0, &apps, None, outcome)
}

/// `GET|POST /console/people/{person}`.
pub(crate) async fn handle(visit: &Visit<'_>, person: &str) -> Result<Response, Refusal> {
    let (here, t) = (path(person), visit.texts);
    let (frame, answer, keys) = tokio::try_join!(Frame::of(visit), visit.get(&here), person_keys::list(visit, person))?;
    require_owner(&frame)?;
    let apps = owned_apps(visit, &frame).await?;
    let mut outcome = Outcome::default();
    if visit.is_post && !visit.is_held() {
        outcome.mistakes = missing(t, visit, &["name"]);
        if outcome.mistakes.is_empty() {
            let body = body(visit, &answer.body, &apps);
            let saved = visit.call("PUT", &here, Some(visit.form.seen()), Some(&body)).await?;
            if saved.status < 300 {
                return Ok(lead_to(&format!("{}?saved", address(person))));
            }
            outcome.is_overtaken = saved.body["code"] == "version_conflict";
            if !outcome.is_overtaken {
                outcome.mistakes = refused(t, &saved.body);
            }
        }
    }
    render(visit, frame, &answer.body, answer.version.unwrap_or(0), &apps, keys, outcome)
}

/// `GET|POST /console/people/{person}/delete`.
pub(crate) async fn delete(visit: &Visit<'_>, person: &str) -> Result<Response, Refusal> {
    let (frame, answer) = tokio::try_join!(Frame::of(visit), async { visit.get(&path(person)).await })?;
    require_owner(&frame)?;
    let t = visit.texts;
    let mut form = Form {
        action: format!("{}/delete", address(person)),
        version: answer.version,
        submit: t.get("person-delete"),
        cancel: address(person),
        ..Form::default()
    };
    let mut status = 200;
    if visit.is_post && !visit.is_held() {
        let deleted = visit.call("DELETE", &path(person), Some(visit.form.seen()), None).await?;
        if deleted.status < 300 {
            return Ok(lead_to("/console/people?deleted"));
        }
        form.place(t, &deleted.body);
        status = deleted.status;
    }
    let name = isolated(answer.body["name"].as_str().unwrap_or_default());
    let notes = vec![t.with("person-delete-effect", &[("name", &name)])];
    let crumb = (address(person), person.to_owned());
    let (title, is_held) = (t.get("person-delete"), visit.is_held());
    Ok(page::html(status, &FormPage { frame, t, title, crumb, notes, form, conflict: None, is_held }))
}

fn missing(t: &Texts, visit: &Visit<'_>, fields: &[&str]) -> Vec<(String, Mistake)> {
    let missing = fields.iter().filter(|name| visit.form.get(name).is_empty());
    missing.map(|name| ((*name).to_owned(), Mistake::new(t.get("mistake-missing")))).collect()
}

fn refused(t: &Texts, problem: &Value) -> Vec<(String, Mistake)> {
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    if errors.is_empty() {
        return vec![("id".to_owned(), Mistake::of_api(t, problem))];
    }
    let field = |error: &Value| match error["pointer"].as_str() {
        Some("/name") => "name".to_owned(),
        _ => "id".to_owned(),
    };
    errors.iter().map(|error| (field(error), Mistake::of_api(t, error))).collect()
}

/// The apps whose roles the person may give: `*` and the first apps for who owns all, else the owned ones.
async fn owned_apps(visit: &Visit<'_>, frame: &Frame) -> Result<Vec<String>, Refusal> {
    let Some(session) = &frame.session else { return Ok(Vec::new()) };
    let owned = session.roles.iter().filter(|(_, roles)| roles.iter().any(|role| role == "owner"));
    let mut apps: Vec<String> = owned.map(|(app, _)| app.clone()).take(MOST_APPS).collect();
    if apps.iter().any(|app| app == "*") {
        let answer = visit.get(&format!("/v1/apps?limit={MOST_APPS}")).await?;
        let all = answer.body["data"].as_array().into_iter().flatten();
        apps.extend(all.filter_map(|app| app["app_id"].as_str()).map(str::to_owned));
        apps.sort();
        apps.dedup();
    }
    Ok(apps)
}

/// The apps of the form: those that the person who looks owns, and those in which the other person has a role.
fn shown(person: &Value, apps: &[String]) -> Vec<String> {
    let theirs = person["roles"].as_object().into_iter().flatten().map(|(app, _)| app.clone());
    let shown: BTreeSet<String> = theirs.chain(apps.iter().cloned()).collect();
    shown.into_iter().collect()
}

/// Returns the body for the API. The kind stays.
fn body(visit: &Visit<'_>, person: &Value, apps: &[String]) -> Value {
    let mut body = json!({"name": visit.form.get("name"), "roles": {}});
    if let Some(kind) = person["kind"].as_str() {
        body["kind"] = kind.into();
    }
    for app in shown(person, apps) {
        let roles: Vec<&str> = ROLES.into_iter().filter(|role| is_typed(visit, &app, role)).collect();
        if !roles.is_empty() {
            body["roles"][&app] = roles.into();
        }
    }
    body
}

fn is_typed(visit: &Visit<'_>, app: &str, role: &str) -> bool {
    let name = format!("roles.{app}");
    visit.form.0.iter().any(|(found, value)| *found == name && value == role)
}

fn has(person: &Value, app: &str, role: &str) -> bool {
    person["roles"][app].as_array().into_iter().flatten().any(|held| held == role)
}

fn render(
    visit: &Visit<'_>,
    frame: Frame,
    person: &Value,
    version: u64,
    apps: &[String],
    keys: Option<Keys>,
    outcome: Outcome,
) -> Result<Response, Refusal> {
    let (t, is_new) = (visit.texts, person.is_null());
    let is_checked =
        |app: &str, role: &str| if visit.is_post { is_typed(visit, app, role) } else { has(person, app, role) };
    let scope = |app: String| Scope {
        name: if app == "*" { t.get("people-every-app") } else { app.clone() },
        choices: ROLES
            .map(|role| Choice { role, name: reward_wording::role(t, role), is_checked: is_checked(&app, role) })
            .into(),
        id: app,
    };
    let id = if is_new { visit.form.get("id").to_owned() } else { text(person, "person_id") };
    let status = match (&outcome.mistakes[..], outcome.is_overtaken) {
        ([], false) => 200,
        (_, true) => 409,
        _ => 400,
    };
    let page = PersonPage {
        frame,
        t,
        is_new,
        address: if is_new { "/console/new-person".to_owned() } else { address(&id) },
        id,
        name: if visit.is_post { visit.form.get("name").to_owned() } else { text(person, "name") },
        version: if visit.is_post && !outcome.is_overtaken { visit.form.version().unwrap_or(0) } else { version },
        scopes: shown(person, apps).into_iter().map(scope).collect(),
        keys,
        conflict: outcome.is_overtaken.then(|| stored(t, person)),
        mistakes: outcome.mistakes,
        signs_in: !person["identity"].is_null(),
        has_saved: visit.query.has("saved"),
        is_held: visit.is_held(),
    };
    Ok(page::html(status, &page))
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

/// Says what is stored now, after somebody else's change.
fn stored(t: &Texts, person: &Value) -> Vec<String> {
    let now = |field: &str, value: &str| t.with("conflict-now", &[("field", field), ("value", value)]);
    let roles = person["roles"].as_object().into_iter().flatten().map(|(app, roles)| {
        let names = roles.as_array().into_iter().flatten().filter_map(Value::as_str);
        let names: Vec<String> = names.map(|role| reward_wording::role(t, role)).collect();
        now(app, &names.join(", "))
    });
    let name = now(&t.get("field-name"), &isolated(&text(person, "name")));
    [name].into_iter().chain(roles).collect()
}
