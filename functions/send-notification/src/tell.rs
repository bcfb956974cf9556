//! One message of the queue: reads its subject from the table, and decides whether it is still news and whether it has
//! to wait. `attempts` sends it to the devices. Pinpoint says that the push service has accepted a message, never that
//! a person has seen it.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use aws_lambda_events::sqs::SqsMessage;
use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::{Campaign, Moment, Phase};
use domain::competition::places::FinalPlace;
use domain::device::Device;
use domain::id::{CampaignId, MomentId};
use domain::instant::Sum as _;
use domain::message::{self, MessageKind, NoticeId, PushTime};
use domain::reward::credit::Credit;
use domain::reward::order::ADDRESS_REMINDER;
use domain::reward::{self, Reward, RewardState};
use domain::secret::RewardUrl;
use domain::time_zone::TimeZone;
use domain::user::Profile;
use invocation::Invocation;
use jiff::{SignedDuration, Timestamp};
use outbound_push::outbox::Outbox;
use outbound_queue::push_work::PushWork;
use rand::Rng as _;
use store::Environment;
use store::{devices, notices, rewards, users};

use crate::attempts;

/// Seconds of the first pause before a message comes again. Each further pause is twice as long, up to
/// [`LONGEST_PAUSE`].
const PAUSE: u32 = 10;

/// Seconds of the longest pause. So an hour in which Pinpoint does not answer costs each message some twenty attempts.
/// When Pinpoint answers again, the messages come over five minutes, not all at once.
const LONGEST_PAUSE: u32 = 300;

/// Time until an announcement of a suspended campaign is looked at again.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Handles one message of the queue.
pub(crate) async fn handle(
    environment: &Environment,
    outbox: &Outbox,
    message: &SqsMessage,
    down: &AtomicBool,
    invocation: &Invocation,
) -> Result<(), Error> {
    let body = message.body.as_deref().unwrap_or_default();
    let told = if down.load(Relaxed) {
        Err(Error::Unavailable("Pinpoint has just not answered".into()))
    } else {
        match PushWork::read(body) {
            Ok(work) => invocation.contained(tell(environment, outbox, &work, down, invocation)).await,
            Err(error) => Err(error),
        }
    };
    match told {
        Ok(()) => Ok(()),
        Err(error @ Error::Unavailable(_)) => {
            postpone(environment, outbox, message).await;
            Err(error)
        }
        // A repetition would fail as well, so the message does not hold up the user's other messages.
        Err(error) => {
            tracing::error!(queue.message = message.message_id.as_deref(), error.cause = %error, "push given up");
            let (group, id) = (message.attributes.get("MessageGroupId").cloned(), message.message_id.clone());
            let given_up =
                outbound_queue::Message { body: body.to_owned(), group, deduplication: id, delay_seconds: 0 };
            outbox.given_up.send(&[given_up]).await
        }
    }
}

/// Makes a message come again after a pause that grows with each receive, with jitter. If that fails, the message comes
/// again after the queue's own visibility timeout.
pub(crate) async fn postpone(environment: &Environment, outbox: &Outbox, message: &SqsMessage) {
    let receives = message.attributes.get("ApproximateReceiveCount").and_then(|text| text.parse::<u32>().ok());
    let longest = (PAUSE << receives.unwrap_or(1).saturating_sub(1).min(8)).min(LONGEST_PAUSE);
    let pause = environment.store.random().random_range(longest / 2..=longest);
    if let Some(receipt) = &message.receipt_handle
        && let Err(error) = outbox.pushes.postpone(receipt, pause).await
    {
        tracing::warn!(error.cause = %error, "message comes again when its visibility timeout is over");
    }
}

/// The subject of a message, as the table has it.
pub(crate) struct About<'a> {
    pub(crate) campaign: &'a Campaign,
    pub(crate) moment: &'a Moment,
    pub(crate) reward: Option<&'a Reward>,
    pub(crate) profile: Profile,
    pub(crate) reward_name: Option<&'a str>,
    pub(crate) credit: Option<Credit>,
    pub(crate) redeem_url: Option<RewardUrl>,
    pub(crate) place: Option<FinalPlace>,
}

async fn tell(
    environment: &Environment,
    outbox: &Outbox,
    work: &PushWork,
    down: &AtomicBool,
    invocation: &Invocation,
) -> Result<(), Error> {
    let (store, now) = (&environment.store, invocation.now);
    let notice = notices::get(store, &work.app, &work.user, &work.notice).await?;
    let reward = match work.notice.reward() {
        Some((moment, n)) => {
            let campaign = work.notice.campaign();
            let found = rewards::get(store, &work.app, &work.user, campaign, moment, n).await?;
            // Gone: the user was erased. In another state: newer messages have replaced this one.
            let Some(reward) = found.filter(|reward| is_news(reward, work.notice.kind(), now)) else { return Ok(()) };
            Some(reward)
        }
        None => None,
    };
    let moment = reward.as_ref().map(|reward| &reward.moment_id);
    let moment = moment.or(notice.as_ref().and_then(|notice| notice.moment_id.as_ref()));
    // The user has no such announcement: the user was erased.
    let Some(moment) = moment.cloned() else { return Ok(()) };
    let campaign = work.notice.campaign();
    let catalog = environment.catalogs.with_moment(store, &work.app, campaign, &moment, now).await?;
    let profile = users::profile(store, &work.app, &work.user).await?.unwrap_or_default();
    let about = about(environment, &catalog, campaign, &moment, reward.as_ref(), profile)?;
    let place = about.place.or(notice.as_ref().and_then(|notice| notice.place));
    let about = About { place, ..about };
    if message::message(about.campaign, about.moment, work.notice.kind(), None).is_none() {
        return Ok(());
    }
    let notice = notice.unwrap_or_default();
    let notice = match &reward {
        Some(reward) => notice.about(reward),
        None => notice,
    };
    let devices = devices::list(store, &work.app, &work.user, now).await?;
    if work.notice.kind() == MessageKind::Announcement && about.campaign.phase(now) != Phase::Live {
        return not_live(environment, work, about.campaign, now).await;
    }
    // A message for certain devices has begun and is not put off: later, it would also go to the devices that have it.
    // A message that cannot be pushed before its end is dropped at once.
    match when(&about, &devices, work.notice.kind(), now) {
        PushTime::Later(until) if work.devices.is_none() => {
            return notices::push_later(store, &work.app, &work.user, &work.notice, until).await;
        }
        PushTime::Never => return Ok(()),
        _ => {}
    }
    let open: Vec<&Device> = devices.iter().filter(|device| attempts::is_open(device, work, &notice, now)).collect();
    let told = attempts::tell_devices(environment, outbox, work, (&about, notice, open), down, invocation).await;
    if work.notice.kind() == MessageKind::Achievement {
        remind_later(environment, work, (&about, &devices), now).await?;
        ask_again(environment, work, (&about, &devices), now).await?;
    }
    told
}

fn is_news(reward: &Reward, kind: MessageKind, now: Timestamp) -> bool {
    match kind {
        // Also a reward that was redeemed meanwhile: every reward leads to an attempt to push. The stored state
        // decides, not the expiry: a redemption in time may be delayed beyond the reward's end, and the user still gets
        // the message.
        MessageKind::Achievement => reward.state.is_held(),
        MessageKind::Waiting => reward.state == RewardState::Waiting,
        MessageKind::Reminder => {
            reward.state == RewardState::Awarded && reward.expires_at.is_some_and(|expires_at| expires_at > now)
        }
        MessageKind::AddressReminder => reward.needs_address(now),
        MessageKind::Announcement | MessageKind::Result => false,
    }
}

fn about<'a>(
    environment: &Environment,
    catalog: &'a Catalog,
    campaign: &CampaignId,
    moment: &MomentId,
    reward: Option<&'a Reward>,
    profile: Profile,
) -> Result<About<'a>, Error> {
    let campaign = catalog.campaign(campaign)?;
    let moment = catalog.moment(campaign, moment)?;
    let group = match reward {
        Some(reward) => catalog.group(&reward.reward_group_id),
        None => catalog.groups_of(moment).first().copied(),
    };
    let public_url = environment.public_url.of(catalog);
    let redeem_url = reward.filter(|reward| reward.has_link());
    let redeem_url = redeem_url.map(|reward| reward::redeem_url(public_url, &reward.reward_id));
    let reward_name = group.map(|group| group.name.as_str());
    let credit = match reward {
        Some(reward) => Credit::of_reward(reward, group),
        None => group.and_then(Credit::of),
    };
    let place = reward.and_then(|reward| reward.place);
    Ok(About { campaign, moment, reward, profile, reward_name, credit, redeem_url, place })
}

/// Handles an announcement of a campaign that is not live: it waits while the campaign is suspended, and is dropped
/// once the campaign is over.
async fn not_live(
    environment: &Environment,
    work: &PushWork,
    campaign: &Campaign,
    now: Timestamp,
) -> Result<(), Error> {
    match campaign.phase(now) {
        Phase::Suspended if work.devices.is_none() => {
            let until = now.plus(LOOK_AGAIN);
            notices::push_later(&environment.store, &work.app, &work.user, &work.notice, until).await
        }
        Phase::Suspended => Err(Error::Unavailable("the campaign is suspended".into())),
        _ => Ok(()),
    }
}

/// Returns when to push. Only news of a reward cannot wait: a user who has just earned one is awake.
fn when(about: &About<'_>, devices: &[Device], kind: MessageKind, now: Timestamp) -> PushTime {
    if matches!(kind, MessageKind::Achievement | MessageKind::Waiting) {
        return PushTime::Now;
    }
    message::push_time(about.campaign, &about.profile, devices, now, about.ends_at(kind))
}

impl About<'_> {
    /// Returns the end of a message's subject.
    fn ends_at(&self, kind: MessageKind) -> Timestamp {
        let expires_at = self.reward.and_then(|reward| reward.expires_at);
        match (kind, self.reward) {
            (MessageKind::Result, _) => Timestamp::MAX,
            // A reward may still be shipped long after the campaign, and a redeemed one does not expire.
            (MessageKind::AddressReminder, Some(reward)) if reward.state != RewardState::Awarded => Timestamp::MAX,
            (MessageKind::AddressReminder, _) => expires_at.unwrap_or(Timestamp::MAX),
            _ => expires_at.unwrap_or(self.campaign.ends_at),
        }
    }

    pub(crate) fn time_zone(&self, device: Option<&Device>) -> TimeZone {
        let known = device.and_then(|device| device.time_zone).or(self.profile.time_zone);
        known.or(self.campaign.time_zone).unwrap_or(TimeZone::UTC)
    }
}

/// Schedules a push for `at`, or for the evening before, if the night would be too late. If that evening has passed, or
/// was before the award, only the app's list shows the message. A repetition writes the same again, or nothing.
async fn push_at(
    environment: &Environment,
    work: &PushWork,
    (about, devices): (&About<'_>, &[Device]),
    id: &NoticeId,
    (at, now): (Timestamp, Timestamp),
) -> Result<(), Error> {
    let end = about.ends_at(id.kind());
    let planned = message::planned_push_time(about.campaign, &about.profile, devices, at, end);
    if planned < at && planned <= now {
        return Ok(());
    }
    notices::push_later(&environment.store, &work.app, &work.user, id, planned).await
}

/// Schedules a reminder before the reward expires, if the campaign has one.
async fn remind_later(
    environment: &Environment,
    work: &PushWork,
    (about, devices): (&About<'_>, &[Device]),
    now: Timestamp,
) -> Result<(), Error> {
    let expires_at = about.reward.and_then(|reward| reward.expires_at);
    let (Some(reward), Some(expires_at), Some((moment, n))) = (about.reward, expires_at, work.notice.reward()) else {
        return Ok(());
    };
    let awarded_at = reward.awarded_at.unwrap_or(now);
    let Some(at) = message::remind_at(about.campaign, about.moment, awarded_at, expires_at) else { return Ok(()) };
    let reminder = NoticeId::Reminder(work.notice.campaign().clone(), moment.clone(), n);
    push_at(environment, work, (about, devices), &reminder, (at, now)).await
}

/// Schedules one reminder, for a reward that still has no address by then.
async fn ask_again(
    environment: &Environment,
    work: &PushWork,
    (about, devices): (&About<'_>, &[Device]),
    now: Timestamp,
) -> Result<(), Error> {
    let Some(reward) = about.reward.filter(|reward| reward.needs_address(now)) else { return Ok(()) };
    let id = NoticeId::AddressReminder(work.notice.campaign().clone(), reward.moment_id.clone(), reward.occurrence);
    let at = reward.awarded_at.unwrap_or(now).plus(ADDRESS_REMINDER);
    push_at(environment, work, (about, devices), &id, (at, now)).await
}
