//! One page of an audience: chooses the users and a moment for each, writes each user's notice before anything is sent,
//! and then makes as few calls as there are channels and texts. Devices that the push service may accept later go into
//! the queue of pushes, one message per user.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::{Campaign, Moment};
use domain::device::{Channel, Device};
use domain::id::UserId;
use domain::message::text::{self, is_personal};
use domain::message::{self, Message, MessageKind, NoticeId, PushOptions, PushTime, RenderedText, Values};
use domain::request_mode::Stakes;
use domain::reward::credit::Credit;
use domain::user::Profile;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use invocation::Invocation;
use jiff::Timestamp;
use outbound_push::outbox::Outbox;
use outbound_push::{Failed, Notification, PushVerdict, Recipient, Sent, payload};
use outbound_queue::push_work::PushWork;
use rewarding::prospect::{Known, Prospect};
use rules::eligibility::{EventFacts, Subject};
use store::Environment;
use store::announcements::Counts;
use store::users::{self, Everything};
use store::{devices, notices};
use tokio::time::Instant;

/// Users that are checked, and whose notices are written, at a time.
const AT_ONCE: usize = 32;

/// Time that must be left to begin a call: a call that is cut off is not repeated.
const CALL_TAKES: Duration = Duration::from_secs(11);

/// Calls of Pinpoint at a time.
const CALLS_AT_ONCE: usize = 8;

/// The result of a page.
pub(crate) struct Page {
    pub(crate) counts: Counts,
    /// True if Pinpoint does not take calls at the moment.
    pub(crate) held_up: bool,
}

/// A user to announce a moment to.
struct Addressee<'a> {
    user_id: UserId,
    moment: &'a Moment,
    profile: Profile,
    count: u64,
    devices: Vec<Device>,
    /// When to push: the user may be in quiet hours.
    when: PushTime,
}

/// The content that many devices get in one call.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group<'a> {
    channel: Channel,
    text: RenderedText,
    url: Option<&'a str>,
    image_url: Option<&'a str>,
    moment: &'a str,
}

/// One device of a group.
struct Target<'a> {
    user_id: &'a UserId,
    device: &'a Device,
    recipient: Recipient,
}

/// Announces to a page of users.
pub(crate) async fn tell(
    environment: &Environment,
    outbox: &Outbox,
    campaign: &Campaign,
    users: Vec<UserId>,
    invocation: &Invocation,
) -> Result<Page, Error> {
    let (app, id) = (&campaign.app_id, NoticeId::Announcement(campaign.campaign_id.clone()));
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    let mut counts = Counts { users: users.len() as u64, ..Counts::default() };
    let looked =
        users.into_iter().map(|user_id| look_at(environment, &catalog, campaign, &id, user_id, invocation.now));
    let looked: Vec<_> = looked.collect();
    let found: Vec<Result<Option<Addressee<'_>>, Error>> = stream::iter(looked).buffered(AT_ONCE).collect().await;
    let found: Vec<Option<Addressee<'_>>> =
        found.into_iter().map(|found| passed_over(found, &mut counts)).collect::<Result<_, _>>()?;
    // From here on, nothing may end the page early: a user whose notice is written is not announced to again.
    let noted = found.into_iter().flatten();
    let noted: Vec<_> = noted.map(|addressee| announce(environment, campaign, &id, addressee, invocation)).collect();
    let noted: Vec<Result<Option<Addressee<'_>>, Error>> = stream::iter(noted).buffered(AT_ONCE).collect().await;
    let (mut announced, mut trouble) = (Vec::new(), None);
    for noted in noted {
        match noted {
            Ok(addressee) => announced.extend(addressee),
            Err(error) => trouble = Some(error),
        }
    }
    counts.announced = announced.len() as u64;
    let (asleep, awake): (Vec<_>, Vec<_>) = announced.iter().partition(|addressee| addressee.when != PushTime::Now);
    counts.put_off = asleep.len() as u64;
    let mut page = Page { counts, held_up: false };
    if !outbox.push.is_off() {
        // The queue of pushes waits for the end of quiet hours. If the campaign ends before that, only the app's list
        // shows the announcement.
        let later = asleep.iter().filter(|addressee| addressee.when != PushTime::Never);
        let later = later.map(|addressee| PushWork::new(app, &addressee.user_id, id.clone()).message("asleep"));
        let later = outbox.pushes.send(&later.collect::<Result<Vec<_>, _>>()?).await;
        let sent = send(environment, outbox, campaign, groups(&catalog, campaign, &awake), &mut page, invocation).await;
        trouble = trouble.or(later.err()).or(sent.err());
    }
    trouble.map_or(Ok(page), Err)
}

/// Skips a user who cannot be read, so that the others still get the announcement.
fn passed_over<'a>(
    found: Result<Option<Addressee<'a>>, Error>,
    counts: &mut Counts,
) -> Result<Option<Addressee<'a>>, Error> {
    match found {
        Err(error @ Error::Internal(_)) => {
            tracing::error!(error.cause = %error, "a user cannot be announced to");
            counts.failed += 1;
            Ok(None)
        }
        found => found,
    }
}

async fn look_at<'a>(
    environment: &Environment,
    catalog: &Catalog,
    campaign: &'a Campaign,
    id: &NoticeId,
    user_id: UserId,
    now: Timestamp,
) -> Result<Option<Addressee<'a>>, Error> {
    let known = users::for_announcement(&environment.store, &campaign.app_id, &user_id).await?;
    Ok(addressee(catalog, campaign, id, user_id, known, now))
}

/// Returns the user with the moment to announce: the first moment that has a text for announcements and that the user
/// may take part in, by all rules that do not concern an event. Returns `None` if the user has the announcement
/// already, is held out, or has every reward.
fn addressee<'a>(
    catalog: &Catalog,
    campaign: &'a Campaign,
    id: &NoticeId,
    user_id: UserId,
    known: Everything,
    now: Timestamp,
) -> Option<Addressee<'a>> {
    let Everything { state, devices, notices, .. } = known;
    if notices.iter().any(|(known, notice)| known == id && notice.announced_at.is_some()) {
        return None;
    }
    let profile = state.profile.clone().unwrap_or_default();
    let (user, event) = (Subject::of(&user_id, &profile), EventFacts::now(now));
    let asked = Known { user, state: &state, event, wanted: None };
    let has_text = |moment: &&Moment| message::message(campaign, moment, MessageKind::Announcement, None).is_some();
    let (moment, prospect) = campaign.moments.iter().filter(has_text).find_map(|moment| {
        let prospect = Prospect::of(catalog, campaign, moment, asked, Stakes::REAL);
        prospect.verdict.may_take_part().then_some((moment, prospect))
    })?;
    let when = message::push_time(campaign, &profile, &devices, now, campaign.ends_at);
    let devices = devices.into_iter();
    let devices = devices.filter(|device| device.is_live(now) && device.wants(MessageKind::Announcement)).collect();
    Some(Addressee { moment, count: prospect.case.counted, profile, devices, when, user_id })
}

/// Writes the user's notice of the announcement. Returns `None` if another invocation has written it.
async fn announce<'a>(
    environment: &Environment,
    campaign: &Campaign,
    id: &NoticeId,
    addressee: Addressee<'a>,
    invocation: &Invocation,
) -> Result<Option<Addressee<'a>>, Error> {
    let Campaign { app_id, ends_at, .. } = campaign;
    let Addressee { user_id, moment, .. } = &addressee;
    let mine =
        notices::announce(&environment.store, app_id, user_id, id, &moment.moment_id, invocation.now, *ends_at).await?;
    Ok(mine.then_some(addressee))
}

/// Groups the devices by the content that they get. Pinpoint fills in first names, so a text with names stays one text.
fn groups<'a>(
    catalog: &Catalog,
    campaign: &'a Campaign,
    addressees: &[&'a Addressee<'a>],
) -> BTreeMap<Group<'a>, (&'a PushOptions, Vec<Target<'a>>)> {
    let mut groups: BTreeMap<Group<'a>, (&PushOptions, Vec<Target<'a>>)> = BTreeMap::new();
    for addressee in addressees {
        let Addressee { moment, profile, count, .. } = addressee;
        let group = catalog.groups_of(moment).first().copied();
        let credit = group.and_then(Credit::of);
        for device in &addressee.devices {
            let locale = device.locale.as_deref().or(profile.locale.as_deref());
            let Some(message) = message::message(campaign, moment, MessageKind::Announcement, locale) else { continue };
            let Message { text, delivery } = message;
            let name = profile.attributes.first_name().filter(|_| is_personal(text)).and_then(text::first_name);
            let values = Values::new(campaign, moment);
            let values = Values {
                first_name_variable: name.as_ref().map(|_| payload::FIRST_NAME_VARIABLE),
                count: if text::needs_progress(text) { *count } else { 0 },
                reward_name: group.map(|group| group.name.as_str()),
                credit: credit.as_ref(),
                time_zone: device.time_zone.or(profile.time_zone).unwrap_or(values.time_zone),
                ..values
            };
            let key = Group {
                channel: device.channel,
                text: text::render(message, &values),
                url: text.url.as_deref(),
                image_url: text.image_url.as_deref(),
                moment: moment.moment_id.as_str(),
            };
            let recipient = Recipient { address: device.address.clone(), first_name: name };
            let target = Target { user_id: &addressee.user_id, device, recipient };
            groups.entry(key).or_insert_with(|| (delivery, Vec::new())).1.push(target);
        }
    }
    groups
}

/// Sends to every group, up to a hundred addresses in a call. Makes no further call once Pinpoint does not answer, or
/// once the time is up, because a page may have very many texts. The devices that are left go into the queue of pushes.
async fn send(
    environment: &Environment,
    outbox: &Outbox,
    campaign: &Campaign,
    groups: BTreeMap<Group<'_>, (&PushOptions, Vec<Target<'_>>)>,
    page: &mut Page,
    invocation: &Invocation,
) -> Result<(), Error> {
    let collapse_key = &message::collapse_key(&campaign.app_id, &campaign.campaign_id);
    let (mut again, mut trouble): (Vec<&Target<'_>>, _) = (Vec::new(), None);
    let calls = groups.iter().flat_map(|(group, (delivery, targets))| {
        targets.chunks(outbound_push::MAX_ADDRESSES).map(move |targets| (group, *delivery, targets))
    });
    let calls: Vec<_> = calls.collect();
    for calls in calls.chunks(CALLS_AT_ONCE) {
        if page.held_up || Instant::now() + CALL_TAKES >= invocation.deadline {
            again.extend(calls.iter().flat_map(|(.., targets)| *targets));
            continue;
        }
        let made = calls.iter().map(|(group, delivery, targets)| call(outbox, group, delivery, targets, collapse_key));
        for ((.., targets), answer) in calls.iter().zip(join_all(made).await) {
            page.counts.calls += 1;
            page.counts.sent += targets.len() as u64;
            match answer {
                Ok(sent) => {
                    for (target, sent) in targets.iter().zip(sent) {
                        match act(environment, campaign, target, &sent, &mut page.counts, invocation).await {
                            Ok(true) => again.push(target),
                            Ok(false) => {}
                            Err(error) => trouble = Some(error),
                        }
                    }
                }
                // One address that Pinpoint cannot read must not cost ninety-nine others theirs: the queue of pushes
                // tries each user alone.
                Err(Failed::Never(text)) if targets.len() > 1 => {
                    tracing::warn!(campaign.id = %campaign.campaign_id, error.cause = text, "a call is taken apart");
                    again.extend(*targets);
                }
                Err(failed) if fails_for_good(&failed, campaign, invocation) => {
                    page.counts.failed += targets.len() as u64;
                    // After a call without an answer, the page makes no further call.
                    page.held_up |= matches!(failed, Failed::Unknown(_));
                }
                Err(_) => {
                    page.held_up = true;
                    again.extend(*targets);
                }
            }
        }
    }
    page.counts.again += again.len() as u64;
    push_again(outbox, campaign, &again).await?;
    trouble.map_or(Ok(()), Err)
}

/// Makes one call of Pinpoint.
async fn call(
    outbox: &Outbox,
    Group { channel, text, url, image_url, .. }: &Group<'_>,
    delivery: &PushOptions,
    targets: &[Target<'_>],
    collapse_key: &str,
) -> Result<Vec<Sent>, Failed> {
    let (kind, url, image_url) = (MessageKind::Announcement, *url, *image_url);
    let notification = Notification { kind, text, url, image_url, delivery, collapse_key };
    let recipients: Vec<Recipient> = targets.iter().map(|target| target.recipient.clone()).collect();
    outbox.push.send(*channel, &recipients, &notification).await
}

/// True if a call that failed as a whole is not repeated.
fn fails_for_good(failed: &Failed, campaign: &Campaign, invocation: &Invocation) -> bool {
    let (for_good, concerns_all) = match failed {
        // Pinpoint may have accepted it. A second push is worse than reading the announcement in the app.
        Failed::Unknown(_) => (true, false),
        Failed::Never(_) => (true, true),
        Failed::Application(_) => (false, true),
        Failed::Later(_) => (false, false),
    };
    if concerns_all {
        invocation.metrics.push_rejected();
    }
    tracing::warn!(
        app.id = %campaign.app_id, campaign.id = %campaign.campaign_id, error.cause = ?failed, push.again = !for_good,
        "a call of an announcement failed"
    );
    for_good
}

/// Applies one result to the device and to the counts. Returns true if the address is to be tried again.
async fn act(
    environment: &Environment,
    campaign: &Campaign,
    target: &Target<'_>,
    sent: &Sent,
    counts: &mut Counts,
    invocation: &Invocation,
) -> Result<bool, Error> {
    let Target { user_id, device, .. } = target;
    let (store, updated, gone) = (&environment.store, sent.updated.as_ref(), sent.verdict.token_gone());
    devices::follow_push(store, &campaign.app_id, user_id, device, updated, gone, invocation.now).await?;
    match sent.verdict {
        PushVerdict::Accepted => counts.accepted += 1,
        PushVerdict::Later => return Ok(true),
        PushVerdict::Unknown | PushVerdict::Final | PushVerdict::TokenGone(_) => counts.failed += 1,
        PushVerdict::AppRejected(reason) => {
            counts.failed += 1;
            invocation.metrics.push_rejected();
            let channel = device.channel.as_str();
            tracing::error!(app.id = %campaign.app_id, push.channel = channel, push.reason = reason, "the channel is rejected");
        }
    }
    Ok(false)
}

/// Puts the users who were not reached into the queue of pushes, each with the devices to try.
async fn push_again(outbox: &Outbox, campaign: &Campaign, again: &[&Target<'_>]) -> Result<(), Error> {
    let mut by_user: BTreeMap<&UserId, Vec<_>> = BTreeMap::new();
    for target in again {
        by_user.entry(target.user_id).or_default().push(target.device.device_id.clone());
    }
    let id = NoticeId::Announcement(campaign.campaign_id.clone());
    let messages = by_user.into_iter().map(|(user, devices)| {
        let work = PushWork { devices: Some(devices), ..PushWork::new(&campaign.app_id, user, id.clone()) };
        work.message("announced")
    });
    let messages = messages.collect::<Result<Vec<_>, _>>()?;
    outbox.pushes.send(&messages).await
}
