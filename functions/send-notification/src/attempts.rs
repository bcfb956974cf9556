//! Sends a message to each of the user's devices that has not settled it, in the device's language. Records every
//! result and acts on it. No result changes the reward.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use domain::Error;
use domain::device::{Channel, Device};
use domain::id::DeviceId;
use domain::message::{self, Message, MessageKind, RenderedText, Values};
use domain::reward::Reward;
use domain::secret::RewardUrl;
use invocation::Invocation;
use jiff::Timestamp;
use outbound_push::outbox::Outbox;
use outbound_push::{Failed, Notification, PushVerdict, Recipient, Sent};
use outbound_queue::push_work::PushWork;
use store::Environment;
use store::devices;
use store::notices::{self, Notice, PushResult};
use tokio::time::Instant;

use crate::tell::About;

/// The most attempts for one device that Pinpoint gives a result for, including the first.
const MAX_ATTEMPTS: u32 = 5;

/// Status of an attempt that came back without an answer.
const NO_ANSWER: &str = "NO_ANSWER";

/// The most attempts for one device while Pinpoint does not answer at all: those of an hour and a half.
const MAX_UNANSWERED: u32 = 25;

/// The same for channels on which a device cannot recognise a repetition.
const MAX_UNANSWERED_ALIKE: u32 = 2;

/// Time that must be left to begin a call: a call that is cut off is recorded nowhere.
const CALL_TAKES: Duration = Duration::from_secs(11);

/// True if a device is to be tried.
pub(crate) fn is_open(device: &Device, work: &PushWork, notice: &Notice, now: Timestamp) -> bool {
    let id = device.device_id.as_str();
    if !device.is_live(now) || !device.wants(work.notice.kind()) {
        return false;
    }
    let before = notice.devices.get(id);
    match &work.devices {
        // An operator has brought the message back from the dead letters: a device that has it already does not get it
        // again.
        Some(wanted) => {
            let settled = before.is_some_and(|before| before.settled);
            let told_perhaps = work.notice.kind() == MessageKind::Announcement && settled;
            wanted.contains(&device.device_id) && !told_perhaps && !before.is_some_and(is_accepted)
        }
        None => before.is_none_or(|before| !before.settled),
    }
}

fn is_accepted(delivery: &PushResult) -> bool {
    delivery.delivery == "SUCCESSFUL"
}

/// The result for one device.
struct Outcome<'a> {
    device: &'a Device,
    sent: Sent,
    delivery: PushResult,
}

/// Tries these devices and records the results.
pub(crate) async fn tell_devices(
    environment: &Environment,
    outbox: &Outbox,
    work: &PushWork,
    (about, notice, open): (&About<'_>, Notice, Vec<&Device>),
    down: &AtomicBool,
    invocation: &Invocation,
) -> Result<(), Error> {
    if open.is_empty() {
        return Ok(());
    }
    // Another message of the batch may have found meanwhile that Pinpoint does not answer.
    if down.load(Relaxed) {
        return Err(Error::Unavailable("Pinpoint has just not answered".into()));
    }
    if work.notice.kind() == MessageKind::Announcement {
        note_before(environment, work, &notice, &open).await?;
    }
    let (sent, failure) = send(outbox, work, about, &open, invocation).await;
    if failure.is_some() {
        down.store(true, Relaxed);
    }
    let mut outcomes: Vec<Outcome<'_>> = sent
        .into_iter()
        .map(|(device, sent)| {
            let before = notice.devices.get(device.device_id.as_str());
            let (mut attempts, mut unanswered) = before.map_or((0, 0), |before| (before.attempts, before.unanswered));
            if sent.status == NO_ANSWER {
                unanswered += 1
            } else {
                attempts += 1
            }
            let (delivery, code) = (sent.status.clone(), sent.code);
            let settled = is_settled(&sent, work, device.channel, (attempts, unanswered));
            let delivery = PushResult { delivery, code, attempts, unanswered, settled };
            Outcome { device, sent, delivery }
        })
        .collect();
    let unsettled = outcomes.iter().filter(|outcome| !outcome.delivery.settled).count();
    tracing::info!(
        app.id = %work.app, campaign.id = %work.notice.campaign(), message.kind = work.notice.kind().as_str(),
        push.devices = open.len(), push.unsettled = unsettled, "push attempted"
    );
    // The dead letters come first: once a device is recorded as given up, nothing tries it again. If they cannot be
    // written, the device is tried again.
    let kept = give_up(outbox, work, &outcomes).await;
    if kept.is_err() {
        outcomes.iter_mut().filter(|one| is_given_up(one)).for_each(|one| one.delivery.settled = false);
    }
    if !outcomes.is_empty() || work.notice.kind() == MessageKind::Announcement {
        // Then the results, so that no device gets the message again. (For devices without a call, this also takes back
        // what `note_before` wrote.)
        let mut results = notice.devices;
        results.extend(outcomes.iter().map(|one| (one.device.device_id.as_str().to_owned(), one.delivery.clone())));
        record(environment, work, &results, about.reward, invocation).await?;
    }
    for Outcome { device, sent, .. } in &outcomes {
        if let PushVerdict::AppRejected(reason) = sent.verdict {
            // An alarm counts these, because they concern every user of the channel.
            invocation.metrics.push_rejected();
            let channel = device.channel.as_str();
            tracing::error!(app.id = %work.app, push.channel = channel, push.reason = reason, "the channel is rejected");
        }
        let (store, updated, gone) = (&environment.store, sent.updated.as_ref(), sent.verdict.token_gone());
        devices::follow_push(store, &work.app, &work.user, device, updated, gone, invocation.now).await?;
    }
    kept?;
    // An announcement without an answer is settled, and nothing is left to try again.
    match failure {
        Some(failure) if outcomes.len() < open.len() || unsettled > 0 => Err(failure),
        _ if unsettled > 0 => Err(Error::Unavailable(format!("{unsettled} devices could not be reached yet"))),
        _ => Ok(()),
    }
}

/// Records an announcement's attempts before they are made. If the process ends in between, nothing is sent again,
/// because a second push about a challenge is worse than reading about it in the app.
async fn note_before(
    environment: &Environment,
    PushWork { app, user, notice: id, .. }: &PushWork,
    notice: &Notice,
    open: &[&Device],
) -> Result<(), Error> {
    let mut results = notice.devices.clone();
    for device in open {
        let id = device.device_id.as_str().to_owned();
        let (attempts, unanswered) = results.get(&id).map_or((0, 0), |before| (before.attempts, before.unanswered));
        let (delivery, unanswered) = (NO_ANSWER.to_owned(), unanswered + 1);
        let noted = PushResult { delivery, code: 0, attempts, unanswered, settled: true };
        results.insert(id, noted);
    }
    match notices::record_before(&environment.store, app, user, id, &notice.devices, &results).await? {
        true => Ok(()),
        false => Err(Error::Unavailable("another environment has attempted the announcement".into())),
    }
}

async fn record(
    environment: &Environment,
    PushWork { app, user, notice, .. }: &PushWork,
    results: &BTreeMap<String, PushResult>,
    of: Option<&Reward>,
    invocation: &Invocation,
) -> Result<(), Error> {
    notices::record(&environment.store, app, user, notice, results, of, invocation.now).await
}

/// True if a device gets no further attempt.
fn is_settled(sent: &Sent, work: &PushWork, channel: Channel, (attempts, unanswered): (u32, u32)) -> bool {
    let rounds = work.given_up + 1;
    // Without a collapse key, each repetition that was accepted after all is one more message on the device, and a text
    // message costs money.
    let collapses = !matches!(channel, Channel::Sms | Channel::Baidu);
    let most_unanswered = if collapses { MAX_UNANSWERED } else { MAX_UNANSWERED_ALIKE };
    match sent.verdict {
        PushVerdict::Accepted | PushVerdict::Final | PushVerdict::TokenGone(_) | PushVerdict::AppRejected(_) => true,
        // A second push about a challenge is worse than reading about it in the app.
        PushVerdict::Unknown if work.notice.kind() == MessageKind::Announcement => true,
        // A device that cannot be reached must not hold up the user's other messages for long.
        PushVerdict::Later | PushVerdict::Unknown => {
            attempts >= MAX_ATTEMPTS.saturating_mul(rounds) || unanswered >= most_unanswered.saturating_mul(rounds)
        }
    }
}

fn is_given_up(one: &Outcome<'_>) -> bool {
    match one.sent.verdict {
        PushVerdict::AppRejected(_) => true,
        PushVerdict::Later | PushVerdict::Unknown => one.delivery.settled,
        _ => false,
    }
}

/// Puts the devices that are given up among the dead letters. If an operator brings them back, each device has as many
/// attempts again.
async fn give_up(outbox: &Outbox, work: &PushWork, outcomes: &[Outcome<'_>]) -> Result<(), Error> {
    let given_up = outcomes.iter().filter(|one| is_given_up(one));
    let given_up: Vec<_> = given_up.map(|one| one.device.device_id.clone()).collect();
    if given_up.is_empty() || work.notice.kind() == MessageKind::Announcement {
        return Ok(());
    }
    let names: Vec<&str> = given_up.iter().map(DeviceId::as_str).collect();
    let once = format!("given up {} {}", work.given_up + 1, names.join(" "));
    let again = PushWork { devices: Some(given_up), given_up: work.given_up + 1, ..work.clone() };
    outbox.given_up.send(&[again.message(&once)?]).await
}

/// Makes one call per channel, language and hundred devices, up to the first that fails as a whole. A call that
/// Pinpoint refuses because of its content is repeated for each device alone.
async fn send<'a>(
    outbox: &Outbox,
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
            url: message.text.url.as_deref().or(about.redeem_url.as_ref().map(RewardUrl::expose)),
            image_url: message.text.image_url.as_deref(),
            delivery: message.delivery,
            collapse_key: &collapse_key,
        };
        let mut calls: VecDeque<&[&Device]> = devices.chunks(outbound_push::MAX_ADDRESSES).collect();
        while let Some(devices) = calls.pop_front() {
            if Instant::now() + CALL_TAKES >= invocation.deadline {
                return (results, Some(Error::Unavailable("no time is left for a call of Pinpoint".into())));
            }
            let recipient = |device: &&Device| Recipient { address: device.address.clone(), first_name: None };
            let recipients: Vec<Recipient> = devices.iter().map(recipient).collect();
            match outbox.push.send(channel, &recipients, &notification).await {
                Ok(sent) => results.extend(devices.iter().copied().zip(sent)),
                // One address that Pinpoint cannot read must not cost the others theirs.
                Err(Failed::Never(text)) if devices.len() > 1 => {
                    tracing::warn!(error.cause = text, push.channel = channel.as_str(), "a call is taken apart");
                    calls.extend(devices.chunks(1));
                }
                // The cause concerns this channel alone, and every user of it.
                Err(Failed::Never(text)) => {
                    tracing::error!(error.cause = text, push.channel = channel.as_str(), "Pinpoint refuses a message");
                    let refused = || Sent {
                        verdict: PushVerdict::AppRejected("Pinpoint refuses the message"),
                        status: "REFUSED".into(),
                        code: 0,
                        updated: None,
                    };
                    results.extend(devices.iter().map(|device| (*device, refused())));
                }
                Err(failed) => {
                    // Pinpoint may have accepted it. It counts as an attempt, so that it is not repeated for ever.
                    if matches!(failed, Failed::Unknown(_)) {
                        let unknown =
                            || Sent { verdict: PushVerdict::Unknown, status: NO_ANSWER.into(), code: 0, updated: None };
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

/// Returns the message for a device, in its language. Returns `None` if the campaign has no such message.
fn rendered<'a>(work: &PushWork, about: &'a About<'_>, device: &Device) -> Option<(Message<'a>, RenderedText)> {
    let locale = device.locale.as_deref();
    let locale = locale.or(about.reward.and_then(|reward| reward.locale.as_deref()));
    let locale = locale.or(about.profile.locale.as_deref());
    let message = message::message(about.campaign, about.moment, work.notice.kind(), locale)?;
    let values = Values {
        first_name: about.profile.attributes.first_name(),
        reward_name: about.reward_name,
        credit: about.credit.as_ref(),
        expires_at: about.reward.and_then(|reward| reward.expires_at),
        redeem_url: about.redeem_url.as_ref().map(RewardUrl::expose),
        place: about.place,
        time_zone: about.time_zone(Some(device)),
        ..Values::new(about.campaign, about.moment)
    };
    Some((message, message::text::render(message, &values)))
}

/// Returns the same key for all messages about a reward: a later message replaces an earlier one.
fn collapse_key(work: &PushWork, about: &About<'_>) -> String {
    about.reward.map_or_else(
        || message::collapse_key(&work.app, work.notice.campaign()),
        |reward| reward.reward_id.fingerprint(),
    )
}

#[cfg(test)]
mod tests {
    use domain::message::NoticeId;

    use super::*;

    fn settled(verdict: PushVerdict, status: &str, channel: Channel, counts: (u32, u32), given_up: u32) -> bool {
        let notice = NoticeId::try_from("achievement.spring.five.1".to_owned()).unwrap();
        let (app, user) = ("shop".try_into().unwrap(), "ada".to_owned().try_into().unwrap());
        let work = PushWork { given_up, ..PushWork::new(&app, &user, notice) };
        let sent = Sent { verdict, status: status.into(), code: 0, updated: None };
        is_settled(&sent, &work, channel, counts)
    }

    #[test]
    fn attempts_without_an_answer_take_nothing_from_those_with_one() {
        let throttled = |counts, given_up| settled(PushVerdict::Later, "THROTTLED", Channel::Gcm, counts, given_up);
        assert!(!throttled((4, 20), 0));
        assert!(throttled((5, 0), 0));
        // Brought back, it has as many attempts again.
        assert!(!throttled((6, 20), 1));
        assert!(throttled((10, 0), 1));
    }

    #[test]
    fn what_cannot_be_told_from_its_repetition_is_not_repeated_for_long() {
        let silent = |channel, unanswered| settled(PushVerdict::Unknown, NO_ANSWER, channel, (0, unanswered), 0);
        assert!(!silent(Channel::Gcm, 24) && silent(Channel::Gcm, 25));
        assert!(!silent(Channel::Sms, 1) && silent(Channel::Sms, 2) && silent(Channel::Baidu, 2));
    }
}
