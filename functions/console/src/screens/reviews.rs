//! The rewards of a campaign that are held for review, oldest first. Each is released or voided, with a reason.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use serde_json::Value;

use crate::amounts;
use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::Place;
use crate::screens::reward;
use crate::screens::support::{paged, user_address};
use crate::texts::Texts;
use crate::times;
use crate::visit::{Fields, Visit};

struct Row {
    address: String,
    user: Option<(String, String)>,
    moment: String,
    group: String,
    cost: String,
    earned: String,
}

#[derive(Template)]
#[template(path = "reviews.html")]
struct ReviewsPage {
    frame: Frame,
    t: &'static Texts,
    campaign: (String, String),
    rows: Vec<Row>,
    next: Option<String>,
    has_saved: bool,
}

/// `GET /console/apps/{app}/campaigns/{campaign}/reviews?cursor=`.
pub(crate) async fn show(visit: &Visit<'_>, place: Place<'_>) -> Result<Response, Refusal> {
    let path = paged(&format!("{}/reviews", place.path()), &[("limit", "25"), ("cursor", visit.query.get("cursor"))]);
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let t = visit.texts;
    let next = answer.body["cursor"].as_str().map(|cursor| {
        let query = Fields(vec![("cursor".to_owned(), cursor.to_owned())]).encoded();
        format!("{}/reviews?{query}", place.address())
    });
    let rewards = answer.body["data"].as_array().into_iter().flatten();
    let page = ReviewsPage {
        frame,
        t,
        campaign: (place.address(), place.campaign.to_owned()),
        rows: rewards.map(|reward| row(t, place.app, reward)).collect(),
        next,
        has_saved: visit.query.has("saved"),
    };
    Ok(page::html(200, &page))
}

fn row(t: &Texts, app: &str, reward: &Value) -> Row {
    let text = |name: &str| reward[name].as_str().unwrap_or_default().to_owned();
    Row {
        address: reward::address(app, &text("reward_id")),
        user: reward["user_id"].as_str().map(|user| (user_address(app, user), user.to_owned())),
        moment: text("moment_id"),
        group: text("reward_group_id"),
        cost: amounts::money(t.language, &reward["cost"]),
        earned: times::instant(t.language, TimeZone::UTC, &reward["earned_at"]),
    }
}
