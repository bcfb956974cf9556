//! `POST …/campaigns/{campaign}/announce`, and the routes that show the progress of announcements.

use domain::Error;
use domain::campaign::Phase;
use domain::id::{AppId, CampaignId};
use edge::fields::Whole;
use edge::http::{self, List, Request, Response};
use invocation::Invocation;
use jiff::Timestamp;
use outbound_push::outbox::Outbox;
use serde::Serialize;
use store::Environment;
use store::announcements::{self, Announcement, Counts, Occasion, PARTS, Part};
use store::catalogs;

use crate::auto_announce::{PER_SECOND, begin, enqueue_all, is_announced};

/// An announcement as the API shows it.
#[derive(Serialize)]
struct AnnouncementView {
    announcement_id: String,
    campaign_id: CampaignId,
    state: &'static str,
    occasion: Occasion,
    per_second: u32,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
    /// Number of parts of the audience that are done, out of `parts`.
    parts_done: usize,
    parts: u8,
    #[serde(flatten)]
    counts: Counts,
}

impl AnnouncementView {
    fn new(campaign_id: &CampaignId, announcement: &Announcement, parts: &[Part]) -> Self {
        Self {
            announcement_id: announcement.number.to_string(),
            campaign_id: campaign_id.clone(),
            state: if announcement.finished_at.is_some() { "finished" } else { "running" },
            occasion: announcement.occasion,
            per_second: announcement.per_second,
            created_at: announcement.created_at,
            finished_at: announcement.finished_at,
            parts_done: parts.iter().filter(|part| part.done).count(),
            parts: PARTS,
            counts: parts.iter().map(|part| part.counts).sum(),
        }
    }
}

pub(crate) async fn answer(
    environment: &Environment,
    outbox: &Outbox,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let app: AppId = request.path_id("app", "app")?;
    request.require_admin_of(&app)?;
    let campaign: CampaignId = request.path_id("campaign", "campaign")?;
    match request.route() {
        "POST /v1/apps/{app}/campaigns/{campaign}/announce" => {
            announce(environment, outbox, request, &app, &campaign, invocation).await
        }
        "GET /v1/apps/{app}/campaigns/{campaign}/announcements" => list(environment, request, &app, &campaign).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/announcements/{announcement}" => {
            get(environment, request, &app, &campaign).await
        }
        route => Err(Error::not_found("route", route)),
    }
}

/// Announces a campaign to the users of the audience who have no announcement of it yet. Returns the running
/// announcement if there is one, so a repetition after a lost answer begins nothing.
async fn announce(
    environment: &Environment,
    outbox: &Outbox,
    request: &Request,
    app: &AppId,
    campaign_id: &CampaignId,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let per_second = request.json_or_nothing(|fields| {
        Some(fields.optional::<Whole<16, 20_000>>("per_second").map_or(PER_SECOND, |rate| rate.small()))
    })?;
    let store = &environment.store;
    let catalog = catalogs::current(store, app).await?;
    let campaign = catalog.campaign(campaign_id)?;
    let phase = campaign.phase(invocation.now);
    if phase != Phase::Live {
        let state = serde_json::to_value(phase).ok().and_then(|state| state.as_str().map(str::to_owned));
        let detail = format!("the campaign is {}; only a live one is announced", state.unwrap_or_default());
        return Err(Error::Conflict { code: "state_conflict", detail });
    }
    if !is_announced(campaign) {
        let detail = "the campaign has no message announcement in any moment, and none of its own".to_owned();
        return Err(Error::Conflict { code: "nothing_to_announce", detail });
    }
    let before = announcements::list(store, app, campaign_id).await?;
    let runs = |all: &[(Announcement, Vec<Part>)]| {
        let running = all.iter().find(|(announcement, _)| announcement.finished_at.is_none());
        running.map(|(announcement, parts)| AnnouncementView::new(campaign_id, announcement, parts))
    };
    if let Some(running) = runs(&before) {
        // No part has begun: the messages of the parts may never have reached the queue.
        let unbegun =
            before.iter().find(|(announcement, parts)| announcement.finished_at.is_none() && parts.is_empty());
        if let Some((announcement, _)) = unbegun {
            enqueue_all(outbox, campaign, announcement.number).await?;
        }
        return Ok(http::json(200, &running));
    }
    let number = before.last().map_or(1, |(last, _)| last.number + 1);
    let announcement = Announcement::new(number, Occasion::Request, per_second, invocation.now);
    let begun = begin(environment, outbox, campaign, &announcement).await?;
    let after = announcements::list(store, app, campaign_id).await?;
    let of_number = after.iter().find(|(announcement, _)| announcement.number == number);
    let view = of_number.map(|(announcement, parts)| AnnouncementView::new(campaign_id, announcement, parts));
    let view = view.ok_or_else(|| Error::Unavailable("the announcement is not to be seen yet".into()))?;
    Ok(http::json(if begun { 202 } else { 200 }, &view))
}

async fn list(
    environment: &Environment,
    request: &Request,
    app: &AppId,
    campaign_id: &CampaignId,
) -> Result<Response, Error> {
    let page = request.page()?;
    catalogs::current(&environment.store, app).await?.campaign(campaign_id)?;
    let after = page.cursor.as_deref().map(number).transpose()?.unwrap_or(0);
    let all = announcements::list(&environment.store, app, campaign_id).await?;
    let mut rest = all.iter().filter(|(announcement, _)| announcement.number > after);
    let data: Vec<AnnouncementView> = rest
        .by_ref()
        .take(page.limit as usize)
        .map(|(announcement, parts)| AnnouncementView::new(campaign_id, announcement, parts))
        .collect();
    let cursor = rest.next().and(data.last()).map(|last| last.announcement_id.clone());
    Ok(http::json(200, &List { data, cursor }))
}

fn number(cursor: &str) -> Result<u32, Error> {
    cursor.parse().map_err(|_| Error::invalid_cursor())
}

async fn get(
    environment: &Environment,
    request: &Request,
    app: &AppId,
    campaign_id: &CampaignId,
) -> Result<Response, Error> {
    let id = request.path_text("announcement");
    let all = announcements::list(&environment.store, app, campaign_id).await?;
    let found = all.iter().find(|(announcement, _)| announcement.number.to_string() == id);
    let (announcement, parts) = found.ok_or_else(|| Error::not_found("announcement", &id))?;
    Ok(http::json(200, &AnnouncementView::new(campaign_id, announcement, parts)))
}
