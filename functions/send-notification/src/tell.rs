//! One message of the queue: to each of the user's devices that has not settled it, rendered in the device's language, and every
//! result recorded and acted on. No result changes the reward. Pinpoint says that the push service has accepted a message, never
//! that somebody has seen it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use aws_lambda_events::sqs::SqsMessage;
use jiff::Timestamp;
use rand::Rng as _;
use shared::campaign::{Campaign, Moment};
use shared::catalog::Catalog;
use shared::message::{self, Message, MessageKind, NoticeId, RenderedText, Values};
use shared::push::{self, Failed, Notification, Recipient, Sent, Verdict};
use shared::push_work::PushWork;
use shared::reward::{self, Reward, RewardState};
use shared::store::devices::{self, Channel, Device, Retired};
use shared::store::notices::{self, Delivery, Notice};
use shared::store::rewards;
use shared::store::users::{self, Profile};
use shared::ways::Ways;
use shared::{Environment, Error, Invocation};

/// Attempts for one device that Pinpoint gave a result for, the first included.
const MAX_ATTEMPTS: u32 = 5;

/// The first pause before a message comes again; each further one is twice as long, up to [`LONGEST_PAUSE`].
const PAUSE: u32 = 10;

/// Seconds. So an hour in which Pinpoint does not answer costs each message some twenty tries, and when it answers again they
/// come over five minutes, not all at once.
const LONGEST_PAUSE: u32 = 300;

/// Status of an attempt that came back without an answer.
const NO_ANSWER: &str = "NO_ANSWER";

/// Attempts for one device as long as Pinpoint does not answer at all: those of an hour and a half.
const MAX_UNANSWERED: u32 = 25;

/// Handles one message of the queue.
pub(crate) async fn handle(
    environment: &Environment,
    ways: &Ways,
    message: &SqsMessage,
    down: &AtomicBool,
    invocation: &Invocation,
) -> Result<(), Error> {
    let body = message.body.as_deref().unwrap_or_default();
    let told = if down.load(Relaxed) {
        Err(Error::Unavailable("Pinpoint has just not answered".into()))
    } else {
        match PushWork::read(body) {
            Ok(work) => tell(environment, ways, &work, down, invocation).await,
            Err(error) => Err(error),
        }
    };
    match told {
        Ok(()) => Ok(()),
        Err(error @ Error::Unavailable(_)) => {
            postpone(environment, ways, message).await;
            Err(error)
        }
        // No repetition will mend it, so it does not hold up what else the user is told.
        Err(error) => {
            tracing::error!(queue.message = message.message_id.as_deref(), error.cause = %error, "push given up");
            let (group, id) = (message.attributes.get("MessageGroupId").cloned(), message.message_id.clone());
            let given_up = shared::queue::Message { body: body.to_owned(), group, deduplication: id, delay_seconds: 0 };
            ways.given_up.send(&[given_up]).await
        }
    }
}

/// Has a message come again after a pause that grows with each time, with jitter. If that does not work out, it comes again after
/// the queue's own visibility timeout.
pub(crate) async fn postpone(environment: &Environment, ways: &Ways, message: &SqsMessage) {
    let receives = message.attributes.get("ApproximateReceiveCount").and_then(|text| text.parse::<u32>().ok());
    let longest = (PAUSE << receives.unwrap_or(1).saturating_sub(1).min(8)).min(LONGEST_PAUSE);
    let pause = environment.store.random().random_range(longest / 2..=longest);
    if let Some(receipt) = &message.receipt_handle
        && let Err(error) = ways.pushes.postpone(receipt, pause).await
    {
        tracing::warn!(error.cause = %error, "message comes again when its visibility timeout is over");
    }
}

/// What a message is about, as it stands in the table.
struct About<'a> {
    campaign: &'a Campaign,
    moment: &'a Moment,
    reward: Option<&'a Reward>,
    profile: Profile,
    reward_name: Option<&'a str>,
    redeem_url: Option<shared::secret::RewardUrl>,
}

async fn tell(
    environment: &Environment,
    ways: &Ways,
    work: &PushWork,
    down: &AtomicBool,
    invocation: &Invocation,
) -> Result<(), Error> {
    let (store, now) = (&environment.store, invocation.now);
    let notice = notices::get(store, &work.app, &work.user, &work.notice).await?;
    let reward = match work.notice.reward() {
        Some((moment, n)) => {
            let of = (work.notice.campaign(), moment);
            let found = rewards::get(store, (&work.app, &work.user), of, n).await?;
            // Gone: the user was erased. In another state: there are other news by now.
            let Some(reward) = found.filter(|reward| is_news(reward, work.notice.kind(), now)) else { return Ok(()) };
            Some(reward)
        }
        None => None,
    };
    let moment = reward.as_ref().map(|reward| &reward.moment_id);
    let moment = moment.or(notice.as_ref().and_then(|notice| notice.moment_id.as_ref()));
    // An announcement that nobody has made to the user: the user was erased.
    let Some(moment) = moment.cloned() else { return Ok(()) };
    let place = (work.notice.campaign(), &moment);
    let catalog = environment.catalogs.with_moment(store, &work.app, place, now).await?;
    let profile = users::profile(store, &work.app, &work.user).await?.unwrap_or_default();
    let about = about(environment, &catalog, place, reward.as_ref(), profile)?;
    if message::message(about.campaign, about.moment, work.notice.kind(), None).is_none() {
        return Ok(());
    }
    // What was begun is not put off: whoever was reached by then would be reached again.
    if let Some(until) = quiet_until(&about, work.notice.kind(), now).filter(|_| work.devices.is_none()) {
        return notices::push_later(store, (&work.app, &work.user), &work.notice, until).await;
    }
    let notice = notice.unwrap_or_default();
    let devices = devices::list(store, &work.app, &work.user, now).await?;
    let open: Vec<&Device> = devices.iter().filter(|device| is_open(device, work, &notice, now)).collect();
    let told = tell_devices(environment, ways, work, (&about, notice, open), down, invocation).await;
    if work.notice.kind() == MessageKind::Achievement {
        remind_later(environment, work, &about, now).await?;
    }
    told
}

fn is_news(reward: &Reward, kind: MessageKind, now: Timestamp) -> bool {
    match kind {
        // Also what was redeemed meanwhile: every reward leads to an attempt to tell of it.
        MessageKind::Achievement => matches!(reward.state, RewardState::Awarded | RewardState::Redeemed),
        MessageKind::Waiting => reward.state == RewardState::Waiting,
        MessageKind::Reminder => {
            reward.state == RewardState::Awarded && reward.expires_at.is_some_and(|expires_at| expires_at > now)
        }
        MessageKind::Announcement | MessageKind::Result => false,
    }
}

fn about<'a>(
    environment: &Environment,
    catalog: &'a Catalog,
    (campaign, moment): (&shared::id::CampaignId, &shared::id::MomentId),
    reward: Option<&'a Reward>,
    profile: Profile,
) -> Result<About<'a>, Error> {
    let campaign = catalog.campaign(campaign)?;
    let moment = catalog.moment(campaign, moment)?;
    let group = match reward {
        Some(reward) => catalog.group(&reward.reward_group_id),
        None => catalog.groups_of(moment).first().copied(),
    };
    let public_url = environment.public_url(catalog);
    let redeem_url = reward.filter(|reward| reward.url.is_some());
    let redeem_url = redeem_url.map(|reward| reward::redeem_url(public_url, &reward.reward_id));
    let reward_name = group.map(|group| group.name.as_str());
    Ok(About { campaign, moment, reward, profile, reward_name, redeem_url })
}

/// Only what can wait does: whoever has just earned a reward is awake.
fn quiet_until(about: &About<'_>, kind: MessageKind, now: Timestamp) -> Option<Timestamp> {
    if !matches!(kind, MessageKind::Announcement | MessageKind::Reminder) {
        return None;
    }
    let until = about.campaign.quiet_hours?.over_at(now, about.time_zone(None))?;
    // What would come too late is better told now.
    let too_late = about.reward.and_then(|reward| reward.expires_at).unwrap_or(about.campaign.ends_at);
    Some(until).filter(|until| *until < too_late)
}

impl About<'_> {
    fn time_zone(&self, device: Option<&Device>) -> shared::time_zone::TimeZone {
        let known = device.and_then(|device| device.time_zone).or(self.profile.time_zone);
        known.or(self.campaign.time_zone).unwrap_or(shared::time_zone::TimeZone::UTC)
    }
}

fn is_open(device: &Device, work: &PushWork, notice: &Notice, now: Timestamp) -> bool {
    let id = device.device_id.as_str();
    if !device.is_live(now) || !device.wants(work.notice.kind()) {
        return false;
    }
    let before = notice.devices.get(id);
    match &work.devices {
        // Brought back from the dead letters: whoever has it already does not get it again.
        Some(wanted) => {
            let settled = before.is_some_and(|before| before.settled);
            let told_perhaps = work.notice.kind() == MessageKind::Announcement && settled;
            wanted.contains(&device.device_id)
                && !told_perhaps
                && before.is_none_or(|before| {
                    !is_accepted(before) && before.attempts < most_attempts(work, before.delivery == NO_ANSWER)
                })
        }
        None => before.is_none_or(|before| !before.settled),
    }
}

fn is_accepted(delivery: &Delivery) -> bool {
    delivery.delivery == "SUCCESSFUL"
}

fn most_attempts(work: &PushWork, unanswered: bool) -> u32 {
    let most = if unanswered { MAX_UNANSWERED } else { MAX_ATTEMPTS };
    most.saturating_mul(work.given_up + 1)
}

/// What came of one device.
struct Outcome<'a> {
    device: &'a Device,
    sent: Sent,
    delivery: Delivery,
}

async fn tell_devices(
    environment: &Environment,
    ways: &Ways,
    work: &PushWork,
    (about, notice, open): (&About<'_>, Notice, Vec<&Device>),
    down: &AtomicBool,
    invocation: &Invocation,
) -> Result<(), Error> {
    if open.is_empty() {
        return Ok(());
    }
    if work.notice.kind() == MessageKind::Announcement {
        note_before(environment, work, &notice, &open, invocation).await?;
    }
    let (sent, failure) = send(ways, work, about, &open, invocation).await;
    if failure.is_some() {
        down.store(true, Relaxed);
    }
    let outcomes: Vec<Outcome<'_>> = sent
        .into_iter()
        .map(|(device, sent)| {
            let attempts = notice.devices.get(device.device_id.as_str()).map_or(0, |before| before.attempts) + 1;
            let delivery = Delivery {
                delivery: sent.status.clone(),
                code: sent.code,
                attempts,
                settled: is_settled(&sent, work, attempts),
            };
            Outcome { device, sent, delivery }
        })
        .collect();
    let unsettled = outcomes.iter().filter(|outcome| !outcome.delivery.settled).count();
    tracing::info!(
        app.id = %work.app, campaign.id = %work.notice.campaign(), message.kind = work.notice.kind().as_str(),
        push.devices = open.len(), push.unsettled = unsettled, "push attempted"
    );
    if !outcomes.is_empty() || work.notice.kind() == MessageKind::Announcement {
        // What is given up is kept first: once it is recorded, nobody tries it again. Then who has been told, who must not be told
        // again. (And what was noted of whom nothing was sent to is taken back.)
        give_up(ways, work, &outcomes).await?;
        let mut results = notice.devices;
        results.extend(outcomes.iter().map(|one| (one.device.device_id.as_str().to_owned(), one.delivery.clone())));
        let user = (&work.app, &work.user);
        notices::record(&environment.store, user, &work.notice, &results, invocation.now).await?;
    }
    act(environment, work, &outcomes, invocation).await?;
    // An announcement whose answer is lost is settled, and nothing is left to be tried again.
    match failure {
        Some(failure) if outcomes.len() < open.len() || unsettled > 0 => Err(failure),
        _ if unsettled > 0 => Err(Error::Unavailable(format!("{unsettled} devices could not be reached yet"))),
        _ => Ok(()),
    }
}

/// Notes an announcement's attempts before they are made: what dies in between is not sent again, because being told of a
/// challenge twice is worse than reading it in the app.
async fn note_before(
    environment: &Environment,
    work: &PushWork,
    notice: &Notice,
    open: &[&Device],
    invocation: &Invocation,
) -> Result<(), Error> {
    let mut results = notice.devices.clone();
    for device in open {
        let id = device.device_id.as_str().to_owned();
        let attempts = results.get(&id).map_or(0, |before| before.attempts) + 1;
        let noted = Delivery { delivery: NO_ANSWER.to_owned(), code: 0, attempts, settled: true };
        results.insert(id, noted);
    }
    notices::record(&environment.store, (&work.app, &work.user), &work.notice, &results, invocation.now).await
}

/// Whether a device gets no further attempt.
fn is_settled(sent: &Sent, work: &PushWork, attempts: u32) -> bool {
    match sent.verdict {
        Verdict::Accepted | Verdict::Final | Verdict::TokenGone(_) | Verdict::AppRejected(_) => true,
        // Being told of a challenge twice is worse than reading it in the app.
        Verdict::Unknown if work.notice.kind() == MessageKind::Announcement => true,
        // A device that cannot be reached must not hold up what else the user is told for long.
        Verdict::Later | Verdict::Unknown => attempts >= most_attempts(work, sent.status == NO_ANSWER),
    }
}

/// Puts what is given up among the dead letters, each device with as many attempts again for whoever brings it back.
async fn give_up(ways: &Ways, work: &PushWork, outcomes: &[Outcome<'_>]) -> Result<(), Error> {
    let is_given_up = |one: &&Outcome<'_>| match one.sent.verdict {
        Verdict::AppRejected(_) => true,
        Verdict::Later | Verdict::Unknown => one.delivery.settled,
        _ => false,
    };
    let given_up: Vec<_> = outcomes.iter().filter(is_given_up).map(|one| one.device.device_id.clone()).collect();
    if given_up.is_empty() || work.notice.kind() == MessageKind::Announcement {
        return Ok(());
    }
    let names: Vec<&str> = given_up.iter().map(shared::id::DeviceId::as_str).collect();
    let once = format!("given up {} {}", work.given_up + 1, names.join(" "));
    let again = PushWork { devices: Some(given_up), given_up: work.given_up + 1, ..work.clone() };
    ways.given_up.send(&[again.message(&once)?]).await
}

/// Does what the results ask for: new addresses are kept, dead ones retired. Should that fail, the next message finds out again.
async fn act(
    environment: &Environment,
    work: &PushWork,
    outcomes: &[Outcome<'_>],
    invocation: &Invocation,
) -> Result<(), Error> {
    let (store, user, now) = (&environment.store, (&work.app, &work.user), invocation.now);
    for Outcome { device, sent, .. } in outcomes {
        match sent.verdict {
            Verdict::TokenGone(reason) => {
                devices::retire(store, user, device, Retired { at: now, reason: reason.to_owned() }).await?;
            }
            Verdict::AppRejected(reason) => {
                // An alarm counts these: every user of the channel is concerned.
                invocation.metrics.push_rejected();
                tracing::error!(app.id = %work.app, push.channel = device.channel.as_str(), push.reason = reason, "the channel is rejected");
            }
            _ => {}
        }
        match &sent.updated {
            Some(address) if *address != device.address => devices::renew(store, user, device, address, now).await?,
            _ => {}
        }
    }
    Ok(())
}

/// One call per channel, language and hundred devices, up to the first that fails as a whole.
async fn send<'a>(
    ways: &Ways,
    work: &PushWork,
    about: &About<'_>,
    open: &[&'a Device],
    invocation: &Invocation,
) -> (Vec<(&'a Device, Sent)>, Option<Error>) {
    let mut groups: BTreeMap<(Channel, RenderedText), (Message<'_>, Vec<&Device>)> = BTreeMap::new();
    for device in open {
        let Some((message, text)) = rendered(work, about, device) else { continue };
        groups.entry((device.channel, text)).or_insert_with(|| (message, Vec::new())).1.push(*device);
    }
    let mut results = Vec::new();
    let collapse_key = collapse_key(work, about);
    for ((channel, text), (message, devices)) in groups {
        let notification = Notification {
            kind: work.notice.kind(),
            text: &text,
            url: message.text.url.as_deref().or(about.redeem_url.as_ref().map(shared::secret::RewardUrl::expose)),
            image_url: message.text.image_url.as_deref(),
            delivery: message.delivery,
            collapse_key: &collapse_key,
        };
        for devices in devices.chunks(push::MAX_ADDRESSES) {
            let recipient = |device: &&Device| Recipient { address: device.address.clone(), first_name: None };
            let recipients: Vec<Recipient> = devices.iter().map(recipient).collect();
            match ways.push.send(channel, &recipients, &notification).await {
                Ok(sent) => results.extend(devices.iter().copied().zip(sent)),
                // Whatever is wrong with it concerns this channel alone, and every user of it.
                Err(Failed::Never(text)) => {
                    tracing::error!(error.cause = text, push.channel = channel.as_str(), "Pinpoint refuses a message");
                    let refused = || Sent {
                        verdict: Verdict::AppRejected("Pinpoint refuses the message"),
                        status: "REFUSED".into(),
                        code: 0,
                        updated: None,
                    };
                    results.extend(devices.iter().map(|device| (*device, refused())));
                }
                Err(failed) => {
                    // It may have been accepted: that counts as an attempt, so that it is not repeated for ever.
                    if matches!(failed, Failed::Unknown(_)) {
                        let unknown =
                            || Sent { verdict: Verdict::Unknown, status: NO_ANSWER.into(), code: 0, updated: None };
                        results.extend(devices.iter().map(|device| (*device, unknown())));
                    }
                    if let Failed::Application(text) = &failed {
                        invocation.metrics.push_rejected();
                        tracing::error!(error.cause = text, "Pinpoint rejects the application");
                    }
                    return (results, Some(failed.into()));
                }
            }
        }
    }
    (results, None)
}

/// What a device is told, in its language; `None` where the campaign has no such message.
fn rendered<'a>(work: &PushWork, about: &'a About<'_>, device: &Device) -> Option<(Message<'a>, RenderedText)> {
    let locale = device.locale.as_deref();
    let locale = locale.or(about.reward.and_then(|reward| reward.locale.as_deref()));
    let locale = locale.or(about.profile.locale.as_deref());
    let message = message::message(about.campaign, about.moment, work.notice.kind(), locale)?;
    let values = Values {
        first_name: about.profile.attributes.first_name(),
        reward_name: about.reward_name,
        expires_at: about.reward.and_then(|reward| reward.expires_at),
        redeem_url: about.redeem_url.as_ref().map(shared::secret::RewardUrl::expose),
        time_zone: about.time_zone(Some(device)),
        ..Values::new(about.campaign, about.moment)
    };
    Some((message, message::text::render(message, &values)))
}

/// The same for whatever is told about a reward: what comes later takes the place of what came before.
fn collapse_key(work: &PushWork, about: &About<'_>) -> String {
    about.reward.map_or_else(
        || message::collapse_key(&work.app, work.notice.campaign()),
        |reward| reward.reward_id.fingerprint(),
    )
}

/// Has the user reminded before the reward expires, if the campaign does that.
async fn remind_later(
    environment: &Environment,
    work: &PushWork,
    about: &About<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    let expires_at = about.reward.and_then(|reward| reward.expires_at);
    let (Some(reward), Some(expires_at), Some((moment, n))) = (about.reward, expires_at, work.notice.reward()) else {
        return Ok(());
    };
    let awarded_at = reward.awarded_at.unwrap_or(now);
    let Some(at) = message::remind_at(about.campaign, about.moment, awarded_at, expires_at) else { return Ok(()) };
    let reminder = NoticeId::Reminder(work.notice.campaign().clone(), moment.clone(), n);
    notices::push_later(&environment.store, (&work.app, &work.user), &reminder, at).await
}
