//! `/v1/users/{user_id}/notifications`: the messages to a user, for the app's own inbox, so that a user who has no
//! push, or has swiped it away, misses nothing. Each request derives them from the user's rewards and announcements;
//! only the read marks are stored.

use std::cmp::Reverse;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::competition::places::FinalPlace;
use domain::id::{CampaignId, MomentId, RewardId, UserId};
use domain::instant::Sum as _;
use domain::message::{self, MessageKind, NoticeId, Values};
use domain::reward::credit::{Credit, CreditView};
use domain::reward::order::ADDRESS_REMINDER;
use domain::reward::{self, Reward, RewardState};
use domain::secret::RewardUrl;
use domain::user::Profile;
use edge::http::{self, List, Response};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::Environment;
use store::notices::{self, Notice};
use store::progress::StoredProgress;
use store::users::{self, Everything};

use crate::RequestContext;

/// The age up to which messages are shown: as long as read marks are stored.
const SHOWN: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Read marks that are written at a time.
const AT_ONCE: usize = 16;

/// A message as the API shows it.
#[derive(Debug, Serialize)]
struct NotificationView {
    notification_id: NoticeId,
    kind: MessageKind,
    campaign_id: CampaignId,
    moment_id: MomentId,
    title: String,
    body: String,
    /// The link of a tap; without one, a tap leads nowhere.
    url: Option<RewardUrl>,
    image_url: Option<String>,
    reward_id: Option<RewardId>,
    /// For a prize or a result of a competition: the user's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<FinalPlace>,
    /// For a credit: how much the user may choose for, from what and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<CreditView>,
    at: Timestamp,
    read_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Inbox {
    #[serde(flatten)]
    list: List<NotificationView>,
    /// Number of unread messages, of all pages.
    unread: usize,
}

/// The data from which messages are made.
struct Source<'a> {
    environment: &'a Environment,
    catalog: &'a Catalog,
    profile: Profile,
    progress: Vec<(CampaignId, MomentId, StoredProgress)>,
    now: Timestamp,
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response, Error> {
    let request = context.request;
    let user_id: UserId = request.path_id("user_id", "user")?;
    let page = request.page()?;
    let after = page.cursor.as_deref().map(place).transpose()?;
    let mut all = messages(context, &user_id).await?;
    let unread = all.iter().filter(|message| message.read_at.is_none()).count();
    if let Some(after) = &after {
        all.retain(|message| order(message) > *after);
    }
    let cursor = |last: &NotificationView| format!("{}.{}", last.at.as_millisecond(), last.notification_id);
    let inbox = Inbox { list: List::of(all, &page, false, cursor), unread };
    let tag = tag(&inbox)?;
    Ok(http::tagged(&inbox, &tag, request))
}

/// Returns the sort key: the youngest first.
fn order(message: &NotificationView) -> (Reverse<i64>, NoticeId) {
    (Reverse(message.at.as_millisecond()), message.notification_id.clone())
}

/// Returns the place that a cursor stands for.
fn place(cursor: &str) -> Result<(Reverse<i64>, NoticeId), Error> {
    let parts = cursor.split_once('.');
    let parts = parts.and_then(|(at, id)| Some((Reverse(at.parse().ok()?), NoticeId::try_from(id.to_owned()).ok()?)));
    parts.ok_or_else(Error::invalid_cursor)
}

/// Returns the same tag for the same messages, so that a client that polls gets nothing twice.
fn tag(inbox: &Inbox) -> Result<String, Error> {
    let body = serde_json::to_vec(inbox).map_err(|error| Error::Internal(format!("cannot show: {error}")))?;
    Ok(format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(body)[..16])))
}

/// Returns all messages to the user, with one query.
async fn messages(context: &RequestContext<'_>, user_id: &UserId) -> Result<Vec<NotificationView>, Error> {
    let &RequestContext { environment, app, test, invocation, .. } = context;
    if test {
        return Ok(Vec::new());
    }
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    let Everything { state, notices, .. } = users::inbox(&environment.store, app, user_id).await?;
    let (profile, progress) = (state.profile.unwrap_or_default(), state.progress);
    let source = Source { environment, catalog: &catalog, profile, progress, now: invocation.now };
    let read_at = |id: &NoticeId| notices.iter().find(|(known, _)| known == id).and_then(|(_, notice)| notice.read_at);
    let mut all: Vec<NotificationView> = Vec::new();
    for reward in &state.rewards {
        all.extend(source.of_reward(reward, read_at));
    }
    all.extend(notices.iter().filter_map(|(id, notice)| source.of_notice(id, notice)));
    all.retain(|message| message.at > invocation.now.minus(SHOWN) && message.at <= invocation.now);
    all.sort_by_key(order);
    Ok(all)
}

impl Source<'_> {
    fn of_reward(&self, reward: &Reward, read_at: impl Fn(&NoticeId) -> Option<Timestamp>) -> Vec<NotificationView> {
        let reward = &*reward.as_of(self.now);
        let (campaign, moment, n) = (reward.campaign_id().clone(), reward.moment_id.clone(), reward.occurrence);
        if matches!(reward.state, RewardState::Expired | RewardState::Voided) {
            return Vec::new();
        }
        let told = match (reward.state, reward.awarded_at) {
            (RewardState::InReview, _) => Vec::new(),
            (RewardState::Waiting, _) => vec![(NoticeId::Waiting(campaign, moment, n), reward.earned_at)],
            (_, Some(awarded_at)) => {
                let mut told = vec![(NoticeId::Achievement(campaign.clone(), moment.clone(), n), awarded_at)];
                if let Some(at) = self.reminded_at(reward) {
                    told.push((NoticeId::Reminder(campaign.clone(), moment.clone(), n), at));
                }
                if reward.needs_address(self.now) {
                    told.push((NoticeId::AddressReminder(campaign, moment, n), awarded_at.plus(ADDRESS_REMINDER)));
                }
                told
            }
            (_, None) => Vec::new(),
        };
        let view = |(id, at): (NoticeId, Timestamp)| {
            // A read mark from before this message belongs to another message.
            let read_at = read_at(&id).filter(|read_at| *read_at >= at);
            let view = self.view(id, &reward.moment_id, Some(reward), reward.place, at)?;
            Some(NotificationView { read_at, ..view })
        };
        told.into_iter().filter_map(view).collect()
    }

    /// Returns when the user is reminded of a reward, if it can still be redeemed.
    fn reminded_at(&self, reward: &Reward) -> Option<Timestamp> {
        let campaign = self.catalog.campaign(reward.campaign_id()).ok()?;
        let expires_at = reward.expires_at.filter(|expires_at| *expires_at > self.now)?;
        let moment = campaign.moment(&reward.moment_id)?;
        let at = message::remind_at(campaign, moment, reward.awarded_at?, expires_at)?;
        let planned = message::planned_push_time(campaign, &self.profile, &[], at, expires_at);
        // As the push: in the evening before, unless that was before the award.
        let at = if reward.awarded_at? < planned { planned } else { at };
        Some(at).filter(|_| reward.state == RewardState::Awarded)
    }

    /// Returns an announcement or a result. Other messages come from their reward.
    fn of_notice(&self, id: &NoticeId, notice: &Notice) -> Option<NotificationView> {
        let view = self.view(id.clone(), notice.moment_id.as_ref()?, None, notice.place, notice.announced_at?)?;
        Some(NotificationView { read_at: notice.read_at, ..view })
    }

    fn counted(&self, campaign: &CampaignId, moment: &MomentId) -> u64 {
        let of = |(known, of, _): &&(CampaignId, MomentId, StoredProgress)| known == campaign && of == moment;
        self.progress.iter().find(of).map_or(0, |(.., progress)| progress.counted)
    }

    fn view(
        &self,
        id: NoticeId,
        moment_id: &MomentId,
        reward: Option<&Reward>,
        place: Option<FinalPlace>,
        at: Timestamp,
    ) -> Option<NotificationView> {
        let campaign = self.catalog.campaign(id.campaign()).ok()?;
        let moment = campaign.moment(moment_id)?;
        let locale = self.profile.locale.as_deref().or(reward.and_then(|reward| reward.locale.as_deref()));
        let message = message::message(campaign, moment, id.kind(), locale)?;
        let group = match reward {
            Some(reward) => self.catalog.group(&reward.reward_group_id),
            None => self.catalog.groups_of(moment).first().copied(),
        };
        let redeem_url = reward.filter(|reward| reward.has_link());
        let public_url = self.environment.public_url.of(self.catalog);
        let redeem_url = redeem_url.map(|reward| reward::redeem_url(public_url, &reward.reward_id));
        let credit = match reward {
            Some(reward) => Credit::of_reward(reward, group),
            None => group.and_then(Credit::of),
        };
        let values = Values::new(campaign, moment);
        let values = Values {
            first_name: self.profile.attributes.first_name(),
            count: self.counted(id.campaign(), moment_id),
            reward_name: group.map(|group| group.name.as_str()),
            credit: credit.as_ref(),
            expires_at: reward.and_then(|reward| reward.expires_at),
            redeem_url: redeem_url.as_ref().map(RewardUrl::expose),
            place,
            time_zone: self.profile.time_zone.unwrap_or(values.time_zone),
            ..values
        };
        let text = message::text::render(message, &values);
        Some(NotificationView {
            kind: id.kind(),
            campaign_id: id.campaign().clone(),
            notification_id: id,
            moment_id: moment_id.clone(),
            title: text.title,
            body: text.body,
            url: message.text.url.clone().map(RewardUrl::new).or(redeem_url),
            image_url: message.text.image_url.clone(),
            credit: match reward {
                Some(reward) => CreditView::of_reward(reward, group),
                None => group.and_then(|group| CreditView::of_group(group, self.profile.marketplace.as_deref())),
            },
            reward_id: reward.filter(|reward| reward.has_link()).map(|reward| reward.reward_id.clone()),
            place,
            at,
            read_at: None,
        })
    }
}

#[derive(Serialize)]
struct Marked {
    /// The messages that are read now, also if they were before.
    read: Vec<String>,
    /// The ids that belong to no message of the user.
    unknown: Vec<String>,
}

/// Marks messages as read. A repetition changes nothing.
pub(crate) async fn mark_read(context: &RequestContext<'_>) -> Result<Response, Error> {
    let &RequestContext { environment, request, app, invocation, .. } = context;
    let user_id: UserId = request.path_id("user_id", "user")?;
    let ids = request.json(|fields| {
        let ids = fields.array("notification_ids", 1..=100)?;
        let mut texts = Vec::with_capacity(ids.len());
        for (index, id) in ids.iter().enumerate() {
            match id.as_str() {
                Some(id) => texts.push(id.to_owned()),
                None => fields.refuse_at(&format!("notification_ids/{index}"), "wrong_type", "must be a string"),
            }
        }
        Some(texts)
    })?;
    let all = messages(context, &user_id).await?;
    let find = |text: &String| all.iter().find(|message| message.notification_id.to_string() == *text);
    let (read, unknown): (Vec<String>, Vec<String>) = ids.into_iter().partition(|id| find(id).is_some());
    let unread = read.iter().filter_map(find).filter(|message| message.read_at.is_none());
    let mark = |message: &NotificationView| (message.notification_id.clone(), message.at);
    let unread: Vec<(NoticeId, Timestamp)> = unread.map(mark).collect();
    let (now, user_id) = (invocation.now, &user_id);
    let mark = |(id, told_at): (NoticeId, Timestamp)| async move {
        notices::mark_read(&environment.store, app, user_id, &id, told_at, now).await
    };
    let marks: Vec<_> = unread.into_iter().map(mark).collect();
    stream::iter(marks).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
    Ok(http::json(200, &Marked { read, unknown }))
}
