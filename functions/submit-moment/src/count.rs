//! Counts one event: finds the moments that it matches, judges the user, writes each count under a condition, and
//! awards when the target is reached. `matching` bounds how many moments an event may match.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::counting::CountedEvent;
use domain::campaign::matching::{self, MOST_MOMENTS, Match};
use domain::campaign::{Campaign, Count, Phase};
use domain::id::RewardGroupId;
use domain::request_mode::RequestMode;
use domain::reward::report::{Cell, Figure};
use futures_util::{StreamExt as _, stream};
use invocation::Invocation;
use jiff::{SignedDuration, Timestamp};
use rewarding::Environment;
use rewarding::outcome::{self, Cause, Earned, Outcome, OutcomeKind};
use rules::eligibility::{Case, EventFacts, UserHistory, Verdict};
use rules::judging;
use rules::rule::CompiledRule;
use store::progress::{self, Counted, NewEvent, Recorded, StoredProgress};
use store::schema::Key;
use store::{reports, rewards};

use crate::body::{Event, MAX_QUANTITY};
use crate::known_user::KnownUser;

/// A campaign answers `campaign_not_live` for this long after its end, and nothing later.
const SHOWN_AFTER_END: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The result of an event, over all moments it matches.
#[derive(Default)]
pub(crate) struct Submission {
    /// True if every moment that can count the event had counted it before.
    pub(crate) duplicate: bool,
    /// True if the event that was counted before under this id said something else.
    pub(crate) differs: bool,
    pub(crate) outcomes: Vec<Outcome>,
}

/// The effect of an event on one moment.
#[derive(Clone, Copy)]
pub(crate) enum Effect {
    /// It was looked at for the first time.
    New,
    /// It had been counted before.
    Repeated {
        /// True if its content differed then.
        differs: bool,
    },
}

impl From<Counted> for Effect {
    fn from(counted: Counted) -> Self {
        match counted {
            Counted::Duplicate { differs, .. } => Self::Repeated { differs },
            Counted::New { .. } | Counted::Unchanged(_) | Counted::TooMany(_) => Self::New,
        }
    }
}

/// The result of an event for one moment.
pub(crate) struct MomentResult {
    /// Its effect; `None` if the moment refuses the event.
    pub(crate) effect: Option<Effect>,
    pub(crate) outcomes: Vec<Outcome>,
}

/// Counts the event towards every moment it matches: `at_once` campaigns side by side, the moments of one in their
/// order. So the moments of a campaign meet a cap or a guard that they share one at a time.
pub(crate) async fn count(
    environment: &Environment,
    catalog: &Catalog,
    mode: RequestMode,
    event: &Event,
    at_once: usize,
    invocation: &Invocation,
) -> Result<Submission, Error> {
    let now = invocation.now;
    let occurred_at = event.occurred_at.unwrap_or(now);
    let in_test = |campaign: &Campaign| mode.stakes(campaign, now).in_test;
    let may_count = |campaign: &Campaign| campaign.phase_for(occurred_at, now) == Phase::Live || in_test(campaign);
    let (matches, left_out) = matching::bounded(matches(catalog, event, mode, now), may_count);
    refuse_outside(&matches, event, now, in_test)?;
    refuse_quantity(&matches, event)?;
    let known_user = &KnownUser::read(environment, catalog, &matches, event, mode).await?;
    let campaigns = matches.chunk_by(|(one, _), (next, _)| one.campaign_id == next.campaign_id);
    let counts = campaigns.map(|moments| async move {
        let mut results = Vec::with_capacity(moments.len());
        for found in moments {
            let (case, review) = (known_user.case(*found, mode.stakes(found.0, now)), false);
            let counting = Counting { environment, invocation, catalog, case, event, known_user, occurred_at, review };
            results.push(counting.count().await?);
        }
        Ok(results)
    });
    let counts: Vec<_> = counts.collect();
    // Every campaign is finished, even if one fails: a repetition would have to find out what was given up halfway.
    let counted: Vec<Result<Vec<MomentResult>, Error>> = stream::iter(counts).buffered(at_once).collect().await;
    let (mut all, mut counted_new) = (Submission::default(), false);
    for campaign in counted {
        for MomentResult { effect, outcomes } in campaign? {
            match effect {
                Some(Effect::Repeated { differs }) => {
                    all.duplicate = true;
                    all.differs |= differs;
                }
                Some(Effect::New) => counted_new = true,
                None => {}
            }
            all.outcomes.extend(outcomes);
        }
    }
    all.duplicate &= !counted_new;
    let left_out = left_out.iter().filter(|(campaign, _)| may_count(campaign));
    all.outcomes.extend(left_out.map(|found| one_too_many(known_user.case(*found, mode.stakes(found.0, now)))));
    Ok(all)
}

/// The outcome for a moment that would count the event if fewer others did.
fn one_too_many(case: Case<'_>) -> Outcome {
    let campaign = case.campaign;
    tracing::warn!(app.id = %campaign.app_id, campaign.id = %campaign.campaign_id, "an event matches too many moments");
    let reason = format!(
        "an event counts towards {MOST_MOMENTS} moments at most, and as many of campaigns that began earlier count this \
         action; let one of them end, or use another action"
    );
    Outcome::new(case, OutcomeKind::NotEligible, vec![reason])
}

/// Returns the moments that the action counts towards, of all campaigns that the request sees.
fn matches<'a>(catalog: &'a Catalog, event: &Event, mode: RequestMode, now: Timestamp) -> Vec<Match<'a>> {
    let visible = |campaign: &&Campaign| match campaign.phase(now) {
        Phase::Approved => mode.sees(Phase::Approved),
        Phase::Live | Phase::Suspended => true,
        Phase::Finished => mode.test_key || now.duration_since(campaign.ends_at) < SHOWN_AFTER_END,
        Phase::Draft | Phase::PendingApproval | Phase::Rejected => mode.sees_drafts(),
    };
    let matching = |campaign: &'a Campaign| {
        let moments = campaign.moments.iter().filter(|moment| moment.action == event.action);
        moments.map(move |moment| (campaign, moment))
    };
    catalog.campaigns.iter().filter(visible).flat_map(matching).collect()
}

/// Fails if the event's time lies outside every live campaign that it matches: that is a mistake of the caller.
fn refuse_outside(
    matches: &[Match<'_>],
    event: &Event,
    now: Timestamp,
    in_test: impl Fn(&Campaign) -> bool,
) -> Result<(), Error> {
    let Some(occurred_at) = event.occurred_at else { return Ok(()) };
    let mut live = matches
        .iter()
        .map(|(campaign, _)| campaign)
        .filter(|campaign| campaign.phase_for(occurred_at, now) == Phase::Live && !in_test(campaign));
    let Some(first) = live.next() else { return Ok(()) };
    let outside = |campaign: &Campaign| occurred_at < campaign.starts_at || occurred_at >= campaign.ends_at;
    if outside(first) && live.all(|campaign| outside(campaign)) {
        let detail = format!(
            "is outside campaign {}, which runs from {} to {}",
            first.campaign_id, first.starts_at, first.ends_at
        );
        return Err(Error::invalid("/occurred_at", "outside_campaign", detail));
    }
    Ok(())
}

/// Fails for a quantity that only a competition takes, if no competition counts the action.
fn refuse_quantity(matches: &[Match<'_>], event: &Event) -> Result<(), Error> {
    let is_usual = (1..=MAX_QUANTITY).contains(&event.quantity);
    if is_usual || matches.iter().any(|(campaign, _)| campaign.competition.is_some()) {
        return Ok(());
    }
    let detail = format!("must be a whole number from 1 to {MAX_QUANTITY}");
    Err(Error::invalid("/quantity", "out_of_range", detail))
}

/// One event on its way to one moment.
pub(crate) struct Counting<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) invocation: &'a Invocation,
    catalog: &'a Catalog,
    pub(crate) case: Case<'a>,
    pub(crate) event: &'a Event,
    known_user: &'a KnownUser<'a>,
    pub(crate) occurred_at: Timestamp,
    /// True if an admin must release the rewards that the event earns.
    pub(crate) review: bool,
}

impl Counting<'_> {
    /// Counts the event towards the moment, if it counts there.
    async fn count(self) -> Result<MomentResult, Error> {
        let verdict = self.verdict(None).await?;
        let counting = Counting { review: verdict.review, ..self };
        if let Some(competition) = &self.case.campaign.competition {
            return counting.score(competition, &verdict).await;
        }
        if !(1..=MAX_QUANTITY).contains(&self.event.quantity) {
            let reason = format!("the quantity must be from 1 to {MAX_QUANTITY} to count here");
            let outcomes = vec![counting.not_eligible(0, reason).await];
            return Ok(MomentResult { effect: None, outcomes });
        }
        if !verdict.counts()
            && let Some(refused) = counting.refuse_unless_held(&verdict).await?
        {
            return Ok(refused);
        }
        if let Some(refused) = counting.refuse_if_too_fast().await? {
            return Ok(refused);
        }
        let recorded = if counting.case.stakes.dry_run { counting.pretend().await? } else { counting.write().await? };
        counting.result(&recorded).await
    }

    /// The key of the user's progress. Test mode keeps progress apart.
    fn key(&self) -> Key {
        let Case { campaign, moment, stakes, .. } = self.case;
        let variant = if stakes.in_test { Key::TestProgress } else { Key::Progress };
        let (app, user) = (campaign.app_id.clone(), self.event.user_id.clone());
        variant(app, user, campaign.campaign_id.clone(), moment.moment_id.clone())
    }

    /// The user's progress, if there is any.
    pub(crate) async fn progress(&self) -> Result<Option<StoredProgress>, Error> {
        progress::get(&self.environment.store, &self.key()).await
    }

    /// Refuses an event whose verdict, made without the table, says no. Returns `None` if the event counts after all: a
    /// user who holds a reward that is closed to newcomers goes on. An event that was counted before is a repetition,
    /// whatever the verdict.
    async fn refuse_unless_held(&self, verdict: &Verdict) -> Result<Option<MomentResult>, Error> {
        let stored = self.progress().await?.unwrap_or_default();
        if verdict.is_live()
            && let Some(repeated) = self.repeated(&stored).await?
        {
            return Ok(Some(repeated));
        }
        if stored.arm.is_some() && self.verdict(stored.arm.as_ref()).await?.counts() {
            return Ok(None);
        }
        let case = Case { counted: stored.counted, ..self.case };
        let outcome = outcome::refuse(self.environment, case, verdict, self.invocation.now).await;
        Ok(Some(MomentResult { effect: None, outcomes: vec![outcome] }))
    }

    /// The result for an event that was counted before.
    pub(crate) async fn repeated(&self, stored: &StoredProgress) -> Result<Option<MomentResult>, Error> {
        let Some(counted) = stored.repeated(&self.event.event_id, self.event.content) else { return Ok(None) };
        self.result(&Recorded { counted, arm: stored.arm.clone() }).await.map(Some)
    }

    /// The result for an event that has come this far.
    async fn result(&self, recorded: &Recorded) -> Result<MomentResult, Error> {
        Ok(MomentResult { effect: Some(recorded.counted.into()), outcomes: self.outcomes(recorded).await? })
    }

    /// Judges the user and the event. Reads the progress only if a rule asks for it, and the moments that the user has
    /// begun only if the assigned moment depends on them.
    async fn verdict(&self, held: Option<&RewardGroupId>) -> Result<Verdict, Error> {
        let Self { case, event, .. } = *self;
        let mut rules = case.campaign.rules_of(case.moment).map(CompiledRule::of);
        let counted = if rules.any(|rule| rule.needs().is_some_and(|needs| needs.progress)) {
            self.progress().await?.map_or(0, |stored| stored.counted)
        } else {
            0
        };
        let case = Case { counted, held, ..case };
        let facts = EventFacts {
            occurred_at: self.occurred_at,
            quantity: event.quantity,
            attributes: event.attributes.as_ref(),
            fingerprints: Some(&event.fingerprints),
            now: self.invocation.now,
        };
        let begun = if judging::depends_on_begun(case, facts) {
            progress::begun_moments(&self.environment.store, &self.key()).await?
        } else {
            Vec::new()
        };
        let history = UserHistory { begun: begun.iter().collect(), ..UserHistory::default() };
        Ok(judging::judge(self.catalog, case, facts, &history))
    }

    fn happened(&self) -> CountedEvent {
        let quantity = if self.case.moment.count == Count::Events { 1 } else { self.event.quantity };
        CountedEvent { at: self.occurred_at, zone: self.case.time_zone(), quantity }
    }

    async fn write(&self) -> Result<Recorded, Error> {
        let Case { campaign, moment, user, stakes, .. } = self.case;
        let now = self.invocation.now;
        let arms = self.catalog.arms(moment, None);
        // Record the arm only if there is a choice.
        let matters = arms.len() > 1 || arms.iter().any(|arm| !arm.reward.segments.is_empty());
        let assigned = judging::assign(self.case, &arms, now);
        let assigned = assigned.map(|arm| &arm.reward.reward_group_id);
        let kept = self.guarded().kept(&campaign.guards);
        let held_out = self.case.is_held_out();
        let event = NewEvent {
            key: &self.key(),
            moment,
            event_id: &self.event.event_id,
            content: self.event.content,
            happened: self.happened(),
            held_out,
            marketplace: user.marketplace,
            locale: user.locale,
            arm: assigned.filter(|_| matters),
            fingerprints: kept.as_ref(),
            review: campaign.guards.review.is_some().then_some(self.review),
        };
        let recorded = progress::count(&self.environment.store, event, now).await?;
        if let Counted::New { before, after, first } = recorded.counted
            && !stakes.in_test
        {
            let earned_before = moment.earned(before);
            let earned = moment.earned(after).saturating_sub(earned_before);
            self.invocation.metrics.counted(earned);
            let mut figures = Vec::new();
            if first {
                figures.push((Figure::Participants, 1));
            }
            // Any other completion ends in a reward, which counts by itself, or closed, which `outcomes` counts.
            if held_out && earned > 0 {
                figures.push((Figure::Completions, i64::from(earned)));
                figures.extend((earned_before == 0).then_some((Figure::Completers, 1)));
            }
            self.tally(recorded.arm.as_ref().or(assigned), &figures).await;
        }
        Ok(recorded)
    }

    /// Adds to the campaign's funnel.
    pub(crate) async fn tally(&self, arm: Option<&RewardGroupId>, figures: &[(Figure, i64)]) {
        if figures.is_empty() {
            return;
        }
        let (environment, Case { campaign, moment, user, .. }) = (self.environment, self.case);
        let held_out = self.case.is_held_out();
        let cell = Cell {
            moment: moment.moment_id.clone(),
            group: None,
            arm: arm.filter(|_| !held_out).cloned(),
            marketplace: user.marketplace.map(str::to_owned),
            held_out,
        };
        let (store, report, day) = (&environment.store, &environment.report, campaign.day(self.invocation.now));
        reports::tally(store, report, &campaign.app_id, &campaign.campaign_id, day, &cell, figures).await;
    }

    /// Returns the result that `write` would have, without writing.
    async fn pretend(&self) -> Result<Recorded, Error> {
        let moment = self.case.moment;
        let stored = self.progress().await?;
        let first = stored.is_none();
        let stored = stored.unwrap_or_default();
        let before = stored.counted;
        let repeated = stored.repeated(&self.event.event_id, self.event.content);
        let counted = repeated.unwrap_or_else(|| match stored.counted_with(moment, self.happened()) {
            _ if stored.is_full(self.invocation.now) => Counted::TooMany(before),
            Some(after) if after != before || first || moment.needs_history() => Counted::New { before, after, first },
            _ => Counted::Unchanged(before),
        });
        Ok(Recorded { counted, arm: stored.arm })
    }

    /// One outcome, or one per reward where an event earned several at once.
    async fn outcomes(&self, recorded: &Recorded) -> Result<Vec<Outcome>, Error> {
        let moment = self.case.moment;
        let (before, counted) = match recorded.counted {
            Counted::New { before, after, .. } => (before, after),
            Counted::Duplicate { count, .. } | Counted::Unchanged(count) => (count, count),
            Counted::TooMany(count) => return Ok(vec![self.too_many(count).await]),
        };
        let is_new = matches!(recorded.counted, Counted::New { .. });
        let (earned_before, earned) = (moment.earned(before), moment.earned(counted));
        let case = Case { counted, held: recorded.arm.as_ref(), ..self.case };
        if earned == 0 || (earned == earned_before && is_new) {
            return Ok(vec![Outcome::new(case, OutcomeKind::InProgress, Vec::new())]);
        }
        let first_new = if is_new { earned_before + 1 } else { earned };
        let cause = if earned == earned_before { Cause::LaterEvent } else { Cause::CompletingEvent };
        let mut outcomes = Vec::new();
        for occurrence in first_new..=earned {
            let outcome = self.outcome(Earned { case, occurrence, cause, guarded: self.guarded() }).await?;
            if is_new && outcome.outcome == OutcomeKind::NotEligible && case.stakes.is_real() {
                let mut closed = vec![(Figure::Completions, 1), (Figure::Closed, 1)];
                closed.extend((occurrence == 1).then_some((Figure::Completers, 1)));
                // The progress does not record a moment's only reward as the user's.
                let only = moment.rewards.first().filter(|_| moment.rewards.len() == 1);
                let arm = recorded.arm.as_ref().or(only.map(|only| &only.reward_group_id));
                self.tally(arm, &closed).await;
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    async fn outcome(&self, earned: Earned<'_>) -> Result<Outcome, Error> {
        let Self { environment, invocation, catalog, case, event, .. } = *self;
        let Case { campaign, moment, stakes, .. } = case;
        if (earned.cause == Cause::LaterEvent || stakes.dry_run) && !stakes.in_test && !case.is_held_out() {
            // A repetition gets the first answer, for one read. Only after a crash is the reward still missing. A dry
            // run cannot claim, so it looks for the reward that a claim would find.
            let (store, user) = (&environment.store, &event.user_id);
            let Campaign { app_id, campaign_id, .. } = campaign;
            let found = rewards::get(store, app_id, user, campaign_id, &moment.moment_id, earned.occurrence).await?;
            if let Some(reward) = found {
                return outcome::existing(environment, catalog, earned, reward, invocation.now).await;
            }
        }
        // The language of the answer and of the push is worth a read only now, once per reward.
        let profile = self.known_user.reader(environment, case).await?;
        let mut earned = earned;
        if let Some(profile) = &profile {
            let user = &mut earned.case.user;
            user.locale = profile.locale.as_deref();
            if event.user.attributes.is_none() {
                user.attributes = &profile.attributes;
            }
        }
        let outcome = outcome::settle(environment, catalog, earned, invocation).await?;
        if let Some(reason) = outcome.closed {
            progress::close(&environment.store, &self.key(), reason).await?;
        }
        Ok(outcome)
    }
}
