//! One part of an audience, from where it stopped: page after page, at the rate of the announcement, as long as there
//! is time. Each page is written down before the next one begins. A new message continues with the rest.

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

/// Time that must be left to begin a page. A page must not be cut off in the middle: the users whom it has announced to
/// by then are not announced to again.
const PAGE_TAKES: Duration = Duration::from_secs(20);

/// The most users of a page.
const MOST_USERS: u32 = 200;

/// Seconds of the rate that one page covers: slow announcements have small pages.
const PAGE_SECONDS: u32 = 10;

/// The longest delay of an SQS message, in seconds.
const MOST_DELAY: u32 = 900;

/// Seconds until a part is looked at again if its campaign is suspended or Pinpoint takes no calls.
const LOOK_AGAIN: u32 = 60;

/// A message of the queue: one part of an announcement's audience.
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

/// Handles one message of the queue. Another message for the same part may be in work at the same time. So a page is
/// written down only if no other invocation has advanced the part, and a user is announced to only if no other
/// invocation has written the notice.
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
        // This runs for most of a minute, and an admin may suspend the campaign meanwhile.
        let now = invocation.by_now();
        let catalog = environment.catalogs.of(store, &work.app, now).await?;
        let campaign = catalog.campaign(&work.campaign)?;
        match campaign.phase(now) {
            Phase::Live => {}
            // A finished campaign is announced to no further user.
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

/// The result of a page.
struct Told {
    part: Part,
    /// The pause until the next page, which keeps to the rate.
    pause: Duration,
    /// True if Pinpoint does not take calls at the moment.
    held_up: bool,
}

/// Announces to one page. Returns `None` if another invocation has advanced the part meanwhile.
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
    // The time that the page itself took is part of the pause.
    let pause = Duration::from_secs_f64(counts.sent as f64 / f64::from(per_part)).saturating_sub(began.elapsed());
    let done = cursor.is_none();
    let counts = part.counts + counts;
    let after = next(&Part { cursor: cursor.or(part.cursor), done, counts, ..part }, invocation.now);
    let advanced =
        announcements::advance(store, &work.app, &work.campaign, work.number, work.part, &after, campaign.ends_at)
            .await?;
    // The write may have happened although its answer was lost: then the stored part equals this one.
    if !advanced && announcements::part(store, &work.app, &work.campaign, work.number, work.part).await? != after {
        return Ok(None);
    }
    Ok(Some(Told { part: after, pause, held_up }))
}

fn next(part: &Part, now: Timestamp) -> Part {
    Part { revision: part.revision + 1, touched_at: Some(now), ..part.clone() }
}

/// Finishes the announcement once all its parts are done.
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
