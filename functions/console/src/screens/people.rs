//! The people and services who administer the apps that the person owns, and a form for one more.

use askama::Template;
use edge::http::Response;
use serde_json::Value;

use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::reward_wording;
use crate::screens::person::address;
use crate::screens::support::paged;
use crate::texts::Texts;
use crate::visit::{Fields, Visit};

struct Row {
    address: String,
    id: String,
    name: String,
    /// Each app with the names of the roles there.
    roles: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    t: &'static Texts,
    rows: Vec<Row>,
    next: Option<String>,
    has_deleted: bool,
}

/// `GET /console/people?cursor=`.
pub(crate) async fn show(visit: &Visit<'_>) -> Result<Response, Refusal> {
    let path = paged("/v1/people", &[("limit", "50"), ("cursor", visit.query.get("cursor"))]);
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    require_owner(&frame)?;
    let t = visit.texts;
    let next = answer.body["cursor"].as_str().map(|cursor| {
        let query = Fields(vec![("cursor".to_owned(), cursor.to_owned())]).encoded();
        format!("/console/people?{query}")
    });
    let rows = answer.body["data"].as_array().into_iter().flatten().map(|person| row(t, person)).collect();
    Ok(page::html(200, &PeoplePage { frame, t, rows, next, has_deleted: visit.query.has("deleted") }))
}

/// Refuses who owns no app.
pub(crate) fn require_owner(frame: &Frame) -> Result<(), Refusal> {
    if frame.is_owner() {
        Ok(())
    } else {
        Err(Refusal::Forbidden("this page needs the role owner in an app".to_owned()))
    }
}

fn row(t: &Texts, person: &Value) -> Row {
    let text = |name: &str| person[name].as_str().unwrap_or_default();
    let roles = person["roles"].as_object().into_iter().flatten().map(|(app, roles)| {
        let names = roles.as_array().into_iter().flatten().filter_map(Value::as_str);
        let names: Vec<String> = names.map(|role| reward_wording::role(t, role)).collect();
        (if app == "*" { t.get("people-every-app") } else { app.clone() }, names.join(", "))
    });
    Row {
        address: address(text("person_id")),
        id: text("person_id").to_owned(),
        name: text("name").to_owned(),
        roles: roles.collect(),
    }
}
