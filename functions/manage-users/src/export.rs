//! `GET /v1/users/{user_id}/export`: everything that is stored about a user, for the user. The one place that shows device
//! addresses, because they are the user's own.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use shared::Error;
use shared::guard::Fingerprints;
use shared::http::{self, Response};
use shared::id::{CampaignId, MomentId, RewardGroupId, UserId};
use shared::message::NoticeId;
use shared::reward::{Reward, RewardView, WaitingReason};
use shared::reward_group::RewardKind;
use shared::secret::{Attributes, DeviceAddress};
use shared::store::devices::Device;
use shared::store::notices::{Delivery, Notice};
use shared::store::progress::StoredProgress;
use shared::store::refusals::Refusal;
use shared::store::shipping_addresses;
use shared::store::users::{self, Profile};
use shared::time_zone::TimeZone;

use crate::Desk;
use crate::devices::DeviceView;

#[derive(Serialize)]
struct Export {
    user_id: UserId,
    profile: Option<ProfileExport>,
    devices: Vec<DeviceExport>,
    progress: Vec<ProgressExport>,
    test_progress: Vec<ProgressExport>,
    rewards: Vec<RewardExport>,
    notices: Vec<NoticeExport>,
    spent: Vec<SpentExport>,
    refusals: Vec<RefusalExport>,
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

/// What was spent on the user in a campaign that caps it, in minor units of its currency.
#[derive(Serialize)]
struct SpentExport {
    campaign_id: CampaignId,
    amount_minor: i64,
}

#[derive(Serialize)]
struct ProfileExport {
    marketplace: Option<String>,
    locale: Option<String>,
    time_zone: Option<TimeZone>,
    attributes: Attributes,
}

impl From<Profile> for ProfileExport {
    fn from(Profile { marketplace, locale, time_zone, attributes }: Profile) -> Self {
        Self { marketplace, locale, time_zone, attributes }
    }
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
    /// Hashes of what the app told of the device and the payment, where the campaign gives one reward each.
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
    read_at: Option<Timestamp>,
    devices: Vec<DeliveryExport>,
}

impl From<(NoticeId, Notice)> for NoticeExport {
    fn from((notification_id, notice): (NoticeId, Notice)) -> Self {
        let delivery = |(device_id, delivery): (String, Delivery)| {
            let Delivery { delivery, code, attempts, .. } = delivery;
            DeliveryExport { device_id, delivery, code, attempts }
        };
        let Notice { devices, announced_at, read_at, .. } = notice;
        Self { notification_id, announced_at, read_at, devices: devices.into_iter().map(delivery).collect() }
    }
}

#[derive(Serialize)]
struct DeliveryExport {
    device_id: String,
    delivery: String,
    code: i32,
    attempts: u32,
}

pub(crate) async fn get(desk: &Desk<'_>) -> Result<Response, Error> {
    let &Desk { environment, request, app, test, invocation } = desk;
    let user_id: UserId = request.path_id("user_id", "user")?;
    let unknown = || Error::not_found("user", &user_id);
    if test {
        return Err(unknown());
    }
    let stored = users::everything(&environment.store, app, &user_id).await?.ok_or_else(unknown)?;
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    let addresses = addresses(desk, &stored.standing.rewards).await?;
    let reward = |reward: Reward| RewardExport {
        campaign_id: reward.campaign_id().clone(),
        moment_id: reward.moment_id.clone(),
        occurrence: reward.occurrence,
        locale: reward.locale.clone(),
        waiting_reason: reward.waiting_reason,
        earned_at: reward.earned_at,
        redeemed_at: reward.redeemed_at,
        shipping_address_until: addresses.get(reward.reward_id.as_str()).copied(),
        reward: RewardView::known(&reward, &catalog, environment.public_url(&catalog)),
    };
    // What was taken back and replaced is the user's data, too.
    let mut rewards = stored.standing.rewards;
    rewards.extend(stored.standing.replaced);
    let rewards = crate::seen(desk, rewards).await?;
    let export = Export {
        user_id: user_id.clone(),
        profile: stored.standing.profile.map(ProfileExport::from),
        devices: stored.devices.into_iter().map(DeviceExport::from).collect(),
        progress: stored.standing.progress.into_iter().map(ProgressExport::from).collect(),
        test_progress: stored.test_progress.into_iter().map(ProgressExport::from).collect(),
        rewards: rewards.into_iter().map(reward).collect(),
        notices: stored.notices.into_iter().map(NoticeExport::from).collect(),
        refusals: stored.refusals.into_iter().map(RefusalExport::from).collect(),
        spent: stored
            .spent
            .into_iter()
            .map(|(campaign_id, amount_minor)| SpentExport { campaign_id, amount_minor })
            .collect(),
    };
    Ok(http::json(200, &export))
}

/// Until when addresses are kept, by the rewards that are shipped there.
async fn addresses(desk: &Desk<'_>, rewards: &[Reward]) -> Result<HashMap<String, Timestamp>, Error> {
    let mut kept = HashMap::new();
    for reward in rewards.iter().filter(|reward| reward.kind == RewardKind::Physical) {
        let (store, now) = (&desk.environment.store, desk.invocation.now);
        if let Some(address) = shipping_addresses::get(store, &reward.reward_id, now).await? {
            kept.insert(reward.reward_id.as_str().to_owned(), address.remove_at);
        }
    }
    Ok(kept)
}
