//! `POST /GetRewardInfo`: the old API's look at a reward before it is earned.

use domain::Error;
use domain::campaign::guards::Fingerprints;
use domain::id::{AppId, CampaignId, MomentId, RewardGroupId, UserId};
use domain::message::RenderedText;
use domain::reward::credit::CreditView;
use domain::reward::group::RewardKind;
use edge::described_user::DescribedUser;
use edge::http::{self, Request, Response};
use edge::legacy::LegacyRequest;
use invocation::Invocation;
use serde::Serialize;
use store::Environment;

use crate::{Question, check};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RewardInfo {
    app_id: AppId,
    campaign_id: CampaignId,
    moment_id: MomentId,
    customer_id: UserId,
    eligible: bool,
    reasons: Vec<String>,
    reward_group_id: Option<RewardGroupId>,
    reward_name: Option<String>,
    reward_type: Option<RewardKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<CreditView>,
    announcement: Option<RenderedText>,
}

pub(crate) async fn get_reward_info(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let app = request.caller()?.app()?;
    let asked = request.json(LegacyRequest::read)?;
    asked.check_app(app)?;
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    asked.check_group(&catalog)?;
    let question = Question {
        user_id: asked.customer_id.clone(),
        campaign_id: Some(asked.campaign_id.clone()),
        moment_id: Some(asked.moment_id.clone()),
        user: DescribedUser::default(),
        attributes: None,
        fingerprints: Fingerprints::default(),
        wanted: asked.reward_group_id.clone(),
    };
    let (explained, _) = check(environment, &catalog, &question, request.mode()?, invocation).await?;
    let explained = explained.into_iter().next().ok_or_else(|| Error::not_found("moment", &asked.moment_id))?;
    let preview = explained.reward_preview;
    let group = preview.as_ref().and_then(|preview| catalog.group(&preview.reward_group_id));
    let failed = explained.checks.into_iter().filter(|check| !check.passed);
    Ok(http::json(
        200,
        &RewardInfo {
            app_id: asked.app_id,
            campaign_id: asked.campaign_id,
            moment_id: asked.moment_id,
            customer_id: asked.customer_id,
            eligible: explained.eligible,
            reasons: failed.map(|check| check.detail).collect(),
            reward_group_id: group.map(|group| group.reward_group_id.clone()),
            reward_name: group.map(|group| group.name.clone()),
            reward_type: group.map(|group| group.kind),
            credit: preview.as_ref().and_then(|preview| preview.credit.clone()),
            announcement: preview.and_then(|preview| preview.announcement),
        },
    ))
}
