//! The reward groups of an app, page by page.

use askama::Template;
use edge::http::Response;
use serde_json::Value;

use crate::amounts;
use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::reward_wording;
use crate::screens::group;
use crate::screens::support::paged;
use crate::texts::Texts;
use crate::visit::{Fields, Visit, part_of_path};

struct Row {
    address: String,
    id: String,
    name: String,
    kind: String,
    cost: String,
    marketplaces: String,
    threshold: String,
}

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    frame: Frame,
    t: &'static Texts,
    rows: Vec<Row>,
    next: Option<String>,
    may_edit: bool,
}

/// `GET /console/apps/{app}/reward-groups?cursor=`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let asked = [("limit", "50"), ("cursor", visit.query.get("cursor"))];
    let path = paged(&format!("/v1/apps/{}/reward-groups", part_of_path(app)), &asked);
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let t = visit.texts;
    let next = answer.body["cursor"].as_str().map(|cursor| {
        let query = Fields(vec![("cursor".to_owned(), cursor.to_owned())]).encoded();
        format!("{}/reward-groups?{query}", app_address(app))
    });
    let groups = answer.body["data"].as_array().into_iter().flatten();
    let rows = groups.map(|group| row(t, app, group)).collect();
    Ok(page::html(200, &GroupsPage { may_edit: frame.may(&["editor"]), frame, t, rows, next }))
}

fn row(t: &Texts, app: &str, group: &Value) -> Row {
    let text = |name: &str| group[name].as_str().unwrap_or_default();
    let threshold = group["low_stock_threshold"].as_u64();
    Row {
        address: group::address(app, text("reward_group_id")),
        id: text("reward_group_id").to_owned(),
        name: text("name").to_owned(),
        kind: reward_wording::kind(t, text("kind")),
        cost: amounts::money(t.language, &group["cpa"]),
        marketplaces: group::marketplaces(t, group),
        threshold: threshold.map(|threshold| amounts::whole(t.language, threshold)).unwrap_or_default(),
    }
}
