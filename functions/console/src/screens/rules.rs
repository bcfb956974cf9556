//! The rules of a campaign at a glance: the segments of users, and what events count for each moment. Each rule is edited
//! on a page of its own.

use askama::Template;
use edge::http::Response;

use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::Place;
use crate::texts::{Texts, isolated};
use crate::visit::{Visit, part_of_path};

struct RuleRow {
    name: String,
    /// As it is written; empty if there is none.
    rule: String,
    address: String,
}

#[derive(Template)]
#[template(path = "rules.html")]
struct RulesPage {
    frame: Frame,
    t: &'static Texts,
    /// The campaign's name.
    name: String,
    address: String,
    segments: Vec<RuleRow>,
    moments: Vec<RuleRow>,
    /// True if rules can change in the campaign's state.
    is_open: bool,
    may_edit: bool,
}

/// `GET …/rules`.
pub(crate) async fn show(visit: &Visit<'_>, place: Place<'_>) -> Result<Response, Refusal> {
    let path = place.path();
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let (t, campaign, address) = (visit.texts, &answer.body, place.address());
    let segments = campaign["segments"].as_object().into_iter().flatten().map(|(name, rule)| RuleRow {
        name: name.clone(),
        rule: rule.as_str().unwrap_or_default().to_owned(),
        address: format!("{address}/rules/segments/{}", part_of_path(name)),
    });
    let moments = campaign["moments"].as_array().into_iter().flatten().enumerate().map(|(index, moment)| {
        let id = isolated(moment["moment_id"].as_str().unwrap_or_default());
        RuleRow {
            name: t.with("field-when-of", &[("moment", &id)]),
            rule: moment["when"].as_str().unwrap_or_default().to_owned(),
            address: format!("{address}/rules/moments/{}", index.saturating_add(1)),
        }
    });
    let is_open = matches!(campaign["state"].as_str(), Some("draft" | "rejected"));
    let page = RulesPage {
        t,
        name: campaign["name"].as_str().unwrap_or_default().to_owned(),
        segments: segments.collect(),
        moments: moments.collect(),
        is_open,
        may_edit: is_open && frame.may(&["editor"]),
        frame,
        address,
    };
    Ok(page::html(200, &page))
}
