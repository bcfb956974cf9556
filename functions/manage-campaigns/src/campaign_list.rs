//! Lists of an app's campaigns: filters, order, and the place where the next page goes on; and the same list with the
//! figures of each campaign.

use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::campaign::{Campaign, Phase};
use domain::id::CampaignId;
use edge::http::{self, List, PageRequest, Request, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{catalogs, reports};

use crate::RequestContext;
use crate::campaign_body::CampaignView;
use crate::campaigns::word;
use crate::summary::{FiguresView, ListedSummary};

const PHASES: [Phase; 7] = [
    Phase::Draft,
    Phase::PendingApproval,
    Phase::Approved,
    Phase::Rejected,
    Phase::Live,
    Phase::Suspended,
    Phase::Finished,
];

/// `GET …/campaigns`: a page of campaigns as they are written.
pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    let now = context.invocation.now;
    Ok(http::json(200, &page(context, |campaign| CampaignView::new(campaign, now)).await?))
}

#[derive(Serialize)]
struct SummaryList {
    as_of: Timestamp,
    #[serde(flatten)]
    page: List<ListedSummary>,
}

/// `GET …/campaign-summaries`: a page of campaigns with their figures, which follow within some seconds. Besides the
/// catalog, a hundred campaigns cost four requests: decision 0060.
pub(crate) async fn summaries(context: RequestContext<'_>) -> Result<Response, Error> {
    let List { data, cursor } = page(context, |campaign| campaign).await?;
    let campaigns: Vec<Campaign> = data.into_iter().map(|placed| placed.entry).collect();
    // What was never approved has no figures to read.
    let approved = campaigns.iter().filter(|campaign| campaign.slots > 0);
    let approved: Vec<CampaignId> = approved.map(|campaign| campaign.campaign_id.clone()).collect();
    let totals = reports::totals(&context.environment.store, context.app, &approved).await?;
    let figures = |campaign: &Campaign| FiguresView::of_totals(campaign, totals.get(&campaign.campaign_id));
    let now = context.invocation.now;
    let data = campaigns.into_iter().map(|campaign| ListedSummary::new(figures(&campaign), campaign, now)).collect();
    Ok(http::json(200, &SummaryList { as_of: now, page: List { data, cursor } }))
}

/// An entry of a list with its place there, which is not shown.
#[derive(Serialize)]
#[serde(transparent)]
struct Placed<T> {
    #[serde(skip)]
    place: Place,
    entry: T,
}

async fn page<T: Serialize>(
    context: RequestContext<'_>,
    view: impl Fn(Campaign) -> T,
) -> Result<List<Placed<T>>, Error> {
    let (filter, order) = (Filter::read(context.request)?, Order::read(context.request)?);
    let page = context.request.page()?;
    let after = order.read_cursor(&page)?;
    let catalog = catalogs::current(&context.environment.store, context.app).await?;
    let wanted = catalog.campaigns.into_iter().filter(|campaign| filter.takes(campaign, context.invocation.now));
    let mut found: Vec<Placed<Campaign>> =
        wanted.map(|campaign| Placed { place: order.place(&campaign), entry: campaign }).collect();
    found.retain(|found| after.as_ref().is_none_or(|after| order.compare(&found.place, after).is_gt()));
    found.sort_by(|one, other| order.compare(&one.place, &other.place));
    // One more than a page shows that more follow. Views beyond it would be made in vain.
    found.truncate(page.limit as usize + 1);
    let found = found.into_iter().map(|Placed { place, entry }| Placed { place, entry: view(entry) }).collect();
    Ok(List::of(found, &page, false, |last| order.cursor(&last.place)))
}

/// The campaigns that a list takes.
struct Filter {
    /// Empty takes every phase.
    phases: Vec<Phase>,
    /// A part of the name or the id, in lower case.
    part: String,
}

impl Filter {
    fn read(request: &Request) -> Result<Self, Error> {
        let phase = |text: &str| PHASES.into_iter().find(|phase| word(phase) == text);
        let phases = match request.query("state") {
            None => Vec::new(),
            Some(text) => text.split(',').map(phase).collect::<Option<Vec<Phase>>>().ok_or_else(|| {
                let known = PHASES.map(|phase| word(&phase)).join(", ");
                let detail = format!("must be states with commas between them, of {known}");
                Error::invalid("/state", "invalid_parameter", detail)
            })?,
        };
        let part = request.query("name").unwrap_or_default();
        if part.chars().count() > 200 {
            return Err(Error::invalid("/name", "invalid_parameter", "must have 200 characters at most"));
        }
        Ok(Self { phases, part: part.to_lowercase() })
    }

    fn takes(&self, campaign: &Campaign, now: Timestamp) -> bool {
        let has_part = |text: &str| text.to_lowercase().contains(&self.part);
        (self.phases.is_empty() || self.phases.contains(&campaign.phase(now)))
            && (has_part(&campaign.name) || has_part(campaign.campaign_id.as_str()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Id,
    Name,
    StartsAt,
    EndsAt,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Order {
    by: By,
    is_descending: bool,
}

/// A campaign's place in an order: its time or its name, and its id, which makes it unique.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    time: Option<Timestamp>,
    name: String,
    id: CampaignId,
}

/// A place as the API gives it out. It names its order: in another one, the place is elsewhere.
#[derive(Serialize, Deserialize)]
struct Cursor {
    order: String,
    key: String,
    id: CampaignId,
}

impl Order {
    fn read(request: &Request) -> Result<Self, Error> {
        let text = request.query("order").unwrap_or("id");
        Self::parse(text).ok_or_else(|| {
            let detail = "must be id, name, starts_at or ends_at; - before it turns the order around";
            Error::invalid("/order", "invalid_parameter", detail)
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let (is_descending, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        let by = match name {
            "id" => By::Id,
            "name" => By::Name,
            "starts_at" => By::StartsAt,
            "ends_at" => By::EndsAt,
            _ => return None,
        };
        Some(Self { by, is_descending })
    }

    fn place(self, campaign: &Campaign) -> Place {
        let (time, name) = match self.by {
            By::Id => (None, String::new()),
            // As people look for it: "apple" stands beside "Apple".
            By::Name => (None, campaign.name.to_lowercase()),
            By::StartsAt => (Some(campaign.starts_at), String::new()),
            By::EndsAt => (Some(campaign.ends_at), String::new()),
        };
        Place { time, name, id: campaign.campaign_id.clone() }
    }

    fn compare(self, one: &Place, other: &Place) -> Ordering {
        let order = one.cmp(other);
        if self.is_descending { order.reverse() } else { order }
    }

    fn text(self) -> String {
        let name = match self.by {
            By::Id => "id",
            By::Name => "name",
            By::StartsAt => "starts_at",
            By::EndsAt => "ends_at",
        };
        format!("{}{name}", if self.is_descending { "-" } else { "" })
    }

    /// Returns the cursor of the page behind a place. In the order of ids it is the id, as it has always been.
    fn cursor(self, last: &Place) -> String {
        if self == (Self { by: By::Id, is_descending: false }) {
            return last.id.to_string();
        }
        let key = last.time.map_or_else(|| last.name.clone(), |time| time.to_string());
        let cursor = Cursor { order: self.text(), key, id: last.id.clone() };
        // No id begins with `~`. Three texts always serialize.
        format!("~{}", URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default()))
    }

    fn read_cursor(self, page: &PageRequest) -> Result<Option<Place>, Error> {
        let Some(text) = &page.cursor else { return Ok(None) };
        let place = match text.strip_prefix('~') {
            Some(encoded) => self.decode(encoded),
            None if self.text() == "id" => {
                let id = CampaignId::try_from(text.clone()).ok();
                id.map(|id| Place { time: None, name: String::new(), id })
            }
            None => None,
        };
        place.map(Some).ok_or_else(Error::invalid_cursor)
    }

    fn decode(self, encoded: &str) -> Option<Place> {
        let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let Cursor { order, key, id } = serde_json::from_slice(&bytes).ok()?;
        let (time, name) = match self.by {
            By::StartsAt | By::EndsAt => (Some(key.parse().ok()?), String::new()),
            By::Id | By::Name => (None, key),
        };
        (order == self.text()).then_some(Place { time, name, id })
    }
}
