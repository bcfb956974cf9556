//! The request of the old Amazon Moments Rewards API. Apps written for it change only their endpoint and their key.

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
    /// Reads the request and reports every mistake.
    pub fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let app_id = fields.required::<AppId>("appId");
        let campaign_id = fields.required::<CampaignId>("campaignId");
        let moment_id = fields.required::<MomentId>("momentId");
        let reward_group_id = fields.optional::<RewardGroupId>("rewardGroupId");
        // The old API took it. No reward depends on it.
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

    /// Fails with `NotFound` if the app is not the key's own, as if it did not exist.
    pub fn check_app(&self, own: &AppId) -> Result<(), Error> {
        if &self.app_id == own { Ok(()) } else { Err(Error::not_found("app", &self.app_id)) }
    }

    /// Fails with `NotFound` if the moment does not award the group.
    pub fn check_group(&self, catalog: &Catalog) -> Result<(), Error> {
        let moment = catalog.moment(catalog.campaign(&self.campaign_id)?, &self.moment_id)?;
        check_group(moment, self.reward_group_id.as_ref())
    }
}

/// Fails with `NotFound` if the app asks for a group that the moment does not award.
pub fn check_group(moment: &domain::campaign::Moment, wanted: Option<&RewardGroupId>) -> Result<(), Error> {
    match wanted {
        Some(wanted) if !moment.rewards.iter().any(|reward| &reward.reward_group_id == wanted) => {
            Err(Error::not_found("reward group", wanted))
        }
        _ => Ok(()),
    }
}
