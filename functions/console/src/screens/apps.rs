//! The apps of which the person sees something. Who sees one alone is led on to it.

use askama::Template;
use edge::http::Response;
use serde_json::Value;

use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::session::lead_to;
use crate::texts::Texts;
use crate::visit::{Fields, Visit};

struct AppRow {
    id: String,
    name: String,
    address: String,
}

#[derive(Template)]
#[template(path = "apps.html")]
struct AppsPage {
    frame: Frame,
    t: &'static Texts,
    apps: Vec<AppRow>,
    next: Option<String>,
}

/// `GET /console/apps?cursor=`.
pub(crate) async fn show(visit: &Visit<'_>) -> Result<Response, Refusal> {
    let cursor = visit.query.get("cursor");
    let mut asked = vec![("limit".to_owned(), "50".to_owned())];
    asked.extend((!cursor.is_empty()).then(|| ("cursor".to_owned(), cursor.to_owned())));
    let path = format!("/v1/apps?{}", Fields(asked).encoded());
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let mut apps: Vec<AppRow> = answer.body["data"].as_array().into_iter().flatten().map(row).collect();
    let next = answer.body["cursor"].as_str();
    if let ([only], None, "") = (apps.as_slice(), next, cursor) {
        return Ok(lead_to(&only.address));
    }
    apps.sort_by_key(|app| app.name.to_lowercase());
    let next =
        next.map(|next| format!("/console/apps?{}", Fields(vec![("cursor".to_owned(), next.to_owned())]).encoded()));
    Ok(page::html(200, &AppsPage { frame, t: visit.texts, apps, next }))
}

fn row(app: &Value) -> AppRow {
    let id = app["app_id"].as_str().unwrap_or_default();
    AppRow { id: id.to_owned(), name: app["name"].as_str().unwrap_or(id).to_owned(), address: app_address(id) }
}
