//! An app asks for a user's reward, having judged for itself that the user has earned it. The campaign's own rules
//! still hold: it must be live, valid in the user's marketplace, within budget, and once per user.

use domain::Error;
use domain::campaign::Campaign;
use domain::campaign::catalog::Catalog;
use domain::campaign::guards::{Fingerprints, Guarded};
use domain::id::{CampaignId, MomentId, RewardGroupId, UserId};
use domain::request_mode::{RequestMode, Stakes};
use domain::reward::{Reward, RewardView};
use domain::user::Profile;
use edge::fields::Fields;
use edge::fingerprints;
use edge::http::{self, Request, Response};
use edge::legacy::{self, LegacyRequest};
use invocation::Invocation;
use rewarding::Environment;
use rewarding::outcome::{self, Cause, Earned, Outcome, OutcomeKind};
use rules::eligibility::{Case, EventFacts, Subject, UserHistory};
use rules::judging;
use serde::Serialize;
use store::Consistency;
use store::users::{self, Partition, UserState};

struct RewardRequest {
    user_id: UserId,
    campaign_id: CampaignId,
    moment_id: MomentId,
    reward_group_id: Option<RewardGroupId>,
    fingerprints: Fingerprints,
}

/// `POST /v1/rewards`: 201 if the reward is new, 200 if there was one or none is given.
pub(crate) async fn post_reward(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let app = request.caller()?.app()?;
    let mode = request.mode()?;
    let reward_request = request.json(|fields: &mut Fields<'_>| {
        let user_id = fields.required::<UserId>("user_id");
        let campaign_id = fields.required::<CampaignId>("campaign_id");
        let moment_id = fields.required::<MomentId>("moment_id");
        let reward_group_id = fields.optional::<RewardGroupId>("reward_group_id");
        let fingerprints = fingerprints::read(fields, app);
        Some(RewardRequest {
            user_id: user_id?,
            campaign_id: campaign_id?,
            moment_id: moment_id?,
            reward_group_id,
            fingerprints,
        })
    })?;
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    let outcome = decide(environment, &catalog, &reward_request, mode, invocation).await?;
    let status = if outcome.is_new_reward() { 201 } else { 200 };
    Ok(http::json(status, &outcome))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LegacyReward {
    app_id: String,
    campaign_id: CampaignId,
    moment_id: MomentId,
    customer_id: UserId,
    /// As in the new API: `rewarded`, `already_rewarded`, `waiting`, …
    status: OutcomeKind,
    reasons: Vec<String>,
    #[serde(flatten)]
    reward: Option<LegacyRewardView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LegacyRewardView {
    reward_group_id: RewardGroupId,
    reward_name: Option<String>,
    reward_url: Option<domain::secret::RewardUrl>,
    redeem_url: Option<domain::secret::RewardUrl>,
    message: Option<domain::message::RenderedText>,
    /// For a credit: how much the user may choose for, from what and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<domain::reward::credit::CreditView>,
    /// True in test mode.
    test: bool,
}

/// `POST /GetReward`: the same, in the old API's words, always 200.
pub(crate) async fn get_reward(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let app = request.caller()?.app()?;
    let asked = request.json(LegacyRequest::read)?;
    asked.check_app(app)?;
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    let reward_request = RewardRequest {
        user_id: asked.customer_id.clone(),
        campaign_id: asked.campaign_id.clone(),
        moment_id: asked.moment_id.clone(),
        reward_group_id: asked.reward_group_id,
        // The old API has no fingerprints: in a campaign that asks for one, no user is eligible by it.
        fingerprints: Fingerprints::default(),
    };
    let outcome = decide(environment, &catalog, &reward_request, request.mode()?, invocation).await?;
    let (status, reasons, reward) = outcome.into_parts();
    Ok(http::json(
        200,
        &LegacyReward {
            app_id: asked.app_id.into(),
            campaign_id: reward_request.campaign_id,
            moment_id: reward_request.moment_id,
            customer_id: reward_request.user_id,
            status,
            reasons,
            reward: reward.map(legacy_view),
        },
    ))
}

fn legacy_view(view: RewardView) -> LegacyRewardView {
    LegacyRewardView {
        reward_group_id: view.reward_group_id,
        reward_name: view.name,
        reward_url: view.url,
        redeem_url: view.redeem_url,
        message: view.message,
        credit: view.credit,
        test: view.test,
    }
}

async fn decide(
    environment: &Environment,
    catalog: &Catalog,
    reward_request: &RewardRequest,
    mode: RequestMode,
    invocation: &Invocation,
) -> Result<Outcome, Error> {
    let now = invocation.now;
    let campaign = catalog.campaign(&reward_request.campaign_id)?;
    let moment = catalog.moment(campaign, &reward_request.moment_id)?;
    legacy::check_group(moment, reward_request.reward_group_id.as_ref())?;
    let stakes = mode.stakes(campaign, now);
    let (profile, state) = known(environment, reward_request, campaign, mode, stakes).await?;
    let progress = state.progress_of(campaign, moment);
    let case = Case {
        campaign,
        moment,
        user: Subject::of(&reward_request.user_id, &profile),
        stakes,
        counted: progress.map_or(0, |progress| progress.counted),
        held: progress.and_then(|progress| progress.arm.as_ref()),
        wanted: reward_request.reward_group_id.as_ref(),
    };
    // Without an event, two requests do not differ. So a request is for the latest reward that the user's progress has
    // earned, and for the first if the app reports no moments at all: asking again returns the same reward.
    let occurrence = moment.earned(case.counted).max(1);
    let guarded = Guarded { fingerprints: Some(&reward_request.fingerprints), review: false };
    let earned = Earned { case, occurrence, cause: Cause::Request, guarded };
    // A reward that the user has, or waits for, stays the user's, even if the campaign has changed or ended since.
    let of_this = |reward: &&Reward| {
        *reward.campaign_id() == campaign.campaign_id
            && reward.moment_id == moment.moment_id
            && reward.occurrence == occurrence
    };
    if let Some(reward) = state.rewards.iter().find(of_this) {
        return outcome::existing(environment, catalog, earned, reward.clone(), now).await;
    }
    if campaign.competition.is_some() {
        let reason = "a competition gives its prizes at its end, by rank".to_owned();
        return Ok(outcome::not_eligible(environment, case, vec![reason], now).await);
    }
    let event = EventFacts { fingerprints: Some(&reward_request.fingerprints), ..EventFacts::now(now) };
    let begun = state.progress_in(campaign).map(|(moment, _)| moment).collect();
    let history = UserHistory { begun, ..UserHistory::default() };
    // The app's choice narrows what the user gets, and not who may take part.
    let verdict = judging::judge(catalog, Case { wanted: None, ..case }, event, &history);
    if !verdict.counts() {
        return Ok(outcome::refuse(environment, case, &verdict, now).await);
    }
    // The review that the completing event asked for still holds: a rule on that event's attributes sees none now.
    let held_at = progress.and_then(|progress| progress.held_at);
    let review = verdict.review || held_at.is_some_and(|held_at| moment.earned(held_at) >= occurrence);
    let guarded = Guarded { review, ..guarded };
    outcome::settle(environment, catalog, Earned { guarded, ..earned }, invocation).await
}

/// Reads the user's profile and state: in one request, or in two in test mode, which keeps progress apart.
async fn known(
    environment: &Environment,
    reward_request: &RewardRequest,
    campaign: &Campaign,
    mode: RequestMode,
    stakes: Stakes,
) -> Result<(Profile, UserState), Error> {
    let (store, app, user) = (&environment.store, &campaign.app_id, &reward_request.user_id);
    let partition = if stakes.in_test { Partition::Test } else { Partition::Live };
    let mut state = users::state(store, app, user, partition, Consistency::Strong).await?;
    let profile = if stakes.in_test { users::profile(store, app, user).await? } else { state.profile.take() };
    Ok((profile.unwrap_or_default().seen_by(mode), state))
}
