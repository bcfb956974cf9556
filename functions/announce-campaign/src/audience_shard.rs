//! One part of an audience, from where it was left: page after page, each written down before the next, as long as there is
//! time, and at the rate that was asked for. What is left goes on with a new message.

use aws_lambda_events::sqs::SqsMessage;
use domain::Error;
use domain::campaign::{Campaign, Phase};
use domain::id::{AppId, CampaignId};
use invocation::Invocation;
use jiff::Timestamp;
use outbound_push::outbox::Outbox;
use outbound_queue::Message;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::Environment;
use store::announcements::{self, Announcement, PARTS, Part};
use tokio::time::{Instant, sleep};

use crate::audience_page::{self, Page};

/// Seconds that must be left for a page to be begun: none is to be cut off in the middle, because whom it has announced to by
/// then is not announced to again.
const PAGE_TAKES: Duration = Duration::from_secs(20);

/// Users of a page at the most.
const MOST_USERS: u32 = 200;

/// Seconds of the rate that a page takes: slow announcements have small pages.
const PAGE_SECONDS: u32 = 10;

/// The most that a message can be delayed.
const MOST_DELAY: u32 = 900;

/// Seconds after which a part is looked at again whose campaign is suspended, or that could not be told anything.
const LOOK_AGAIN: u32 = 60;

/// What stands in the queue: which part of whose audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartWork {
    pub(crate) app: AppId,
    pub(crate) campaign: CampaignId,
    pub(crate) number: u32,
    pub(crate) part: u8,
}

/// Puts parts of an announcement into the queue.
pub(crate) async fn enqueue(outbox: &Outbox, work: &PartWork, parts: &[u8], delay_seconds: u32) -> Result<(), Error> {
    let message = |part: &u8| {
        let body = serde_json::to_string(&PartWork { part: *part, ..work.clone() });
        let body = body.map_err(|error| Error::Internal(format!("cannot queue: {error}")))?;
        Ok(Message { body, group: None, deduplication: None, delay_seconds })
    };
    let messages = parts.iter().map(message).collect::<Result<Vec<_>, Error>>()?;
    outbox.announcements.send(&messages).await
}

/// Handles one message of the queue. Another one for the same part may be under way: each page is written down under the condition
/// that nobody else has gone on, and each user announced to under the condition that nobody else has.
pub(crate) async fn tell(
    environment: &Environment,
    outbox: &Outbox,
    message: &SqsMessage,
    invocation: &Invocation,
) -> Result<(), Error> {
    let body = message.body.as_deref().unwrap_or_default();
    let work: PartWork = serde_json::from_str(body).map_err(|error| {
        Error::Internal(format!("a message of the queue cannot be read: column {}", error.column()))
    })?;
    let store = &environment.store;
    let Some(announcement) = announcements::get(store, &work.app, &work.campaign, work.number).await? else {
        return Ok(());
    };
    let mut part = announcements::part(store, &work.app, &work.campaign, work.number, work.part).await?;
    while !part.done {
        // It takes most of a minute, in which the campaign may be suspended.
        let now = invocation.by_now();
        let catalog = environment.catalogs.of(store, &work.app, now).await?;
        let campaign = catalog.campaign(&work.campaign)?;
        match campaign.phase(now) {
            Phase::Live => {}
            // What is over is announced to nobody else.
            Phase::Finished => {
                part = next(&Part { done: true, ..part }, now);
                announcements::advance(store, &work.app, &work.campaign, work.number, work.part, &part, now).await?;
                break;
            }
            _ => return enqueue(outbox, &work, &[work.part], LOOK_AGAIN).await,
        }
        if Instant::now() + PAGE_TAKES >= invocation.deadline {
            return enqueue(outbox, &work, &[work.part], 0).await;
        }
        let told = tell_page(environment, outbox, &work, &announcement, campaign, part, invocation).await?;
        let Some(Told { part: after, pause, held_up }) = told else { return Ok(()) };
        part = after;
        if held_up {
            return enqueue(outbox, &work, &[work.part], LOOK_AGAIN).await;
        }
        if part.done {
            break;
        }
        if Instant::now() + pause + PAGE_TAKES >= invocation.deadline {
            let seconds = u32::try_from(pause.as_secs()).unwrap_or(MOST_DELAY).min(MOST_DELAY);
            return enqueue(outbox, &work, &[work.part], seconds).await;
        }
        sleep(pause).await;
    }
    finish(environment, &work, invocation).await
}

/// What a page came to.
struct Told {
    part: Part,
    /// Until the next one, for the rate's sake.
    pause: Duration,
    /// Whether Pinpoint did not answer.
    held_up: bool,
}

/// Tells one page. `None` if somebody else has gone on with the part meanwhile.
async fn tell_page(
    environment: &Environment,
    outbox: &Outbox,
    work: &PartWork,
    announcement: &Announcement,
    campaign: &Campaign,
    part: Part,
    invocation: &Invocation,
) -> Result<Option<Told>, Error> {
    let per_part = (announcement.per_second / u32::from(PARTS)).max(1);
    let limit = (per_part * PAGE_SECONDS).min(MOST_USERS);
    let store = &environment.store;
    let limit = i32::try_from(limit).unwrap_or(100);
    let (users, cursor) = announcements::audience(store, &work.app, work.part, part.cursor.as_deref(), limit).await?;
    let began = Instant::now();
    let Page { counts, held_up } = audience_page::tell(environment, outbox, campaign, users, invocation).await?;
    // What the page itself took is part of it.
    let pause = Duration::from_secs_f64(counts.sent as f64 / f64::from(per_part)).saturating_sub(began.elapsed());
    let done = cursor.is_none();
    let counts = part.counts + counts;
    let after = next(&Part { cursor: cursor.or(part.cursor), done, counts, ..part }, invocation.now);
    let advanced =
        announcements::advance(store, &work.app, &work.campaign, work.number, work.part, &after, campaign.ends_at)
            .await?;
    // The answer to a write that happened may have been lost: then what stands there is this very page.
    if !advanced && announcements::part(store, &work.app, &work.campaign, work.number, work.part).await? != after {
        return Ok(None);
    }
    Ok(Some(Told { part: after, pause, held_up }))
}

fn next(part: &Part, now: Timestamp) -> Part {
    Part { revision: part.revision + 1, touched_at: Some(now), ..part.clone() }
}

/// Whoever tells the last part notes that everybody has been told.
async fn finish(environment: &Environment, work: &PartWork, invocation: &Invocation) -> Result<(), Error> {
    let store = &environment.store;
    let all = announcements::list(store, &work.app, &work.campaign).await?;
    let this = all.iter().find(|(announcement, _)| announcement.number == work.number);
    let done = this.map_or(0, |(_, parts)| parts.iter().filter(|part| part.done).count());
    if done < usize::from(PARTS) {
        return Ok(());
    }
    let counts: announcements::Counts = this.iter().flat_map(|(_, parts)| parts).map(|part| part.counts).sum();
    tracing::info!(
        app.id = %work.app, campaign.id = %work.campaign, announcement.users = counts.users,
        announcement.announced = counts.announced, announcement.calls = counts.calls, "campaign announced"
    );
    announcements::finish(store, &work.app, &work.campaign, work.number, invocation.now).await
}
