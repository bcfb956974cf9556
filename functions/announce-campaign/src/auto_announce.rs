//! By schedule: announces challenges that have just begun, and continues announcements that are stuck, because a
//! message was lost or given up.

use domain::Error;
use domain::campaign::{Campaign, CampaignKind, Phase};
use domain::id::AppId;
use domain::instant::Sum as _;
use domain::message::{self, MessageKind};
use invocation::Invocation;
use jiff::SignedDuration;
use outbound_push::outbox::Outbox;
use store::Environment;
use store::announcements::{self, Announcement, Occasion, PARTS, Part};
use store::catalogs;
use triggers::every_app::every_app;

use crate::audience_shard::{PartWork, enqueue};

/// Default send rate, in addresses per second.
pub(crate) const PER_SECOND: u32 = 1_000;

/// Time without progress after which an announcement counts as stuck: longer than the delay of any message.
const STUCK: SignedDuration = SignedDuration::from_mins(20);

/// Time after a challenge's start in which the schedule announces it.
const NEWS: SignedDuration = SignedDuration::from_hours(24);

/// Time after a campaign's end in which the schedule still looks at it.
const JUST_OVER: SignedDuration = SignedDuration::from_hours(24);

/// Looks at every app. A failure in one app does not stop the others.
pub(crate) async fn look(environment: &Environment, outbox: &Outbox, invocation: &Invocation) -> Result<(), Error> {
    let look = |app: AppId| async move {
        let catalog = catalogs::current(&environment.store, &app).await?;
        look_at(environment, outbox, &catalog.campaigns, invocation).await.map(|()| 0)
    };
    every_app(&environment.store, invocation, "begun", look).await.map(drop)
}

async fn look_at(
    environment: &Environment,
    outbox: &Outbox,
    campaigns: &[Campaign],
    invocation: &Invocation,
) -> Result<(), Error> {
    // Includes campaigns that have just ended, because their running announcements still have to finish.
    let over = |campaign: &Campaign| campaign.ends_at.plus(JUST_OVER) > invocation.now;
    let concerned = |campaign: &&Campaign| match campaign.phase(invocation.now) {
        Phase::Live => true,
        Phase::Finished => over(campaign),
        _ => false,
    };
    let mut looked = Ok(());
    for campaign in campaigns.iter().filter(concerned).filter(|campaign| is_announced(campaign)) {
        // A failure in one campaign does not stop the app's others.
        looked = looked.and(invocation.in_time(look_at_campaign(environment, outbox, campaign, invocation)).await);
    }
    looked
}

async fn look_at_campaign(
    environment: &Environment,
    outbox: &Outbox,
    campaign: &Campaign,
    invocation: &Invocation,
) -> Result<(), Error> {
    let all = announcements::list(&environment.store, &campaign.app_id, &campaign.campaign_id).await?;
    let live = campaign.phase(invocation.now) == Phase::Live;
    if all.is_empty() && live && campaign.kind == CampaignKind::Challenge && has_just_begun(campaign, invocation) {
        let announcement = Announcement::new(1, Occasion::Start, PER_SECOND, invocation.now);
        begin(environment, outbox, campaign, &announcement).await?;
    }
    for (announcement, parts) in all.iter().filter(|(announcement, _)| announcement.finished_at.is_none()) {
        go_on(environment, outbox, campaign, announcement, parts, invocation).await?;
    }
    Ok(())
}

/// True if the campaign has just begun. One that began long ago, and was approved, resumed or given a text only now, is
/// no news by itself: an admin announces it on request.
fn has_just_begun(campaign: &Campaign, invocation: &Invocation) -> bool {
    invocation.now.duration_since(campaign.starts_at) < NEWS
}

/// True if any moment of the campaign has a text for announcements.
pub(crate) fn is_announced(campaign: &Campaign) -> bool {
    let says = |moment| message::message(campaign, moment, MessageKind::Announcement, None).is_some();
    campaign.moments.iter().any(says)
}

/// Begins an announcement. Returns `false` if another invocation has just begun one of that number. If the process ends
/// before the parts are in the queue, the schedule finds the announcement as stuck.
pub(crate) async fn begin(
    environment: &Environment,
    outbox: &Outbox,
    campaign: &Campaign,
    announcement: &Announcement,
) -> Result<bool, Error> {
    let (app, campaign_id) = (&campaign.app_id, &campaign.campaign_id);
    if !announcements::begin(&environment.store, app, campaign_id, announcement, campaign.ends_at).await? {
        return Ok(false);
    }
    tracing::info!(app.id = %app, campaign.id = %campaign_id, announcement.number, "announcement begun");
    enqueue_all(outbox, campaign, announcement.number).await?;
    Ok(true)
}

/// Puts every part of an announcement into the queue. A part that is done ends its message at once. Of two messages for
/// one part, only one advances it.
pub(crate) async fn enqueue_all(outbox: &Outbox, campaign: &Campaign, number: u32) -> Result<(), Error> {
    let work = PartWork { app: campaign.app_id.clone(), campaign: campaign.campaign_id.clone(), number, part: 0 };
    enqueue(outbox, &work, &(0..PARTS).collect::<Vec<u8>>(), 0).await
}

async fn go_on(
    environment: &Environment,
    outbox: &Outbox,
    campaign: &Campaign,
    announcement: &Announcement,
    parts: &[Part],
    invocation: &Invocation,
) -> Result<(), Error> {
    let (app, campaign_id) = (&campaign.app_id, &campaign.campaign_id);
    if parts.iter().filter(|part| part.done).count() == usize::from(PARTS) {
        let number = announcement.number;
        return announcements::finish(&environment.store, app, campaign_id, number, invocation.now).await;
    }
    // A part that no message has reached has no item. As long as any part advances, the messages of those are on their
    // way, too.
    let touched = parts.iter().filter_map(|part| part.touched_at).max().unwrap_or(announcement.created_at);
    if invocation.now.duration_since(touched) < STUCK {
        return Ok(());
    }
    tracing::warn!(app.id = %app, campaign.id = %campaign_id, "an announcement got stuck and goes on");
    enqueue_all(outbox, campaign, announcement.number).await
}
