//! From an earned reward to the answer that the API gives: choosing the group, claiming, and putting the result in
//! words. Submitting, asking directly and the stream's safety net all come through here, so they cannot differ.

use domain::Error;
use domain::campaign::catalog::{Arm, Catalog};
use domain::campaign::guards::{FingerprintKind, Guarded};
use domain::campaign::{Campaign, Moment, assignment};
use domain::id::{CampaignId, MomentId, RewardGroupId};
use domain::reward::group::RewardGroup;
use domain::reward::{Reader, Reward, RewardState, RewardView};
use invocation::Invocation;
use jiff::Timestamp;
use rules::eligibility::{self, Occasion, Subject};
use serde::Serialize;
use store::reward_changes;

use crate::Environment;
use crate::claim::foresight::{self, Foreseen};
use crate::claim::{self, Ask, Claim};

/// What is told of a reward in review.
const HELD: &str = "the reward is held until an admin has reviewed it";

/// What became of one event for one moment, or of one request for a reward.
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
}

/// How far the user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ProgressView {
    /// What has been counted.
    pub count: u64,
    /// What is to be reached.
    pub target: u64,
}

/// One entry of `outcomes`.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    campaign_id: CampaignId,
    moment_id: MomentId,
    /// What it came to.
    pub outcome: OutcomeKind,
    progress: ProgressView,
    #[serde(skip_serializing_if = "Option::is_none")]
    reward: Option<RewardView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    /// Set where a completed moment ends here without a reward: what its progress is closed with.
    #[serde(skip)]
    pub closed: Option<&'static str>,
}

impl Outcome {
    /// An outcome without a reward.
    pub fn new(campaign: &Campaign, moment: &Moment, outcome: OutcomeKind, count: u64, reasons: Vec<String>) -> Self {
        Self {
            campaign_id: campaign.campaign_id.clone(),
            moment_id: moment.moment_id.clone(),
            outcome,
            progress: ProgressView { count, target: moment.target },
            reward: None,
            reasons,
            closed: None,
        }
    }

    /// Whether something was awarded just now, for real.
    pub fn is_new_reward(&self) -> bool {
        self.outcome == OutcomeKind::Rewarded && self.reward.as_ref().is_some_and(|reward| !reward.test)
    }

    /// Kind, reasons and reward, for an answer in other words.
    pub fn into_parts(self) -> (OutcomeKind, Vec<String>, Option<RewardView>) {
        (self.outcome, self.reasons, self.reward)
    }
}

/// What a user has earned, before a reward group is chosen.
#[derive(Clone, Copy)]
pub struct Earned<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The moment that was completed.
    pub moment: &'a Moment,
    /// Who completed it.
    pub subject: Subject<'a>,
    /// For the how manieth time.
    pub occurrence: u32,
    /// Whether this very event completes the moment for that time.
    pub completes: bool,
    /// How far the user is.
    pub count: u64,
    /// Which of the moment's rewards the user was assigned when counting began.
    pub arm: Option<&'a RewardGroupId>,
    /// The group that the app wants, if it chooses itself. It must be one of the moment's.
    pub wanted: Option<&'a RewardGroupId>,
    /// Whether nobody is shown what is answered.
    pub is_unseen: bool,
    /// What the campaign's guards look at.
    pub guarded: Guarded<'a>,
}

impl<'a> Earned<'a> {
    fn reader(&self) -> Reader<'a> {
        let Subject { locale, marketplace, attributes, time_zone, .. } = self.subject;
        Reader { locale, marketplace, attributes, time_zone }
    }

    /// Another reward of the campaign has this one's device or payment.
    fn used(&self, kind: FingerprintKind) -> Outcome {
        let of = kind.as_str();
        let reason = format!("this {of} has had its reward: the campaign gives one reward per {of}");
        Outcome { closed: Some(kind.used()), ..self.outcome(OutcomeKind::NotEligible, vec![reason]) }
    }

    /// What a reward that is there already means for this event. The event that completes the moment answers `rewarded`, whoever was
    /// faster to claim for it, the stream say; any later one `already_rewarded`. So does one whose reward the app had asked for before.
    fn kind_of(&self, reward: &Reward, now: Timestamp) -> OutcomeKind {
        match reward.as_of(now).state {
            RewardState::Waiting | RewardState::InReview => OutcomeKind::Waiting,
            state if self.completes && reward.is_completed && state.is_held() => OutcomeKind::Rewarded,
            _ => OutcomeKind::AlreadyRewarded,
        }
    }

    fn held_out(&self) -> Outcome {
        self.outcome(OutcomeKind::HeldOut, vec!["the user is in the campaign's hold-out".into()])
    }

    /// A cap leaves nothing.
    fn capped(&self, cap: &str) -> Outcome {
        let reason = format!("what may be spent on the {cap} is spent");
        Outcome { closed: Some("cap_reached"), ..self.outcome(OutcomeKind::NotEligible, vec![reason]) }
    }

    /// What is claimed for it.
    fn ask(self, Chosen { arm, group }: Chosen<'a>, substitutes: &'a [&'a RewardGroup]) -> Ask<'a> {
        let Self { campaign, moment, occurrence, is_unseen, guarded, .. } = self;
        let Subject { user_id, locale, marketplace, .. } = self.subject;
        Ask {
            campaign,
            moment,
            group,
            substitutes,
            user_id,
            occurrence,
            locale,
            marketplace,
            waiting: None,
            replaces: None,
            is_unseen,
            guarded,
            arm,
            is_completed: moment.earned(self.count) >= occurrence,
        }
    }

    fn outcome(&self, outcome: OutcomeKind, reasons: Vec<String>) -> Outcome {
        Outcome::new(self.campaign, self.moment, outcome, self.count, reasons)
    }
}

/// Awards what was earned, or says why not. Idempotent: asking again leads to the same reward.
pub async fn award(
    environment: &Environment,
    catalog: &Catalog,
    earned: Earned<'_>,
    invocation: &Invocation,
) -> Result<Outcome, Error> {
    let outcome = give(environment, catalog, earned, invocation).await?;
    if outcome.outcome == OutcomeKind::NotEligible {
        let of = (earned.campaign, earned.moment, earned.subject.user_id);
        environment.refusals.note(&environment.store, of, &outcome.reasons, invocation.now).await;
    }
    Ok(outcome)
}

async fn give(
    environment: &Environment,
    catalog: &Catalog,
    earned: Earned<'_>,
    invocation: &Invocation,
) -> Result<Outcome, Error> {
    if assignment::is_held_out(earned.campaign, earned.subject.user_id) {
        return Ok(earned.held_out());
    }
    let chosen = match choose(catalog, earned, invocation.now) {
        Ok(chosen) => chosen,
        Err(reason) => return Ok(earned.outcome(OutcomeKind::NotEligible, vec![reason])),
    };
    let Earned { campaign, moment, .. } = earned;
    let substitutes = &catalog.substitutes(chosen.group);
    let ask = earned.ask(chosen, substitutes);
    let claim = claim::claim(&environment.store, &environment.allocator, ask, invocation).await?;
    let (kind, reward) = match claim {
        Claim::Awarded(reward) => {
            tracing::info!(
                app.id = %campaign.app_id, campaign.id = %campaign.campaign_id, moment.id = %moment.moment_id,
                reward.fingerprint = reward.reward_id.fingerprint(), request.id = invocation.request_id,
                "reward awarded"
            );
            (OutcomeKind::Rewarded, reward)
        }
        Claim::AlreadyAwarded(reward) => {
            let reward = seen(environment, earned, reward, invocation.now).await?;
            (earned.kind_of(&reward, invocation.now), reward)
        }
        Claim::Waiting(reward) | Claim::Blocked(reward) | Claim::InReview(reward) => (OutcomeKind::Waiting, reward),
        Claim::Used(kind) => return Ok(earned.used(kind)),
        Claim::Capped(cap) => return Ok(earned.capped(cap)),
        Claim::Gone | Claim::NothingLeft(_) => return Err(Error::Unavailable("the user was erased meanwhile".into())),
    };
    Ok(show(environment, catalog, earned, kind, &reward, invocation.now))
}

/// Puts a reward that the user has in an outcome.
pub async fn existing(
    environment: &Environment,
    catalog: &Catalog,
    earned: Earned<'_>,
    reward: Reward,
    now: Timestamp,
) -> Result<Outcome, Error> {
    let kind = earned.kind_of(&reward, now);
    let reward = seen(environment, earned, reward, now).await?;
    Ok(show(environment, catalog, earned, kind, &reward, now))
}

/// The reward as it may be shown, unless nobody is shown it.
async fn seen(environment: &Environment, earned: Earned<'_>, reward: Reward, now: Timestamp) -> Result<Reward, Error> {
    if earned.is_unseen {
        return Ok(reward);
    }
    let seen = reward_changes::unseal(&environment.store, &reward, now).await?;
    seen.ok_or_else(|| Error::Unavailable("the user was erased meanwhile".into()))
}

/// What test mode answers for an earned reward: the group's test URL, and nothing written. Stock and budget are not looked at.
pub fn rehearse(catalog: &Catalog, earned: Earned<'_>, already: bool, now: Timestamp) -> Outcome {
    match choose(catalog, earned, now) {
        Ok(Chosen { group, .. }) => rehearsed(earned, group, already, now),
        Err(reason) => earned.outcome(OutcomeKind::NotEligible, vec![reason]),
    }
}

fn rehearsed(earned: Earned<'_>, group: &RewardGroup, already: bool, now: Timestamp) -> Outcome {
    let view = RewardView::test(group, (earned.campaign, earned.moment), earned.reader(), now);
    let (kind, reasons, view) = match (earned.guarded.review, already) {
        (true, _) => (OutcomeKind::Waiting, vec![HELD.to_owned()], view.held(RewardState::InReview)),
        (false, true) => (OutcomeKind::AlreadyRewarded, Vec::new(), view),
        (false, false) => (OutcomeKind::Rewarded, Vec::new(), view),
    };
    Outcome { reward: Some(view), ..earned.outcome(kind, reasons) }
}

/// What a dry run answers for a reward that a live campaign would be asked for: what `award` would, found out by reading alone.
pub async fn foresee(
    environment: &Environment,
    catalog: &Catalog,
    earned: Earned<'_>,
    now: Timestamp,
) -> Result<Outcome, Error> {
    if assignment::is_held_out(earned.campaign, earned.subject.user_id) {
        return Ok(earned.held_out());
    }
    let chosen = match choose(catalog, earned, now) {
        Ok(chosen) => chosen,
        Err(reason) => return Ok(earned.outcome(OutcomeKind::NotEligible, vec![reason])),
    };
    let substitutes = &catalog.substitutes(chosen.group);
    let outcome = match foresight::foresee(&environment.store, earned.ask(chosen, substitutes), now).await? {
        Foreseen::Given(group) => rehearsed(earned, group, false, now),
        Foreseen::Waits(reason) => {
            let view = RewardView::test(chosen.group, (earned.campaign, earned.moment), earned.reader(), now);
            let reward = Some(view.held(RewardState::Waiting));
            Outcome { reward, ..earned.outcome(OutcomeKind::Waiting, vec![reason.sentence().to_owned()]) }
        }
        Foreseen::Capped(cap) => earned.capped(cap),
        Foreseen::Used(kind) => earned.used(kind),
    };
    // Nothing is closed by a dry run.
    Ok(Outcome { closed: None, ..outcome })
}

/// What a user gets of a moment's rewards.
#[derive(Clone, Copy)]
pub struct Chosen<'a> {
    /// The one that the app wants, or that the user is assigned.
    pub arm: &'a RewardGroupId,
    /// The group of that name, or what stands in for it where the user is.
    pub group: &'a RewardGroup,
}

/// Chooses what the user gets.
pub fn choose<'a>(catalog: &'a Catalog, earned: Earned<'a>, now: Timestamp) -> Result<Chosen<'a>, String> {
    let arms = catalog.arms(earned.moment, earned.wanted);
    let marketplace = earned.subject.marketplace;
    let chosen = |arm: &Arm<'a>| {
        let group = arm.valid_in(marketplace)?;
        Some(Chosen { arm: &arm.reward.reward_group_id, group })
    };
    let arm = assign(earned, &arms, now);
    arm.and_then(chosen)
        .ok_or_else(|| "no reward group of the moment is for the user, and valid in the user's marketplace".to_owned())
}

/// Which of the arms the user holds, or is assigned now.
pub fn assign<'a, 'b>(earned: Earned<'_>, arms: &'b [Arm<'a>], now: Timestamp) -> Option<&'b Arm<'a>> {
    let Earned { campaign, moment, subject, count, .. } = earned;
    let occasion = Occasion { counted: count, ..Occasion::now(now, false) };
    let segments = eligibility::segments_of(campaign, &eligibility::facts(moment, subject, occasion));
    let held = earned.arm;
    assignment::choose_arm(campaign, moment, subject.user_id, (arms, held), subject.marketplace, &segments)
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
    let of = Some((earned.campaign, earned.moment));
    let view = RewardView::stored((reward, now), group, of, earned.reader(), public_url);
    let of_state = match reward.state {
        RewardState::InReview => Some(HELD),
        _ if reward.is_expired(now) => Some("the reward expired before it was redeemed"),
        RewardState::Voided => Some("the reward was taken back"),
        _ => None,
    };
    let reasons = reward.waiting_reason.map(|reason| reason.sentence().to_owned());
    let reasons = reasons.into_iter().chain(of_state.map(str::to_owned)).collect();
    Outcome { reward: Some(view), ..earned.outcome(kind, reasons) }
}
