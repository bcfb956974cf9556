//! `GET /v1/users/{user_id}/timeline`: everything that happened to a user, in order and with the reasons, for support.
//! Each request derives it from the stored items; it holds no reward URL and no device address.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::competition::WindowId;
use domain::competition::places::FinalPlace;
use domain::device::Device;
use domain::id::{AppId, CampaignId, MomentId, RewardId, UserId};
use domain::message::{MessageKind, NoticeId};
use domain::reward::{Actor, Reward, RewardState};
use edge::http::{self, List, Order, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::Store;
use store::competitors::{self, Disqualified};
use store::notices::{Notice, PushResult};
use store::progress::StoredProgress;
use store::refusals::Refusal;
use store::scores::StoredScore;
use store::users::{self, Everything};

use crate::RequestContext;

/// The subject of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// The app first sent data about the user.
    Known,
    /// A device was registered.
    DeviceRegistered,
    /// A device was seen for the last time.
    DeviceSeen,
    /// Pushes no longer reach a device.
    DeviceRetired,
    /// The first event for a moment counted.
    ProgressBegan,
    /// The latest event for a moment counted.
    ProgressAdvanced,
    /// A completed moment leads to no reward.
    MomentClosed,
    /// Events did not count.
    NotEligible,
    /// A reward was earned, or came to another state.
    Reward,
    /// A campaign was announced to the user.
    Announced,
    /// The result of a push to a device.
    Pushed,
    /// The user read a message.
    Read,
    /// The user reached the present score in a window of a competition.
    ScoreReached,
    /// An admin took the user off the boards of a competition.
    Disqualified,
    /// The user, who has won nothing, has the result of a competition.
    Result,
}

/// One entry of the timeline.
#[derive(Serialize)]
struct Entry {
    at: Timestamp,
    kind: Kind,
    /// The entry as a sentence.
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign_id: Option<CampaignId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moment_id: Option<MomentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reward_id: Option<RewardId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<RewardState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<Actor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_id: Option<NoticeId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// Distinguishes it from others of the same millisecond.
    #[serde(skip)]
    place: String,
}

impl Entry {
    fn new(at: Timestamp, kind: Kind, text: impl Into<String>) -> Self {
        Self {
            at,
            kind,
            text: text.into(),
            campaign_id: None,
            moment_id: None,
            reward_id: None,
            state: None,
            by: None,
            device_id: None,
            notification_id: None,
            reasons: Vec::new(),
            place: String::new(),
        }
    }

    fn of(self, campaign: &CampaignId, moment: &MomentId) -> Self {
        let place = format!("{campaign}#{moment}#{}", self.place);
        Self { campaign_id: Some(campaign.clone()), moment_id: Some(moment.clone()), place, ..self }
    }

    fn of_device(self, device: &str) -> Self {
        Self { device_id: Some(device.to_owned()), place: format!("{}{device}", self.place), ..self }
    }

    /// Returns its place among the others.
    fn key(&self) -> (i64, String) {
        (self.at.as_millisecond(), format!("{:02}#{}", self.kind as u8, self.place))
    }
}

pub(crate) async fn get(context: &RequestContext<'_>) -> Result<Response, Error> {
    let &RequestContext { environment, request, app, test, .. } = context;
    let user_id: UserId = request.path_id("user_id", "user")?;
    let (page, order) = (request.page()?, request.order()?);
    let after = page.cursor.as_deref().map(place).transpose()?;
    let unknown = || Error::not_found("user", &user_id);
    if test {
        return Err(unknown());
    }
    let known = users::everything(&environment.store, app, &user_id).await?.ok_or_else(unknown)?;
    let mut all = entries(&known, context.invocation.now);
    all.extend(disqualifications(&environment.store, app, &user_id, &known).await?);
    all.sort_by_cached_key(Entry::key);
    if order == Order::Descending {
        all.reverse();
    }
    if let Some(after) = after {
        let is_after = |key: (i64, String)| if order == Order::Ascending { key > after } else { key < after };
        all.retain(|entry| is_after(entry.key()));
    }
    let cursor = |last: &Entry| {
        let (at, place) = last.key();
        URL_SAFE_NO_PAD.encode(format!("{at}|{place}"))
    };
    Ok(http::json(200, &List::of(all, &page, false, cursor)))
}

/// Returns the place that a cursor stands for.
fn place(cursor: &str) -> Result<(i64, String), Error> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().and_then(|text| text.split_once('|'));
    let parts = parts.and_then(|(at, place)| Some((at.parse().ok()?, place.to_owned())));
    parts.ok_or_else(Error::invalid_cursor)
}

fn entries(known: &Everything, now: Timestamp) -> Vec<Entry> {
    let mut all = Vec::new();
    all.extend(known.known_since.map(|at| Entry::new(at, Kind::Known, "the app told of the user")));
    for device in &known.devices {
        all.extend(of_device(device));
    }
    for (campaign, moment, progress) in &known.state.progress {
        all.extend(of_progress(progress).into_iter().map(|entry| entry.of(campaign, moment)));
    }
    for (campaign, moment, refusal) in &known.refusals {
        all.push(of_refusal(refusal).of(campaign, moment));
    }
    all.extend(known.scores.iter().map(|(campaign, window, score)| of_score(campaign, *window, score)));
    let rewards = known.state.rewards.iter().chain(&known.state.replaced);
    for reward in rewards.clone() {
        all.extend(of_reward(reward, now));
    }
    for (id, notice) in &known.notices {
        let about = rewards.clone().find(|reward| {
            let is_of = |(moment, n): (&MomentId, u32)| reward.moment_id == *moment && reward.occurrence == n;
            reward.replaced_by.is_none() && reward.campaign_id() == id.campaign() && id.reward().is_some_and(is_of)
        });
        all.extend(of_notice(id, notice, about));
    }
    all
}

/// Returns the decisions about the user in competitions in which a score is disqualified. One read for each.
async fn disqualifications(store: &Store, app: &AppId, user: &UserId, known: &Everything) -> Result<Vec<Entry>, Error> {
    let disqualified = known.scores.iter().filter(|(.., score)| score.disqualified).map(|(campaign, ..)| campaign);
    let campaigns: BTreeSet<&CampaignId> = disqualified.collect();
    let mut all = Vec::new();
    for campaign in campaigns {
        let Some(decision) = competitors::get(store, app, campaign, user).await? else { continue };
        let by = decision.decided_by();
        let Some(Disqualified { reason }) = decision.disqualified else { continue };
        let text = format!("the user is disqualified: {reason}");
        let entry = Entry::new(decision.decided_at, Kind::Disqualified, text);
        let (by, reasons, place) = (Some(by), vec![reason], campaign.to_string());
        all.push(Entry { campaign_id: Some(campaign.clone()), by, reasons, place, ..entry });
    }
    Ok(all)
}

fn of_score(campaign: &CampaignId, window: WindowId, stored: &StoredScore) -> Entry {
    let StoredScore { score, reached_at, .. } = stored;
    let of = if window == WindowId::Campaign { String::new() } else { format!(" in the window of {window}") };
    let text = format!("the user reached the score {score}{of}");
    let place = format!("{campaign}#{window}");
    Entry { campaign_id: Some(campaign.clone()), place, ..Entry::new(*reached_at, Kind::ScoreReached, text) }
}

fn of_device(device: &Device) -> Vec<Entry> {
    let channel = device.channel.as_str();
    let mut all = Vec::new();
    if let Some(at) = device.registered_at {
        all.push(Entry::new(at, Kind::DeviceRegistered, format!("a device was registered ({channel})")));
    }
    if device.registered_at != Some(device.seen_at) {
        all.push(Entry::new(device.seen_at, Kind::DeviceSeen, format!("the device was last heard of ({channel})")));
    }
    if let Some(retired) = &device.retired {
        let text = format!("the device is reached no more: {}", retired.reason);
        all.push(Entry { reasons: vec![retired.reason.clone()], ..Entry::new(retired.at, Kind::DeviceRetired, text) });
    }
    all.into_iter().map(|entry| entry.of_device(device.device_id.as_str())).collect()
}

fn of_progress(progress: &StoredProgress) -> Vec<Entry> {
    let StoredProgress { counted, target, .. } = progress;
    let mut all = Vec::new();
    all.extend(progress.began_at.map(|at| Entry::new(at, Kind::ProgressBegan, "the first event counted")));
    let Some(at) = progress.updated_at else { return all };
    if progress.began_at != Some(at) || counted >= target {
        let done = if counted >= target { ", which completes the moment" } else { "" };
        let text = format!("the latest event counted: {counted} of {target}{done}");
        all.push(Entry::new(at, Kind::ProgressAdvanced, text));
    }
    if let Some(reason) = progress.closed.as_ref().filter(|_| counted >= target) {
        let why = match reason.as_str() {
            "held_out" => "the user is in the campaign's hold-out",
            "cap_reached" => "what may be spent is spent",
            "device_used" => "this device has had its reward",
            "payment_used" => "this payment has had its reward",
            "no_valid_reward_group" => "no reward group is valid for the user any more",
            other => other,
        };
        let text = format!("the moment is complete and leads to no reward: {why}");
        all.push(Entry { reasons: vec![why.to_owned()], ..Entry::new(at, Kind::MomentClosed, text) });
    }
    all
}

fn of_refusal(refusal: &Refusal) -> Entry {
    let Refusal { reasons, first_at, last_at, times } = refusal;
    let often = if *times > 1 { format!(" ({times} times since {first_at})") } else { String::new() };
    let text = format!("not eligible: {}{often}", reasons.join("; "));
    Entry { reasons: reasons.clone(), ..Entry::new(*last_at, Kind::NotEligible, text) }
}

/// Returns how the reward was earned, every change since, and its expiry, also before the sweep has recorded that.
fn of_reward(reward: &Reward, now: Timestamp) -> Vec<Entry> {
    let id = || Some(reward.reward_id.clone());
    let group = &reward.reward_group_id;
    let entry = |at, state: RewardState, text: String| Entry {
        reward_id: id(),
        state: Some(state),
        // Not the id: the id opens the link, and a cursor must not.
        place: format!("{}#{state}", reward.reward_id.fingerprint()),
        ..Entry::new(at, Kind::Reward, text)
    };
    let mut all = Vec::new();
    let first = reward.changes.first().map(|change| change.state);
    let waits = reward.state == RewardState::Waiting;
    // A reward that was never awarded and does not wait was held: it may have been voided out of review.
    let reviewed = !waits && (reward.awarded_at.is_none() || first == Some(RewardState::Awarded));
    if let Some(why) = reward.waiting_reason.filter(|_| waits).map(|reason| reason.sentence()) {
        let waiting = entry(reward.earned_at, RewardState::Waiting, format!("a reward of group {group} waits: {why}"));
        all.push(Entry { reasons: vec![why.to_owned()], ..waiting });
    } else if !waits && reward.awarded_at != Some(reward.earned_at) && !reviewed && reward.replaces.is_none() {
        all.push(entry(
            reward.earned_at,
            RewardState::Waiting,
            format!("a reward of group {group} had to be waited for"),
        ));
    } else if reviewed {
        let text = format!("a reward of group {group} is held until an admin has reviewed it");
        all.push(entry(reward.earned_at, RewardState::InReview, text));
    }
    if let Some(at) = reward.awarded_at.filter(|_| !reviewed) {
        let instead = if reward.replaces.is_some() { ", in the place of one that was voided" } else { "" };
        let won = reward.place.map(|FinalPlace { rank, of, .. }| format!(" for rank {rank} of {of}"));
        let text = format!("a reward of group {group} was awarded{}{instead}", won.unwrap_or_default());
        all.push(entry(at, RewardState::Awarded, text));
    }
    for (index, change) in reward.changes.iter().enumerate() {
        let why = change.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let partner = change.order.as_ref().and_then(|order| order.partner.as_ref());
        let text = match partner.filter(|_| change.state == RewardState::Ordered) {
            Some(partner) => format!("partner {partner} has claimed the order"),
            None => format!("the reward is {}{why}", change.state),
        };
        let of = entry(change.at, change.state, text);
        let place = format!("{}#{index:03}", of.place);
        let (by, reasons) = (Some(change.by.clone()), change.reason.iter().cloned().collect());
        all.push(Entry { by, reasons, place, ..of });
    }
    if reward.as_of(now).state != reward.state {
        let over = |at| Entry {
            by: Some(Actor::Schedule),
            ..entry(at, RewardState::Expired, format!("the reward is {}", RewardState::Expired))
        };
        all.extend(reward.expires_at.map(over));
    }
    all.into_iter().map(|entry| entry.of(reward.campaign_id(), &reward.moment_id)).collect()
}

/// Returns the announcement, the results of the pushes, and the read mark. The time of a push is not stored: a push
/// follows at once on its subject, or in the morning.
fn of_notice(id: &NoticeId, notice: &Notice, about: Option<&Reward>) -> Vec<Entry> {
    let told_at = match id.kind() {
        MessageKind::Announcement | MessageKind::Result => notice.announced_at,
        MessageKind::Waiting => about.map(|reward| reward.earned_at),
        _ => about.and_then(|reward| reward.awarded_at),
    };
    let mut all = Vec::new();
    let kind = id.kind().as_str();
    all.extend(notice.announced_at.map(|at| match notice.place {
        Some(FinalPlace { rank, of, .. }) => {
            Entry::new(at, Kind::Result, format!("the competition ended: rank {rank} of {of}, without a prize"))
        }
        None => Entry::new(at, Kind::Announced, "the campaign was announced to the user"),
    }));
    for (device, delivery) in &notice.devices {
        let PushResult { delivery, code, attempts, unanswered, .. } = delivery;
        let silent = if *unanswered > 0 { format!(", {unanswered} without an answer") } else { String::new() };
        let text = format!("push of the {kind}: {delivery} ({code}) after {attempts} attempts{silent}");
        all.extend(told_at.map(|at| Entry::new(at, Kind::Pushed, text.clone()).of_device(device)));
    }
    all.extend(notice.read_at.map(|at| Entry::new(at, Kind::Read, format!("the user read the {kind}"))));
    let moment = id.reward().map(|(moment, _)| moment).or(notice.moment_id.as_ref());
    let of_notice = |entry: Entry| Entry {
        campaign_id: Some(id.campaign().clone()),
        moment_id: moment.cloned(),
        place: format!("{id}#{}", entry.place),
        notification_id: Some(id.clone()),
        ..entry
    };
    all.into_iter().map(of_notice).collect()
}
