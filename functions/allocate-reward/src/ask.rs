//! An app asks for a user's reward, having judged for itself that the user has earned it. The campaign's own rules
//! still hold: it must be live, valid in the user's marketplace, within budget, and once per user.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::guards::{Fingerprints, Guarded};
use domain::campaign::{Campaign, assignment};
use domain::id::{CampaignId, MomentId, RewardGroupId, UserId};
use domain::reward::{Reward, RewardView};
use domain::user::Profile;
use edge::fields::Fields;
use edge::fingerprints;
use edge::http::{self, Request, Response};
use edge::legacy::{self, LegacyRequest};
use invocation::Invocation;
use rewarding::Environment;
use rewarding::outcome::{self, Earned, Outcome, OutcomeKind};
use rules::eligibility::{self, Occasion, Subject};
use serde::Serialize;
use store::progress::StoredProgress;
use store::users;

struct Ask {
    user_id: UserId,
    campaign_id: CampaignId,
    moment_id: MomentId,
    reward_group_id: Option<RewardGroupId>,
    fingerprints: Fingerprints,
}

/// How real a request is.
#[derive(Clone, Copy)]
struct Rehearsal {
    /// A test key: nothing is consumed, in whatever state the campaign is.
    test_key: bool,
    /// Nothing is written at all.
    dry_run: bool,
    /// A dry run that plays through campaigns that are still being written, too.
    rehearses_drafts: bool,
}

/// `POST /v1/rewards`: 201 if the reward is new, 200 if there was one or none is given.
pub(crate) async fn post_reward(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let caller = request.caller()?;
    let app = caller.app()?;
    let rehearsal = Rehearsal {
        test_key: caller.is_test(),
        dry_run: request.dry_run()?,
        rehearses_drafts: request.rehearses_drafts()?,
    };
    let ask = request.json(|fields: &mut Fields<'_>| {
        let user_id = fields.required::<UserId>("user_id");
        let campaign_id = fields.required::<CampaignId>("campaign_id");
        let moment_id = fields.required::<MomentId>("moment_id");
        let reward_group_id = fields.optional::<RewardGroupId>("reward_group_id");
        let fingerprints = fingerprints::read(fields, app);
        Some(Ask { user_id: user_id?, campaign_id: campaign_id?, moment_id: moment_id?, reward_group_id, fingerprints })
    })?;
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    let outcome = decide(environment, &catalog, &ask, rehearsal, invocation).await?;
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
    /// Of a credit: how much the user may choose for, of what and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<domain::reward::credit::CreditView>,
    /// Whether it is a rehearsal.
    test: bool,
}

/// `POST /GetReward`: the same, in the old API's words, always 200.
pub(crate) async fn get_reward(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let caller = request.caller()?;
    let app = caller.app()?;
    let asked = request.json(LegacyRequest::read)?;
    asked.check_app(app)?;
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    let ask = Ask {
        user_id: asked.customer_id.clone(),
        campaign_id: asked.campaign_id.clone(),
        moment_id: asked.moment_id.clone(),
        reward_group_id: asked.reward_group_id,
        // The old API knows none: where a campaign asks for one, nobody is eligible by it.
        fingerprints: Fingerprints::default(),
    };
    let rehearsal = Rehearsal { test_key: caller.is_test(), dry_run: false, rehearses_drafts: false };
    let outcome = decide(environment, &catalog, &ask, rehearsal, invocation).await?;
    let (status, reasons, reward) = outcome.into_parts();
    Ok(http::json(
        200,
        &LegacyReward {
            app_id: asked.app_id.into(),
            campaign_id: ask.campaign_id,
            moment_id: ask.moment_id,
            customer_id: ask.user_id,
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
    ask: &Ask,
    Rehearsal { test_key, dry_run, rehearses_drafts }: Rehearsal,
    invocation: &Invocation,
) -> Result<Outcome, Error> {
    let campaign = catalog.campaign(&ask.campaign_id)?;
    let moment = catalog.moment(campaign, &ask.moment_id)?;
    legacy::check_group(moment, ask.reward_group_id.as_ref())?;
    let test = test_key || campaign.is_rehearsed(rehearses_drafts, invocation.now);
    let rehearsal = test_key || dry_run;
    let Standing { profile, progress, rewards } =
        standing(environment, campaign, &ask.user_id, (test, test_key)).await?;
    let of_moment = progress.iter().find(|(of, _)| of == &moment.moment_id).map(|(_, progress)| progress);
    let count = of_moment.map_or(0, |progress| progress.counted);
    // Without an event there is nothing by which two requests differ, so a request is for the latest reward that the
    // user's progress has earned, and for the first where the app reports no moments at all: asking again returns the
    // same reward.
    let occurrence = moment.earned(count).max(1);
    let earned = Earned {
        campaign,
        moment,
        subject: Subject {
            user_id: &ask.user_id,
            marketplace: profile.marketplace.as_deref(),
            locale: profile.locale.as_deref(),
            time_zone: profile.time_zone,
            attributes: Some(&profile.attributes),
        },
        occurrence,
        completes: false,
        count,
        arm: of_moment.and_then(|progress| progress.arm.as_ref()),
        wanted: ask.reward_group_id.as_ref(),
        // A rehearsal writes nothing, so it shows what has been shown before and no more.
        is_unseen: rehearsal,
        guarded: Guarded { fingerprints: Some(&ask.fingerprints), review: false },
    };
    // A reward that the user has, or waits for, stays the user's, whatever became of the campaign since.
    let of_this = |reward: &&Reward| reward.moment_id == moment.moment_id && reward.occurrence == occurrence;
    if let Some(reward) = rewards.iter().find(of_this) {
        return outcome::existing(environment, catalog, earned, reward.clone(), invocation.now).await;
    }
    let now = invocation.now;
    let occasion = Occasion { counted: count, fingerprints: Some(&ask.fingerprints), ..Occasion::now(now, test) };
    let segments = eligibility::segments_of(campaign, &eligibility::facts(moment, earned.subject, occasion));
    let begun = |moment: &MomentId| progress.iter().any(|(of, _)| of == moment);
    let assigned = assignment::moment_arm(campaign, &ask.user_id, &segments, begun);
    let arms = catalog.arms(moment, None);
    let verdict = eligibility::judge(
        campaign,
        moment,
        &arms,
        earned.subject,
        Occasion { assigned, held: earned.arm, ..occasion },
    );
    if !verdict.counts() {
        let kind = if verdict.is_live() { OutcomeKind::NotEligible } else { OutcomeKind::CampaignNotLive };
        let reasons = verdict.reasons();
        if kind == OutcomeKind::NotEligible && !test && !rehearsal {
            environment.refusals.note(&environment.store, (campaign, moment, &ask.user_id), &reasons, now).await;
        }
        return Ok(Outcome::new(campaign, moment, kind, count, reasons));
    }
    // What the event that completed the moment has decided holds here, too: a rule of its attributes sees none now.
    let held_at = of_moment.and_then(|progress| progress.held_at);
    let review = verdict.review || held_at.is_some_and(|held_at| moment.earned(held_at) >= occurrence);
    let guarded = Guarded { review, ..earned.guarded };
    let earned = Earned { guarded, ..earned };
    if test {
        return Ok(outcome::rehearse(catalog, earned, false, now));
    }
    if dry_run {
        return outcome::foresee(environment, catalog, earned, now).await;
    }
    outcome::award(environment, catalog, earned, invocation).await
}

/// What is known of the user in one campaign.
struct Standing {
    profile: Profile,
    progress: Vec<(MomentId, StoredProgress)>,
    rewards: Vec<Reward>,
}

/// In one request, or in test mode, where progress is kept apart and there are no rewards, in two.
async fn standing(
    environment: &Environment,
    campaign: &Campaign,
    user_id: &UserId,
    (test, test_key): (bool, bool),
) -> Result<Standing, Error> {
    let (store, app) = (&environment.store, &campaign.app_id);
    let mut standing = users::standing(store, app, user_id, test, true).await?;
    if test {
        let profile = users::profile(store, app, user_id).await?;
        standing.profile = if test_key { profile.map(Profile::for_test_key) } else { profile };
    }
    let of_campaign = standing.progress.into_iter().filter(|(of, ..)| of == &campaign.campaign_id);
    let progress = of_campaign.map(|(_, moment, progress)| (moment, progress)).collect();
    standing.rewards.retain(|reward| reward.campaign_id() == &campaign.campaign_id);
    Ok(Standing { profile: standing.profile.unwrap_or_default(), progress, rewards: standing.rewards })
}
