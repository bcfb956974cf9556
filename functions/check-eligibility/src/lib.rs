//! `POST /v1/eligibility`, and `POST /GetRewardInfo` of the old Rewards API: who would be rewarded, with every check
//! and its reason. Reads only.

mod guards;
mod legacy;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::guards::Fingerprints;
use domain::campaign::{Campaign, Moment, Phase};
use domain::error::FieldError;
use domain::id::{AppId, CampaignId, MomentId, RewardGroupId, UserId};
use domain::message::{self, MessageKind, RenderedText, Values};
use domain::money::Money;
use domain::request_mode::RequestMode;
use domain::reward::credit::{Credit, CreditView};
use domain::reward::group::RewardKind;
use domain::secret::Attributes;
use edge::answer_size;
use edge::described_user::DescribedUser;
use edge::fields::Fields;
use edge::fingerprints;
use edge::http::{self, Request, Response};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use invocation::Invocation;
use rewarding::outcome::ProgressView;
use rewarding::prospect::{Known, Prospect};
use rules::eligibility::{Case, Check, CheckName, EventFacts, Subject};
use serde::Serialize;
use store::Consistency;
use store::Environment;
use store::users::{self, Partition, UserState};

/// Moments that one question is answered for.
const MOST_EXPLAINED: usize = 500;

/// Moments whose guards are asked side by side.
const AT_ONCE: usize = 16;

/// Answers one request.
pub async fn handle(
    environment: &Environment,
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
) -> Result<Response, Error> {
    let request = Request::from(event);
    Ok(http::answer(&environment.rate_limits, &request, &invocation, route(environment, &request, &invocation)).await)
}

async fn route(environment: &Environment, request: &Request, invocation: &Invocation) -> Result<Response, Error> {
    match request.route() {
        "POST /v1/eligibility" => {
            let app = &request.app_or_admins()?;
            let mut question = request.json(|fields| match request.user() {
                Some(user) => own_question(fields, user),
                None => question(fields, app),
            })?;
            let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
            question.user.resolve_marketplace(&catalog);
            let mode = request.mode()?;
            let (mut results, mut left_out) = check(environment, &catalog, &question, mode, invocation).await?;
            left_out += answer_size::cut(&mut results, answer_size::MAX_BYTES);
            let results_left_out = Some(left_out).filter(|count| *count > 0);
            Ok(http::json(200, &Answer { results, results_left_out, warnings: question.user.warnings }))
        }
        "POST /GetRewardInfo" | "POST /getRewardInfo" => {
            legacy::get_reward_info(environment, request, invocation).await
        }
        route => Err(Error::not_found("route", route)),
    }
}

/// A question: one user, and the moments in question.
struct Question {
    user_id: UserId,
    campaign_id: Option<CampaignId>,
    moment_id: Option<MomentId>,
    /// The user as the question describes the user; the profile fills in the rest.
    user: DescribedUser,
    /// The attributes that the event would have.
    attributes: Option<Attributes>,
    /// The fingerprints that the event would have.
    fingerprints: Fingerprints,
    /// The one group that the app would ask for, if it chooses itself.
    wanted: Option<RewardGroupId>,
}

fn question(fields: &mut Fields<'_>, app: &AppId) -> Option<Question> {
    let user_id = fields.required::<UserId>("user_id");
    let (campaign_id, moment_id) = which(fields);
    let user = DescribedUser::read(fields);
    let attributes = fields.optional::<Attributes>("attributes");
    let fingerprints = fingerprints::read(fields, app);
    Some(Question { user_id: user_id?, campaign_id, moment_id, user, attributes, fingerprints, wanted: None })
}

/// Reads the question of a user token. A client describes neither its user nor a device or a payment, because the
/// answer would tell of other users.
fn own_question(fields: &mut Fields<'_>, user: &UserId) -> Option<Question> {
    let (campaign_id, moment_id) = which(fields);
    let attributes = fields.optional::<Attributes>("attributes");
    let (user_id, user, fingerprints) = (user.clone(), DescribedUser::default(), Fingerprints::default());
    Some(Question { user_id, campaign_id, moment_id, user, attributes, fingerprints, wanted: None })
}

/// Reads the moments in question.
fn which(fields: &mut Fields<'_>) -> (Option<CampaignId>, Option<MomentId>) {
    let campaign_id = fields.optional::<CampaignId>("campaign_id");
    let moment_id = fields.optional::<MomentId>("moment_id");
    if moment_id.is_some() && campaign_id.is_none() {
        fields.refuse("campaign_id", "required", "is required with moment_id: moments are named within a campaign");
    }
    (campaign_id, moment_id)
}

#[derive(Serialize)]
struct Answer {
    results: Vec<Explanation>,
    /// Number of further moments for which an answer has no room. The caller asks for them by `campaign_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    results_left_out: Option<usize>,
    /// The parts of the user's description that were ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<FieldError>,
}

/// The checks for one user and one moment.
#[derive(Serialize)]
struct Explanation {
    campaign_id: CampaignId,
    moment_id: MomentId,
    eligible: bool,
    checks: Vec<Check>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressView>,
    reward_preview: Option<RewardPreview>,
}

/// The reward that the user would get, without its URL.
#[derive(Serialize)]
struct RewardPreview {
    reward_group_id: RewardGroupId,
    name: String,
    kind: RewardKind,
    cost: Money,
    /// For a credit: how much the user may choose for, from what and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<CreditView>,
    announcement: Option<RenderedText>,
}

/// Checks the user for each moment. Returns the checks, and how many moments were left out.
async fn check(
    environment: &Environment,
    catalog: &Catalog,
    question: &Question,
    mode: RequestMode,
    invocation: &Invocation,
) -> Result<(Vec<Explanation>, usize), Error> {
    let mut asked = asked(catalog, question, mode, invocation)?;
    let left_out = asked.len().saturating_sub(MOST_EXPLAINED);
    asked.truncate(MOST_EXPLAINED);
    let (store, app, user) = (&environment.store, &catalog.app.app_id, &question.user_id);
    let stakes = |campaign: &Campaign| mode.stakes(campaign, invocation.now);
    let rehearsed = if asked.iter().any(|(campaign, _)| stakes(campaign).in_test) {
        users::state(store, app, user, Partition::Test, Consistency::Eventual).await?
    } else {
        UserState::default()
    };
    let real = if mode.test_key {
        let profile = users::profile(store, app, user).await?.map(|profile| profile.seen_by(mode));
        UserState { profile, ..UserState::default() }
    } else {
        users::state(store, app, user, Partition::Live, Consistency::Eventual).await?
    };
    let profile = question.user.over(real.profile.clone().unwrap_or_default());
    let explained = asked.into_iter().map(|(campaign, moment)| {
        let stakes = stakes(campaign);
        let state = if stakes.in_test { &rehearsed } else { &real };
        let event = EventFacts {
            attributes: question.attributes.as_ref(),
            fingerprints: Some(&question.fingerprints),
            ..EventFacts::now(invocation.now)
        };
        let known = Known { user: Subject::of(user, &profile), state, event, wanted: question.wanted.as_ref() };
        let mut explanation = explain(Prospect::of(catalog, campaign, moment, known, stakes));
        async move {
            if !stakes.in_test && !campaign.guards.is_empty() {
                let checks = guards::checks(environment, campaign, user, &question.fingerprints, invocation).await?;
                explanation.eligible &= checks.iter().all(|check| check.passed);
                explanation.checks.extend(checks);
            }
            if mode.by_user {
                hide_rules(&mut explanation.checks);
            }
            Ok::<_, Error>(explanation)
        }
    });
    let explained: Vec<_> = explained.collect();
    let explained = stream::iter(explained).buffered(AT_ONCE).try_collect().await?;
    Ok((explained, left_out))
}

/// Takes the rules out of an answer to a user's client. A user who knows a limit can stay just below it.
fn hide_rules(checks: &mut Vec<Check>) {
    checks.retain(|check| check.check != CheckName::Review);
    for check in checks {
        if matches!(
            check.check,
            CheckName::When | CheckName::NotHeldOut | CheckName::Velocity | CheckName::OneRewardPer
        ) {
            check.detail = if check.passed { "passed" } else { "not passed" }.to_owned();
        }
    }
}

/// The moments that the question is about: one, a campaign's, or those of every campaign that runs; with a test key, or
/// where drafts are rehearsed, also of those that are still being written.
fn asked<'a>(
    catalog: &'a Catalog,
    question: &Question,
    mode: RequestMode,
    invocation: &Invocation,
) -> Result<Vec<(&'a Campaign, &'a Moment)>, Error> {
    let all = |campaign: &'a Campaign| campaign.moments.iter().map(move |moment| (campaign, moment));
    let Some(campaign_id) = &question.campaign_id else {
        let runs = |campaign: &&Campaign| match campaign.phase(invocation.now) {
            Phase::Approved => mode.sees(Phase::Approved),
            Phase::Live => true,
            Phase::Draft | Phase::PendingApproval | Phase::Rejected => mode.sees_drafts(),
            Phase::Suspended => mode.test_key,
            Phase::Finished => false,
        };
        return Ok(catalog.campaigns.iter().filter(runs).flat_map(all).collect());
    };
    let campaign = catalog.campaign(campaign_id)?;
    if !mode.sees(campaign.phase(invocation.now)) {
        return Err(Error::not_found("campaign", campaign_id));
    }
    match &question.moment_id {
        Some(moment_id) => Ok(vec![(campaign, catalog.moment(campaign, moment_id)?)]),
        None => Ok(all(campaign).collect()),
    }
}

fn explain(prospect: Prospect<'_>) -> Explanation {
    let Prospect { case, mut verdict, group } = prospect;
    let Case { campaign, moment, user, counted, .. } = case;
    verdict.checks.extend(guards::check_review(campaign, verdict.review));
    Explanation {
        campaign_id: campaign.campaign_id.clone(),
        moment_id: moment.moment_id.clone(),
        eligible: verdict.eligible(),
        checks: verdict.checks,
        progress: ProgressView::of(case),
        // The rank at the end decides about the prize of a competition.
        reward_preview: group.filter(|_| campaign.competition.is_none()).map(|group| RewardPreview {
            reward_group_id: group.reward_group_id.clone(),
            name: group.name.clone(),
            kind: group.kind,
            cost: group.cpa,
            credit: CreditView::of_group(group, user.marketplace),
            announcement: message::message(campaign, moment, MessageKind::Announcement, user.locale).map(|message| {
                let credit = Credit::of(group);
                let values = Values {
                    first_name: user.attributes.first_name(),
                    count: counted,
                    reward_name: Some(&group.name),
                    credit: credit.as_ref(),
                    time_zone: case.time_zone(),
                    ..Values::new(campaign, moment)
                };
                message::text::render(message, &values)
            }),
        }),
    }
}
