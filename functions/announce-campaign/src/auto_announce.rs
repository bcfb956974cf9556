//! By schedule: challenges that have begun are announced, and announcements that got stuck, because a message was lost or given up,
//! go on.

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

/// Addresses a second of an announcement that nobody has said otherwise of.
pub(crate) const PER_SECOND: u32 = 1_000;

/// How long nobody has been at a part that is taken for stuck: longer than any message is delayed.
const STUCK: SignedDuration = SignedDuration::from_mins(20);

/// How long after its beginning a challenge is announced by itself.
const NEWS: SignedDuration = SignedDuration::from_hours(24);

/// How long after its end a campaign is looked at.
const JUST_OVER: SignedDuration = SignedDuration::from_hours(24);

/// Looks at every app. Where one cannot be looked at, the others are.
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
    // Those that have just ended, too: what they have begun to announce comes to its end.
    let over = |campaign: &Campaign| campaign.ends_at.plus(JUST_OVER) > invocation.now;
    let concerned = |campaign: &&Campaign| match campaign.phase(invocation.now) {
        Phase::Live => true,
        Phase::Finished => over(campaign),
        _ => false,
    };
    let mut looked = Ok(());
    for campaign in campaigns.iter().filter(concerned).filter(|campaign| is_announced(campaign)) {
        // Where one cannot be announced, the app's others are.
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

/// One that began long ago, and was approved, resumed or given a text only now, is not news by itself: whoever wants it told says so.
fn has_just_begun(campaign: &Campaign, invocation: &Invocation) -> bool {
    invocation.now.duration_since(campaign.starts_at) < NEWS
}

/// Whether there is anything to say.
pub(crate) fn is_announced(campaign: &Campaign) -> bool {
    let says = |moment| message::message(campaign, moment, MessageKind::Announcement, None).is_some();
    campaign.moments.iter().any(says)
}

/// Begins an announcement; `false` if somebody else has just begun one of that number. What dies before its parts are in the queue
/// is found by the schedule, as stuck.
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

/// Puts every part of an announcement into the queue. Those that are done say so at once; of two of one part, one goes on.
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
    // Parts nobody has been at have no item: as long as any moves, these are on their way, too.
    let touched = parts.iter().filter_map(|part| part.touched_at).max().unwrap_or(announcement.created_at);
    if invocation.now.duration_since(touched) < STUCK {
        return Ok(());
    }
    tracing::warn!(app.id = %app, campaign.id = %campaign_id, "an announcement got stuck and goes on");
    enqueue_all(outbox, campaign, announcement.number).await
}
