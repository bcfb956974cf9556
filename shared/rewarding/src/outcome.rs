//! From an earned reward to the answer that the API gives: choosing the group, claiming, and putting the result in
//! words. Submitting, asking directly and the stream's safety net all come through here, so they cannot differ.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::guards::Guarded;
use domain::competition::WindowId;
use domain::id::{CampaignId, MomentId};
use domain::reward::group::RewardGroup;
use domain::reward::{Reward, RewardState, RewardView, Viewer};
use invocation::Invocation;
use jiff::Timestamp;
use rules::eligibility::{Case, Subject, Verdict};
use rules::judging::{self, Chosen};
use serde::Serialize;
use store::reward_changes;

use crate::Environment;
use crate::claim::foresight::{self, Foreseen};
use crate::claim::{self, Claim, ClaimRequest, ClosedBy};

/// The reason that a reward in review shows.
const HELD: &str = "the reward is held until an admin has reviewed it";

/// The result of one event for one moment, or of one request for a reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Counted; the target is not reached.
    InProgress,
    /// Awarded just now.
    Rewarded,
    /// Awarded before.
    AlreadyRewarded,
    /// Earned; waiting for stock or budget.
    Waiting,
    /// The user is not eligible; the reasons say why.
    NotEligible,
    /// Completed by a user of the hold-out.
    HeldOut,
    /// The campaign does not count now.
    CampaignNotLive,
    /// In a competition: the event made this score.
    Scored,
    /// In a competition: the event is not better than the user's score.
    NotImproved,
    /// In a competition: an admin has disqualified the user.
    Disqualified,
}

/// The user's progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ProgressView {
    /// The user's count.
    pub count: u64,
    /// The count that completes the moment.
    pub target: u64,
}

impl ProgressView {
    /// Returns the progress of a case. A competition has scores instead.
    pub fn of(case: Case<'_>) -> Option<Self> {
        let counts = case.campaign.competition.is_none();
        counts.then_some(Self { count: case.counted, target: case.moment.target })
    }
}

/// The user's score in a competition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ScoreView {
    /// The window that it counts in.
    pub window: WindowId,
    /// The score; null if the user has none there.
    pub score: Option<u64>,
}

/// One entry of `outcomes`.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    campaign_id: CampaignId,
    moment_id: MomentId,
    /// The result.
    pub outcome: OutcomeKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressView>,
    #[serde(flatten)]
    score: Option<ScoreView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reward: Option<RewardView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// The reason that closes a completed moment without a reward.
    #[serde(skip)]
    pub closed: Option<&'static str>,
}

impl Outcome {
    /// An outcome without a reward.
    pub fn new(case: Case<'_>, outcome: OutcomeKind, reasons: Vec<String>) -> Self {
        let Case { campaign, moment, .. } = case;
        Self {
            campaign_id: campaign.campaign_id.clone(),
            moment_id: moment.moment_id.clone(),
            outcome,
            progress: ProgressView::of(case),
            score: None,
            reward: None,
            reasons,
            closed: None,
        }
    }

    /// The same outcome with the user's score.
    #[must_use]
    pub fn with_score(self, score: ScoreView) -> Self {
        Self { score: Some(score), ..self }
    }

    /// True if a reward was awarded just now, for real.
    pub fn is_new_reward(&self) -> bool {
        self.outcome == OutcomeKind::Rewarded && self.reward.as_ref().is_some_and(|reward| !reward.test)
    }

    /// Kind, reasons and reward, for an answer in other words.
    pub fn into_parts(self) -> (OutcomeKind, Vec<String>, Option<RewardView>) {
        (self.outcome, self.reasons, self.reward)
    }
}

/// The cause of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The event that completes the moment.
    CompletingEvent,
    /// An event after it, or the same one again.
    LaterEvent,
    /// The app asks for the reward.
    Request,
    /// The table's stream finishes what a submission left. It shows nobody the URL.
    Stream,
}

/// A reward that a user has earned, before its group is chosen.
#[derive(Clone, Copy)]
pub struct Earned<'a> {
    /// The user and the moment.
    pub case: Case<'a>,
    /// Which award of the moment this is for the user, from 1.
    pub occurrence: u32,
    /// The cause of the claim.
    pub cause: Cause,
    /// The facts that the campaign's guards look at.
    pub guarded: Guarded<'a>,
}

impl<'a> Earned<'a> {
    fn viewer(&self) -> Viewer<'a> {
        let Subject { locale, marketplace, attributes, time_zone, .. } = self.case.user;
        Viewer { locale, marketplace, attributes: Some(attributes), time_zone }
    }

    /// Returns the outcome for a reward that exists. The event that completes the moment answers `rewarded`, even if
    /// another caller, like the stream, claimed first. A later event answers `already_rewarded`, and so does the
    /// completing one if the app had asked for the reward before.
    fn kind_of(&self, reward: &Reward, now: Timestamp) -> OutcomeKind {
        match reward.as_of(now).state {
            RewardState::Waiting | RewardState::InReview => OutcomeKind::Waiting,
            state if self.cause == Cause::CompletingEvent && reward.is_completed && state.is_held() => {
                OutcomeKind::Rewarded
            }
            _ => OutcomeKind::AlreadyRewarded,
        }
    }

    /// True if the answer does not reveal the URL. A dry run writes nothing, so it reveals no URL for the first time.
    fn is_unseen(&self) -> bool {
        self.cause == Cause::Stream || self.case.stakes.dry_run
    }

    /// The claim for it.
    fn claim_request(self, chosen: Chosen<'a>, substitutes: &'a [&'a RewardGroup]) -> ClaimRequest<'a> {
        let Chosen { arm, group } = chosen;
        let Self { occurrence, guarded, .. } = self;
        let Case { campaign, moment, user: Subject { user_id, locale, marketplace, .. }, counted, .. } = self.case;
        ClaimRequest {
            campaign,
            moment,
            group,
            substitutes,
            user_id,
            occurrence,
            locale,
            marketplace,
            is_unseen: self.is_unseen(),
            guarded,
            arm,
            is_completed: moment.earned(counted) >= occurrence,
            place: None,
        }
    }
}

/// Answers a user who may not take part, and notes why.
pub async fn refuse(environment: &Environment, case: Case<'_>, verdict: &Verdict, now: Timestamp) -> Outcome {
    if verdict.is_live() {
        not_eligible(environment, case, verdict.reasons(), now).await
    } else {
        Outcome::new(case, OutcomeKind::CampaignNotLive, verdict.reasons())
    }
}

/// Answers that an event does not count, and notes why.
pub async fn not_eligible(environment: &Environment, case: Case<'_>, reasons: Vec<String>, now: Timestamp) -> Outcome {
    environment.refusals.note(&environment.store, case, &reasons, now).await;
    Outcome::new(case, OutcomeKind::NotEligible, reasons)
}

/// Answers for an earned reward: test mode shows a test reward, a dry run foresees the award, and a real request
/// awards. Asking again leads to the same reward.
pub async fn settle(
    environment: &Environment,
    catalog: &Catalog,
    earned: Earned<'_>,
    invocation: &Invocation,
) -> Result<Outcome, Error> {
    let (case, now) = (earned.case, invocation.now);
    if case.is_held_out() {
        let reason = "the user is in the campaign's hold-out".to_owned();
        return Ok(Outcome::new(case, OutcomeKind::HeldOut, vec![reason]));
    }
    let Some(chosen) = judging::choose(catalog, case, now) else {
        let reason = "no reward group of the moment is for the user, and valid in the user's marketplace".to_owned();
        return Ok(not_eligible(environment, case, vec![reason], now).await);
    };
    if case.stakes.in_test {
        return Ok(rehearse(earned, chosen.group, now));
    }
    let substitutes = &catalog.substitutes(chosen.group);
    let request = earned.claim_request(chosen, substitutes);
    if case.stakes.dry_run {
        return foresee(environment, earned, request, now).await;
    }
    match claim::claim(&environment.store, &environment.allocator, request, invocation).await? {
        Claim::Given(reward) if reward.state == RewardState::Awarded => {
            tracing::info!(
                app.id = %case.campaign.app_id, campaign.id = %case.campaign.campaign_id,
                moment.id = %case.moment.moment_id, reward.fingerprint = reward.reward_id.fingerprint(),
                request.id = invocation.request_id, "reward awarded"
            );
            Ok(show(environment, catalog, earned, OutcomeKind::Rewarded, &reward, now))
        }
        Claim::Given(reward) | Claim::Found(reward) => existing(environment, catalog, earned, reward, now).await,
        Claim::Closed(by) => {
            let outcome = not_eligible(environment, case, vec![sentence(by)], now).await;
            Ok(Outcome { closed: Some(by.reason()), ..outcome })
        }
    }
}

/// Returns the outcome for a reward that the user has or waits for.
pub async fn existing(
    environment: &Environment,
    catalog: &Catalog,
    earned: Earned<'_>,
    reward: Reward,
    now: Timestamp,
) -> Result<Outcome, Error> {
    let reward = seen(environment, earned, reward, now).await?;
    let kind = earned.kind_of(&reward, now);
    Ok(show(environment, catalog, earned, kind, &reward, now))
}

/// Returns the reward as the answer may show it.
async fn seen(environment: &Environment, earned: Earned<'_>, reward: Reward, now: Timestamp) -> Result<Reward, Error> {
    if earned.is_unseen() {
        return Ok(reward);
    }
    let seen = reward_changes::unseal(&environment.store, &reward, now).await?;
    seen.ok_or_else(|| Error::Unavailable("the user was erased meanwhile".into()))
}

/// Answers in test mode: with the group's test URL. It writes nothing, and ignores stock and budget.
fn rehearse(earned: Earned<'_>, group: &RewardGroup, now: Timestamp) -> Outcome {
    let Case { campaign, moment, .. } = earned.case;
    let view = RewardView::test(group, campaign, moment, earned.viewer(), now);
    let (kind, reasons, view) = match earned.cause {
        _ if earned.guarded.review => (OutcomeKind::Waiting, vec![HELD.to_owned()], view.held(RewardState::InReview)),
        Cause::LaterEvent if earned.case.stakes.in_test => (OutcomeKind::AlreadyRewarded, Vec::new(), view),
        _ => (OutcomeKind::Rewarded, Vec::new(), view),
    };
    Outcome { reward: Some(view), ..Outcome::new(earned.case, kind, reasons) }
}

/// Answers in a dry run of a live campaign: as `settle` would, by reading alone. A dry run closes nothing.
async fn foresee(
    environment: &Environment,
    earned: Earned<'_>,
    request: ClaimRequest<'_>,
    now: Timestamp,
) -> Result<Outcome, Error> {
    let case = earned.case;
    Ok(match foresight::foresee(&environment.store, request, now).await? {
        Foreseen::Given(group) => rehearse(earned, group, now),
        Foreseen::Waits(reason) => {
            let view = RewardView::test(request.group, case.campaign, case.moment, earned.viewer(), now);
            let reward = Some(view.held(RewardState::Waiting));
            Outcome { reward, ..Outcome::new(case, OutcomeKind::Waiting, vec![reason.sentence().to_owned()]) }
        }
        Foreseen::Closed(by) => Outcome::new(case, OutcomeKind::NotEligible, vec![sentence(by)]),
    })
}

/// The reason that a user gets no reward of a completed moment, for the user's app.
fn sentence(by: ClosedBy) -> String {
    match by {
        ClosedBy::Cap(cap) => format!("what may be spent on the {cap} is spent"),
        ClosedBy::Fingerprint(kind) => {
            let of = kind.as_str();
            format!("this {of} has had its reward: the campaign gives one reward per {of}")
        }
    }
}

fn show(
    environment: &Environment,
    catalog: &Catalog,
    earned: Earned<'_>,
    kind: OutcomeKind,
    reward: &Reward,
    now: Timestamp,
) -> Outcome {
    let group = catalog.group(&reward.reward_group_id);
    let public_url = environment.public_url.of(catalog);
    let of = Some((earned.case.campaign, earned.case.moment));
    let view = RewardView::stored(reward, group, of, earned.viewer(), public_url, now);
    let of_state = match reward.state {
        RewardState::InReview => Some(HELD),
        _ if reward.is_expired(now) => Some("the reward expired before it was redeemed"),
        RewardState::Voided => Some("the reward was taken back"),
        _ => None,
    };
    let reasons = reward.waiting_reason.map(|reason| reason.sentence().to_owned());
    let reasons = reasons.into_iter().chain(of_state.map(str::to_owned)).collect();
    Outcome { reward: Some(view), ..Outcome::new(earned.case, kind, reasons) }
}
