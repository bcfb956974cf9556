//! `GET /v1/users/{user_id}/export`: everything that is stored about a user, for the user, page by page. The one place
//! that shows device addresses, because they are the user's own.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::campaign::guards::Fingerprints;
use domain::competition::WindowId;
use domain::competition::places::FinalPlace;
use domain::device::Device;
use domain::id::{CampaignId, MomentId, RewardGroupId, UserId};
use domain::message::NoticeId;
use domain::reward::group::RewardKind;
use domain::reward::{Reward, RewardView, WaitingReason};
use domain::secret::DeviceAddress;
use domain::user_token::UserRight;
use edge::answer_size::{self, Room};
use edge::http::{self, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::notices::{Notice, PushResult};
use store::progress::StoredProgress;
use store::refusals::Refusal;
use store::scores::StoredScore;
use store::{shipping_addresses, users};

use crate::devices::DeviceView;
use crate::{ProfileView, RequestContext, check_right};

/// Rewards that are marked as seen before what they take of the answer is known.
const SEEN_TOGETHER: usize = 100;

#[derive(Serialize)]
struct Export {
    user_id: UserId,
    profile: Option<ProfileView>,
    devices: Vec<DeviceExport>,
    progress: Vec<ProgressExport>,
    test_progress: Vec<ProgressExport>,
    rewards: Vec<RewardExport>,
    notices: Vec<NoticeExport>,
    spent: Vec<SpentExport>,
    refusals: Vec<RefusalExport>,
    scores: Vec<ScoreExport>,
    brackets: Vec<BracketExport>,
    /// The start of the next page, if not everything fits into one answer.
    cursor: Option<String>,
}

/// The lists of an export, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Devices,
    Progress,
    TestProgress,
    Rewards,
    Notices,
    Refusals,
    Spent,
    Scores,
    Brackets,
}

impl Part {
    const ALL: [Self; 9] = [
        Self::Devices,
        Self::Progress,
        Self::TestProgress,
        Self::Rewards,
        Self::Notices,
        Self::Refusals,
        Self::Spent,
        Self::Scores,
        Self::Brackets,
    ];
}

/// The position of an export, and the room that is left in the answer.
struct Pages {
    /// All up to here was shown: of a list, the entries up to that key.
    after: Option<(Part, String)>,
    room: Room,
    /// The start of the next page, once this one is full.
    next: Option<(Part, String)>,
}

impl Pages {
    fn new(cursor: Option<&str>, profile: &Option<ProfileView>) -> Result<Self, Error> {
        let mut room = Room::new(answer_size::MAX_BYTES);
        // It is in every page, and smaller than any.
        room.takes(profile);
        Ok(Self { after: cursor.map(place).transpose()?, room, next: None })
    }

    /// Of a list's entries those that are still to be shown, in the order of their keys.
    fn rest<T>(&self, part: Part, entries: impl IntoIterator<Item = (String, T)>) -> Vec<(String, T)> {
        let is_left = |key: &String| match &self.after {
            Some((shown, after)) => part > *shown || (part == *shown && key > after),
            None => true,
        };
        let mut rest: Vec<(String, T)> = entries.into_iter().filter(|(key, _)| is_left(key)).collect();
        rest.sort_by(|(one, _), (other, _)| one.cmp(other));
        if self.next.is_some() { Vec::new() } else { rest }
    }

    /// Adds an entry to what is shown. `false` once there is no room: then the next page begins with it.
    fn show<T: Serialize>(&mut self, part: Part, shown: &mut Vec<T>, before: Option<&str>, entry: T) -> bool {
        if !self.room.takes(&entry) {
            self.next = Some((part, before.unwrap_or_default().to_owned()));
            return false;
        }
        shown.push(entry);
        true
    }

    /// Of a list, what fits.
    fn list<S, T: Serialize>(
        &mut self,
        part: Part,
        entries: impl IntoIterator<Item = (String, S)>,
        view: impl Fn(S) -> T,
    ) -> Vec<T> {
        let (mut shown, mut before) = (Vec::new(), None);
        for (key, entry) in self.rest(part, entries) {
            if !self.show(part, &mut shown, before.as_deref(), view(entry)) {
                break;
            }
            before = Some(key);
        }
        shown
    }

    fn cursor(self) -> Option<String> {
        self.next.map(|(part, key)| URL_SAFE_NO_PAD.encode(format!("{}|{key}", part as u8)))
    }
}

/// The place that a cursor stands for.
fn place(cursor: &str) -> Result<(Part, String), Error> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().and_then(|text| text.split_once('|'));
    let parts = parts.and_then(|(part, key)| Some((*Part::ALL.get(part.parse::<usize>().ok()?)?, key.to_owned())));
    parts.ok_or_else(|| Error::invalid("/cursor", "invalid_parameter", "is not a cursor that this export gave out"))
}

/// Why events did not count of late.
#[derive(Serialize)]
struct RefusalExport {
    campaign_id: CampaignId,
    moment_id: MomentId,
    reasons: Vec<String>,
    first_at: Timestamp,
    last_at: Timestamp,
    times: u64,
}

impl From<(CampaignId, MomentId, Refusal)> for RefusalExport {
    fn from((campaign_id, moment_id, refusal): (CampaignId, MomentId, Refusal)) -> Self {
        let Refusal { reasons, first_at, last_at, times } = refusal;
        Self { campaign_id, moment_id, reasons, first_at, last_at, times }
    }
}

/// A bracket that has, or once had, the user among its players.
#[derive(Serialize)]
struct BracketExport {
    campaign_id: CampaignId,
}

/// A score in one window of a competition.
#[derive(Serialize)]
struct ScoreExport {
    campaign_id: CampaignId,
    window: WindowId,
    score: u64,
    reached_at: Timestamp,
    disqualified: bool,
}

impl From<(CampaignId, WindowId, StoredScore)> for ScoreExport {
    fn from((campaign_id, window, stored): (CampaignId, WindowId, StoredScore)) -> Self {
        let StoredScore { score, reached_at, disqualified, .. } = stored;
        Self { campaign_id, window, score, reached_at, disqualified }
    }
}

/// The amount spent on the user in a campaign that caps it, in minor units of its currency.
#[derive(Serialize)]
struct SpentExport {
    campaign_id: CampaignId,
    amount_minor: i64,
}

/// A device as it is always shown, and its address.
#[derive(Serialize)]
struct DeviceExport {
    address: DeviceAddress,
    #[serde(flatten)]
    device: DeviceView,
}

impl From<Device> for DeviceExport {
    fn from(device: Device) -> Self {
        Self { address: device.address.clone(), device: DeviceView::from(device) }
    }
}

#[derive(Serialize)]
struct ProgressExport {
    campaign_id: CampaignId,
    moment_id: MomentId,
    count: u64,
    target: u64,
    /// Why completing leads to no reward, where it does not.
    closed: Option<String>,
    /// The reward of the moment that the user is assigned.
    reward_group_id: Option<RewardGroupId>,
    marketplace: Option<String>,
    locale: Option<String>,
    began_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    /// Hashes of the device and the payment that the app reported, if the campaign gives one reward for each.
    fingerprints: Fingerprints,
}

impl From<(CampaignId, MomentId, StoredProgress)> for ProgressExport {
    fn from((campaign_id, moment_id, progress): (CampaignId, MomentId, StoredProgress)) -> Self {
        let StoredProgress { counted: count, target, closed, arm: reward_group_id, marketplace, locale, .. } = progress;
        let StoredProgress { began_at, updated_at, fingerprints, .. } = progress;
        Self {
            campaign_id,
            moment_id,
            count,
            target,
            closed,
            reward_group_id,
            marketplace,
            locale,
            began_at,
            updated_at,
            fingerprints,
        }
    }
}

#[derive(Serialize)]
struct RewardExport {
    campaign_id: CampaignId,
    moment_id: MomentId,
    occurrence: u32,
    locale: Option<String>,
    waiting_reason: Option<WaitingReason>,
    earned_at: Timestamp,
    redeemed_at: Option<Timestamp>,
    /// Until when the address is kept that it is shipped to: `fulfil-orders` shows that, which alone can decrypt it.
    shipping_address_until: Option<Timestamp>,
    #[serde(flatten)]
    reward: RewardView,
}

/// A message: what became of its pushes, by device, and when the user read it.
#[derive(Serialize)]
struct NoticeExport {
    notification_id: NoticeId,
    announced_at: Option<Timestamp>,
    /// For a result of a competition: the user's place.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<FinalPlace>,
    read_at: Option<Timestamp>,
    devices: Vec<DeliveryExport>,
}

impl From<(NoticeId, Notice)> for NoticeExport {
    fn from((notification_id, notice): (NoticeId, Notice)) -> Self {
        let delivery = |(device_id, delivery): (String, PushResult)| {
            let PushResult { delivery, code, attempts, .. } = delivery;
            DeliveryExport { device_id, delivery, code, attempts }
        };
        let Notice { devices, announced_at, place, read_at, .. } = notice;
        let devices = devices.into_iter().map(delivery).collect();
        Self { notification_id, announced_at, place, read_at, devices }
    }
}

#[derive(Serialize)]
struct DeliveryExport {
    device_id: String,
    delivery: String,
    code: i32,
    attempts: u32,
}

pub(crate) async fn get(context: &RequestContext<'_>) -> Result<Response, Error> {
    let &RequestContext { environment, request, app, test, .. } = context;
    let user_id: UserId = request.path_id("user_id", "user")?;
    check_right(context, UserRight::Export).await?;
    let unknown = || Error::not_found("user", &user_id);
    if test {
        return Err(unknown());
    }
    let stored = users::everything(&environment.store, app, &user_id).await?.ok_or_else(unknown)?;
    let profile = stored.state.profile.map(ProfileView::from);
    let mut pages = Pages::new(request.query("cursor"), &profile)?;
    let device = |device: Device| (device.device_id.as_str().to_owned(), device);
    let of_moment =
        |(campaign, moment, of): (CampaignId, MomentId, _)| (format!("{campaign}#{moment}"), (campaign, moment, of));
    let devices = pages.list(Part::Devices, stored.devices.into_iter().map(device), DeviceExport::from);
    let progress = stored.state.progress.into_iter().map(of_moment);
    let progress = pages.list(Part::Progress, progress, ProgressExport::from);
    let test_progress = stored.test_progress.into_iter().map(of_moment);
    let test_progress = pages.list(Part::TestProgress, test_progress, ProgressExport::from);
    // What was taken back and replaced is the user's data, too.
    let rewards = stored.state.rewards.into_iter().chain(stored.state.replaced);
    let rewards = rewards_of(context, &mut pages, rewards).await?;
    let notice = |(id, notice): (NoticeId, Notice)| (id.to_string(), (id, notice));
    let notices = pages.list(Part::Notices, stored.notices.into_iter().map(notice), NoticeExport::from);
    let refusal = |(campaign, moment, refusal): (CampaignId, MomentId, Refusal)| {
        (format!("{campaign}#{moment}"), (campaign, moment, refusal))
    };
    let refusals = pages.list(Part::Refusals, stored.refusals.into_iter().map(refusal), RefusalExport::from);
    let spent = stored.spent.into_iter().map(|(campaign, amount)| (campaign.to_string(), (campaign, amount)));
    let spent = pages.list(Part::Spent, spent, |(campaign_id, amount_minor)| SpentExport { campaign_id, amount_minor });
    let score = |(campaign, window, score): (CampaignId, WindowId, StoredScore)| {
        (format!("{campaign}#{window}"), (campaign, window, score))
    };
    let scores = pages.list(Part::Scores, stored.scores.into_iter().map(score), ScoreExport::from);
    let brackets = stored.brackets.into_iter().map(|campaign| (campaign.to_string(), campaign));
    let brackets = pages.list(Part::Brackets, brackets, |campaign_id| BracketExport { campaign_id });
    let cursor = pages.cursor();
    let export = Export {
        user_id,
        profile,
        devices,
        progress,
        test_progress,
        rewards,
        notices,
        spent,
        refusals,
        scores,
        brackets,
        cursor,
    };
    Ok(http::json(200, &export))
}

/// The rewards that fit. Only what is shown is seen from here on.
async fn rewards_of(
    context: &RequestContext<'_>,
    pages: &mut Pages,
    rewards: impl Iterator<Item = Reward>,
) -> Result<Vec<RewardExport>, Error> {
    let &RequestContext { environment, app, invocation, .. } = context;
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    // Not the id: it opens the link, and cursors are not to.
    let key = |reward: &Reward| {
        let Reward { moment_id, occurrence, reward_id, .. } = reward;
        format!("{}#{moment_id}#{occurrence:010}#{}", reward.campaign_id(), reward_id.fingerprint())
    };
    let rest = pages.rest(Part::Rewards, rewards.map(|reward| (key(&reward), reward)));
    let (mut shown, mut before) = (Vec::new(), None);
    for some in rest.chunks(SEEN_TOGETHER) {
        let some: Vec<Reward> = some.iter().map(|(_, reward)| reward.clone()).collect();
        let addresses = addresses(context, &some).await?;
        for reward in crate::seen(context, some).await? {
            let view = RewardExport {
                campaign_id: reward.campaign_id().clone(),
                moment_id: reward.moment_id.clone(),
                occurrence: reward.occurrence,
                locale: reward.locale.clone(),
                waiting_reason: reward.waiting_reason,
                earned_at: reward.earned_at,
                redeemed_at: reward.redeemed_at,
                shipping_address_until: addresses.get(reward.reward_id.as_str()).copied(),
                reward: RewardView::known(
                    &reward,
                    &catalog,
                    environment.public_url.of(&catalog),
                    context.invocation.now,
                ),
            };
            if !pages.show(Part::Rewards, &mut shown, before.as_deref(), view) {
                return Ok(shown);
            }
            before = Some(key(&reward));
        }
    }
    Ok(shown)
}

/// Until when addresses are kept, by the rewards that are shipped there.
async fn addresses(context: &RequestContext<'_>, rewards: &[Reward]) -> Result<HashMap<String, Timestamp>, Error> {
    let mut kept = HashMap::new();
    for reward in rewards.iter().filter(|reward| reward.kind == RewardKind::Physical) {
        let (store, now) = (&context.environment.store, context.invocation.now);
        if let Some(address) = shipping_addresses::get(store, &reward.reward_id, now).await? {
            kept.insert(reward.reward_id.as_str().to_owned(), address.remove_at);
        }
    }
    Ok(kept)
}
