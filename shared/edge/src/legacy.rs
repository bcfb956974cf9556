//! The request of the old Amazon Moments Rewards API, in its own words: `{appId, campaignId, momentId, rewardGroupId?,
//! deviceType?, customerId}`, the same for `GetRewardInfo` and `GetReward`. Apps written for it change their endpoint
//! and their key, and nothing else.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::id::{AppId, CampaignId, MomentId, RewardGroupId, UserId};

use crate::fields::{Fields, Text};

/// The request.
pub struct LegacyRequest {
    /// The app; it must be the key's.
    pub app_id: AppId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The moment.
    pub moment_id: MomentId,
    /// The reward group that the app wants, if it chooses itself.
    pub reward_group_id: Option<RewardGroupId>,
    /// The user.
    pub customer_id: UserId,
}

impl LegacyRequest {
    /// Reads the request; every mistake is reported.
    pub fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let app_id = fields.required::<AppId>("appId");
        let campaign_id = fields.required::<CampaignId>("campaignId");
        let moment_id = fields.required::<MomentId>("momentId");
        let reward_group_id = fields.optional::<RewardGroupId>("rewardGroupId");
        // Taken as the old API took it; no reward depends on it.
        fields.optional::<Text<64>>("deviceType");
        let customer_id = fields.required::<UserId>("customerId");
        Some(Self {
            app_id: app_id?,
            campaign_id: campaign_id?,
            moment_id: moment_id?,
            reward_group_id,
            customer_id: customer_id?,
        })
    }

    /// Another app's id is as unknown to a key as one that does not exist.
    pub fn check_app(&self, own: &AppId) -> Result<(), Error> {
        if &self.app_id == own { Ok(()) } else { Err(Error::not_found("app", &self.app_id)) }
    }

    /// A group that the moment does not award is unknown there.
    pub fn check_group(&self, catalog: &Catalog) -> Result<(), Error> {
        let moment = catalog.moment(catalog.campaign(&self.campaign_id)?, &self.moment_id)?;
        check_group(moment, self.reward_group_id.as_ref())
    }
}

/// 404 if the app asks for a group that the moment does not award.
pub fn check_group(moment: &domain::campaign::Moment, wanted: Option<&RewardGroupId>) -> Result<(), Error> {
    match wanted {
        Some(wanted) if !moment.rewards.iter().any(|reward| &reward.reward_group_id == wanted) => {
            Err(Error::not_found("reward group", wanted))
        }
        _ => Ok(()),
    }
}
