//! Rewards that are held until an admin has reviewed them: lists and releases them. (An admin voids a reward that is
//! not to be given.)

use domain::Error;
use domain::id::{CampaignId, RewardId};
use domain::reward::{Actor, Reward, RewardState};
use edge::fields::Text;
use edge::http::{self, List, Request, Response};
use invocation::Invocation;
use rewarding::Environment;
use store::reward_changes::{self, Transition};
use store::{campaigns, reviews, reward_groups};

use crate::RequestContext;
use crate::rewards::{self, RewardRecord};

/// The most attempts at a release that meets another change of the reward.
const ATTEMPTS: u32 = 5;

/// `GET …/campaigns/{campaign}/reviews`: the held rewards, the oldest first.
pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign_id: CampaignId = context.request.path_id("campaign", "campaign")?;
    let store = &context.environment.store;
    let campaign = campaigns::get(store, context.app, &campaign_id).await?;
    campaign.ok_or_else(|| Error::not_found("campaign", &campaign_id))?;
    let page = context.request.page()?;
    let (held, cursor) = reviews::list(store, context.app, &campaign_id, page.limit, page.cursor.as_deref()).await?;
    let data = held.iter().map(|reward| RewardRecord::new(reward, context.invocation.now)).collect();
    Ok(http::json(200, &List::<RewardRecord> { data, cursor }))
}

/// `POST /v1/rewards/{reward_id}/release`: the user has the reward from now on and gets a message. A repetition answers
/// with the reward as it is.
pub(crate) async fn release(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let caller = request.caller()?;
    let reward_id: RewardId =
        request.path_id("reward_id", "reward").map_err(|_| Error::not_found("reward", "of that id"))?;
    request.require_admin_of(reward_id.app())?;
    let reason = request.json_or_nothing(|fields| Some(fields.optional::<Text<1000>>("reason").map(|text| text.0)))?;
    let store = &environment.store;
    for round in 1..=ATTEMPTS {
        let found = rewards::find(store, &reward_id).await?;
        let reward = found.ok_or_else(|| Error::not_found("reward", "of that id"))?;
        if was_released(&reward.as_of(invocation.now)) {
            return Ok(http::json(200, &RewardRecord::new(&reward, invocation.now)));
        }
        refuse(&reward.as_of(invocation.now))?;
        let group = reward_groups::get(store, reward_id.app(), &reward.reward_group_id).await?;
        let by = Actor::from(caller);
        let transition = Transition {
            reason: reason.clone(),
            expires_at: group.and_then(|group| group.expires_at(invocation.now)),
            ..Transition::new(RewardState::Awarded, invocation.now, by)
        };
        match reward_changes::advance(store, &reward, &transition).await {
            Ok(Some(released)) => {
                tracing::info!(
                    app.id = %reward_id.app(), campaign.id = %reward_id.campaign(), key.id = %caller.key_id,
                    reward.fingerprint = reward_id.fingerprint(), "reward released"
                );
                return Ok(http::json(200, &RewardRecord::new(&released, invocation.now)));
            }
            // Another write has changed the reward: its new state decides.
            Ok(None) | Err(Error::Unavailable(_)) => store.back_off(round).await,
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unavailable("release: the reward kept changing".into()))
}

/// True if an admin has released it and the user still has it.
fn was_released(reward: &Reward) -> bool {
    let released = |state: RewardState| reward.changes.iter().any(|change| change.state == state);
    reward.state.is_held() && released(RewardState::Awarded)
}

fn refuse(reward: &Reward) -> Result<(), Error> {
    let conflict = |detail: String| Err(Error::Conflict { code: "state_conflict", detail });
    if reward.state != RewardState::InReview {
        return conflict(format!("the reward is {}; it can be released only from in_review", reward.state));
    }
    if reward.user_id.is_none() {
        return conflict("the reward is in_review, but its user was erased; it can only be voided".into());
    }
    Ok(())
}
