//! Counting one event: which moments it matches, whether the user may be counted, one conditional write each, and the
//! award when the target is reached. How many moments it may match is `domain::campaign::matching`'s.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::counting::Happened;
use domain::campaign::matching::{self, MOST_MOMENTS, Match};
use domain::campaign::{Campaign, Count, Moment, Phase, assignment};
use domain::id::{MomentId, RewardGroupId};
use domain::reward::report::{Cell, Figure};
use domain::time_zone::TimeZone;
use futures_util::{StreamExt as _, stream};
use invocation::Invocation;
use jiff::{SignedDuration, Timestamp};
use rewarding::Environment;
use rewarding::outcome::{self, Earned, Outcome, OutcomeKind};
use rules::eligibility::{self, Occasion, Subject, Verdict};
use rules::rule::CompiledRule;
use store::progress::{self, Counted, Recorded, Step};
use store::schema::Key;
use store::{reports, rewards};

use crate::Mode;
use crate::body::Event;
use crate::told::Told;

/// For how long after its end a campaign still answers `campaign_not_live` instead of nothing.
const SHOWN_AFTER_END: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What an event came to, over all moments it matches.
#[derive(Default)]
pub(crate) struct Result {
    /// Every moment that could have counted it had counted it before.
    pub(crate) duplicate: bool,
    /// What was counted before under this id said something else.
    pub(crate) differs: bool,
    pub(crate) outcomes: Vec<Outcome>,
    /// A moment could have counted it that had not before.
    counted_new: bool,
}

impl Result {
    fn repeats(&mut self, differs: bool) {
        self.duplicate = true;
        self.differs |= differs;
    }
}

/// Counts the event towards every moment it matches: `at_once` campaigns side by side, the moments of one in their order. So a cap
/// or a guard that the moments of a campaign have in common meets one of them at a time.
pub(crate) async fn count(
    environment: &Environment,
    catalog: &Catalog,
    mode: Mode,
    event: &Event,
    (at_once, invocation): (usize, &Invocation),
) -> std::result::Result<Result, Error> {
    let now = invocation.now;
    let occurred_at = event.occurred_at.unwrap_or(now);
    // Where nothing is at stake, progress is kept apart.
    let test = |campaign: &Campaign| mode.test || campaign.is_rehearsed(mode.rehearses_drafts, now);
    let may_count = |campaign: &Campaign| campaign.phase_for(occurred_at, now) == Phase::Live || test(campaign);
    let (matches, left_out) = matching::bounded(matches(catalog, event, mode, now), may_count);
    refuse_outside(&matches, event, now, &test)?;
    let told = &Told::read(environment, catalog, &matches, (event, mode.test)).await?;
    let campaigns = matches.chunk_by(|(one, _), (next, _)| one.campaign_id == next.campaign_id);
    let counts = campaigns.map(|moments| async move {
        let mut result = Result::default();
        for (campaign, moment) in moments {
            let (test, review) = (test(campaign), false);
            let counting = Counting { environment, catalog, campaign, moment, event, told, occurred_at, test, review };
            counting.count(&mut result, (mode.dry_run, invocation)).await?;
        }
        Ok(result)
    });
    let counts: Vec<_> = counts.collect();
    // All are brought to their end, also where one fails: what is begun and given up would have to be found out again.
    let counted: Vec<std::result::Result<Result, Error>> = stream::iter(counts).buffered(at_once).collect().await;
    let mut all = Result::default();
    for result in counted {
        let result = result?;
        all.duplicate |= result.duplicate;
        all.differs |= result.differs;
        all.counted_new |= result.counted_new;
        all.outcomes.extend(result.outcomes);
    }
    all.duplicate &= !all.counted_new;
    all.outcomes.extend(left_out.iter().filter(|(campaign, _)| may_count(campaign)).map(one_too_many));
    Ok(all)
}

/// The outcome for a moment that would count the event, were there not so many others.
fn one_too_many((campaign, moment): &Match<'_>) -> Outcome {
    tracing::warn!(app.id = %campaign.app_id, campaign.id = %campaign.campaign_id, "an event matches too many moments");
    let reason = format!(
        "an event counts towards {MOST_MOMENTS} moments at most, and as many of campaigns that began earlier count this \
         action; let one of them end, or use another action"
    );
    Outcome::new(campaign, moment, OutcomeKind::NotEligible, 0, vec![reason])
}

/// The moments of the app's visible campaigns that the action counts towards: all but those that are over for long, where
/// nothing is at stake.
fn matches<'a>(catalog: &'a Catalog, event: &Event, mode: Mode, now: Timestamp) -> Vec<Match<'a>> {
    let visible = |campaign: &&Campaign| match campaign.phase(now) {
        Phase::Approved | Phase::Live | Phase::Suspended => true,
        Phase::Finished => mode.test || now.duration_since(campaign.ends_at) < SHOWN_AFTER_END,
        Phase::Draft | Phase::PendingApproval | Phase::Rejected => mode.test || mode.rehearses_drafts,
    };
    let matching = |campaign: &'a Campaign| {
        let moments = campaign.moments.iter().filter(|moment| moment.action == event.action);
        moments.map(move |moment| (campaign, moment))
    };
    catalog.campaigns.iter().filter(visible).flat_map(matching).collect()
}

/// An event whose time lies outside every live campaign that it matches is a mistake of the caller, not an outcome.
fn refuse_outside(
    matches: &[(&Campaign, &Moment)],
    event: &Event,
    now: Timestamp,
    test: &impl Fn(&Campaign) -> bool,
) -> std::result::Result<(), Error> {
    let Some(occurred_at) = event.occurred_at else { return Ok(()) };
    let mut live = matches
        .iter()
        .map(|(campaign, _)| campaign)
        .filter(|campaign| campaign.phase_for(occurred_at, now) == Phase::Live && !test(campaign));
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

/// One event on its way to one moment.
pub(crate) struct Counting<'a> {
    pub(crate) environment: &'a Environment,
    catalog: &'a Catalog,
    pub(crate) campaign: &'a Campaign,
    pub(crate) moment: &'a Moment,
    pub(crate) event: &'a Event,
    told: &'a Told<'a>,
    occurred_at: Timestamp,
    pub(crate) test: bool,
    /// Whether an admin has to release what the event earns.
    pub(crate) review: bool,
}

impl Counting<'_> {
    /// Counts the event towards the moment, if it counts there, and adds what that came to.
    async fn count(
        self,
        result: &mut Result,
        (dry_run, invocation): (bool, &Invocation),
    ) -> std::result::Result<(), Error> {
        let verdict = self.judge(None, invocation).await?;
        let counting = Counting { review: verdict.review, ..self };
        if !verdict.counts() && !counting.counts_all_the_same(&verdict, result, (dry_run, invocation)).await? {
            return Ok(());
        }
        if counting.goes_too_fast(result, (dry_run, invocation)).await? {
            return Ok(());
        }
        let counted =
            if dry_run { counting.pretend(invocation.now).await? } else { counting.write(invocation).await? };
        match counted.counted {
            Counted::Duplicate { differs, .. } => result.repeats(differs),
            Counted::New { .. } | Counted::Unchanged(_) | Counted::TooMany(_) => result.counted_new = true,
        }
        result.outcomes.extend(counting.outcomes(&counted, dry_run, invocation).await?);
        Ok(())
    }

    /// The user's progress towards a moment of the campaign.
    fn key(&self, moment: &MomentId) -> Key {
        let (app, campaign) = (self.campaign.app_id.clone(), self.campaign.campaign_id.clone());
        let variant = if self.test { Key::TestProgress } else { Key::Progress };
        variant(app, self.event.user_id.clone(), campaign, moment.clone())
    }

    fn held_out(&self) -> bool {
        !self.test && assignment::is_held_out(self.campaign, &self.event.user_id)
    }

    /// What the table knows about an event that does not count by what is known without it. One that was counted before is a
    /// repetition, whatever a rule says of it today; and who holds a reward of the moment that is closed to newcomers goes on.
    /// `true` if the event counts after all; otherwise its outcome is in the result.
    async fn counts_all_the_same(
        &self,
        verdict: &Verdict,
        result: &mut Result,
        (dry_run, invocation): (bool, &Invocation),
    ) -> std::result::Result<bool, Error> {
        let Some((count, arm)) = self.unless_repeated(verdict, result, (dry_run, invocation)).await? else {
            return Ok(false);
        };
        if arm.is_some() && self.judge(arm.as_ref(), invocation).await?.counts() {
            return Ok(true);
        }
        let kind = if verdict.is_live() { OutcomeKind::NotEligible } else { OutcomeKind::CampaignNotLive };
        if kind == OutcomeKind::NotEligible {
            self.note_refusal(&verdict.reasons(), dry_run, invocation).await;
        }
        result.outcomes.push(Outcome::new(self.campaign, self.moment, kind, count, verdict.reasons()));
        Ok(false)
    }

    /// The user's count, and which reward is the user's; `None` if the event was counted before: then its outcome is in the result.
    pub(crate) async fn unless_repeated(
        &self,
        verdict: &Verdict,
        result: &mut Result,
        (dry_run, invocation): (bool, &Invocation),
    ) -> std::result::Result<Option<(u64, Option<RewardGroupId>)>, Error> {
        let stored = progress::get(&self.environment.store, &self.key(&self.moment.moment_id)).await?;
        let (count, arm) = stored.as_ref().map_or((0, None), |stored| (stored.counted, stored.arm.clone()));
        let repeated = stored.and_then(|stored| stored.repeated(&self.event.event_id, self.event.content));
        if let Some(counted @ Counted::Duplicate { differs, .. }) = repeated.filter(|_| verdict.is_live()) {
            let repeated = Recorded { counted, arm };
            result.repeats(differs);
            result.outcomes.extend(self.outcomes(&repeated, dry_run, invocation).await?);
            return Ok(None);
        }
        Ok(Some((count, arm)))
    }

    /// Judges the user and the event. The progress is read only where a rule asks for it.
    async fn judge(
        &self,
        held: Option<&RewardGroupId>,
        invocation: &Invocation,
    ) -> std::result::Result<Verdict, Error> {
        let Self { environment, catalog, campaign, moment, event, told, .. } = *self;
        let needs_progress = |rule| CompiledRule::of(rule).needs().is_some_and(|needs| needs.progress);
        let counted = if campaign.rules_of(moment).any(needs_progress) {
            let stored = progress::get(&environment.store, &self.key(&moment.moment_id)).await?;
            stored.map_or(0, |stored| stored.counted)
        } else {
            0
        };
        let occasion = Occasion {
            occurred_at: self.occurred_at,
            quantity: event.quantity,
            attributes: event.attributes.as_ref(),
            counted,
            fingerprints: Some(&event.fingerprints),
            ..Occasion::now(invocation.now, self.test)
        };
        let assigned = self.assigned(occasion).await?;
        let occasion = Occasion { assigned, held, ..occasion };
        let arms = catalog.arms(moment, None);
        Ok(eligibility::judge(campaign, moment, &arms, told.subject(), occasion))
    }

    /// Of the campaign's moments that are arms, the user's. Where the user has begun is asked only where it matters.
    async fn assigned(&self, occasion: Occasion<'_>) -> std::result::Result<Option<&MomentId>, Error> {
        if self.moment.weight.is_none() {
            return Ok(None);
        }
        let (campaign, user) = (self.campaign, &self.event.user_id);
        let segments =
            eligibility::segments_of(campaign, &eligibility::facts(self.moment, self.told.subject(), occasion));
        let begun = if assignment::depends_on_progress(campaign, user, &segments) {
            progress::begun(&self.environment.store, &self.key(&self.moment.moment_id)).await?
        } else {
            Vec::new()
        };
        Ok(assignment::moment_arm(campaign, user, &segments, |moment| begun.contains(moment)))
    }

    fn happened(&self) -> Happened {
        let zone = self.told.subject().time_zone.or(self.campaign.time_zone).unwrap_or(TimeZone::UTC);
        Happened { at: self.occurred_at, zone, quantity: self.counts_as() }
    }

    async fn write(&self, invocation: &Invocation) -> std::result::Result<Recorded, Error> {
        let subject = self.told.subject();
        let arms = self.catalog.arms(self.moment, None);
        // Of a single one that is for everybody, nobody has to remember which it was.
        let matters = arms.len() > 1 || arms.iter().any(|arm| !arm.reward.segments.is_empty());
        let assigned = outcome::assign(self.earned(0, 0, None), &arms, invocation.now);
        let assigned = assigned.map(|arm| &arm.reward.reward_group_id);
        let kept = self.guarded().kept(&self.campaign.guards);
        let step = Step {
            key: &self.key(&self.moment.moment_id),
            moment: self.moment,
            event_id: &self.event.event_id,
            content: self.event.content,
            happened: self.happened(),
            held_out: self.held_out(),
            marketplace: subject.marketplace,
            locale: subject.locale,
            arm: assigned.filter(|_| matters),
            fingerprints: kept.as_ref(),
            review: self.campaign.guards.review.is_some().then_some(self.review),
        };
        let recorded = progress::count(&self.environment.store, step, invocation.now).await?;
        if let Counted::New { before, after, first } = recorded.counted
            && !self.test
        {
            let earned_before = self.moment.earned(before);
            let earned = self.moment.earned(after).saturating_sub(earned_before);
            invocation.metrics.counted(earned);
            let mut figures = Vec::new();
            if first {
                figures.push((Figure::Participants, 1));
            }
            // Whatever else is completed ends in a reward, which is counted by itself, or closed, which is seen later.
            if self.held_out() && earned > 0 {
                figures.push((Figure::Completions, i64::from(earned)));
                figures.extend((earned_before == 0).then_some((Figure::Completers, 1)));
            }
            self.tally(recorded.arm.as_ref().or(assigned), &figures, invocation).await;
        }
        Ok(recorded)
    }

    /// Adds to the campaign's funnel.
    async fn tally(&self, arm: Option<&RewardGroupId>, figures: &[(Figure, i64)], invocation: &Invocation) {
        if figures.is_empty() {
            return;
        }
        let Self { environment, campaign, .. } = self;
        let held_out = self.held_out();
        let cell = Cell {
            moment: self.moment.moment_id.clone(),
            group: None,
            arm: arm.filter(|_| !held_out).cloned(),
            marketplace: self.told.subject().marketplace.map(str::to_owned),
            held_out,
        };
        let of = (&campaign.app_id, &campaign.campaign_id);
        let at = (campaign.day(invocation.now), &cell);
        reports::tally(&environment.store, &environment.report, of, at, figures).await;
    }

    /// What counting would come to, without writing.
    async fn pretend(&self, now: Timestamp) -> std::result::Result<Recorded, Error> {
        let stored = progress::get(&self.environment.store, &self.key(&self.moment.moment_id)).await?;
        let first = stored.is_none();
        let stored = stored.unwrap_or_default();
        let before = stored.counted;
        let repeated = stored.repeated(&self.event.event_id, self.event.content);
        let counted = repeated.unwrap_or_else(|| match stored.counted_with(self.moment, self.happened()) {
            _ if stored.is_full(now) => Counted::TooMany(before),
            Some(after) if after != before || first || self.moment.needs_history() => {
                Counted::New { before, after, first }
            }
            _ => Counted::Unchanged(before),
        });
        Ok(Recorded { counted, arm: stored.arm })
    }

    fn counts_as(&self) -> u64 {
        if self.moment.count == Count::Events { 1 } else { self.event.quantity }
    }

    fn earned<'a>(&'a self, occurrence: u32, count: u64, arm: Option<&'a RewardGroupId>) -> Earned<'a> {
        let (campaign, moment, subject) = (self.campaign, self.moment, self.told.subject());
        Earned {
            campaign,
            moment,
            subject,
            occurrence,
            completes: false,
            count,
            arm,
            wanted: None,
            is_unseen: false,
            guarded: self.guarded(),
        }
    }

    /// One outcome, or one per reward where an event earned several at once.
    async fn outcomes(
        &self,
        recorded: &Recorded,
        dry_run: bool,
        invocation: &Invocation,
    ) -> std::result::Result<Vec<Outcome>, Error> {
        let (before, count) = match recorded.counted {
            Counted::New { before, after, .. } => (before, after),
            Counted::Duplicate { count, .. } | Counted::Unchanged(count) => (count, count),
            Counted::TooMany(count) => return Ok(vec![self.too_many(count, dry_run, invocation).await]),
        };
        let is_new = matches!(recorded.counted, Counted::New { .. });
        let (earned_before, earned) = (self.moment.earned(before), self.moment.earned(count));
        if earned == 0 || (earned == earned_before && is_new) {
            return Ok(vec![Outcome::new(self.campaign, self.moment, OutcomeKind::InProgress, count, Vec::new())]);
        }
        let first_new = if is_new { earned_before + 1 } else { earned };
        let mut outcomes = Vec::new();
        for occurrence in first_new..=earned {
            let already = earned == earned_before;
            let earned = Earned { completes: !already, ..self.earned(occurrence, count, recorded.arm.as_ref()) };
            let outcome = self.outcome(earned, already, dry_run, invocation).await?;
            if is_new && outcome.outcome == OutcomeKind::NotEligible && !self.test && !dry_run {
                let mut closed = vec![(Figure::Completions, 1), (Figure::Closed, 1)];
                closed.extend((occurrence == 1).then_some((Figure::Completers, 1)));
                // Of a single reward nobody has noted that it was assigned.
                let only = self.moment.rewards.first().filter(|_| self.moment.rewards.len() == 1);
                let arm = recorded.arm.as_ref().or(only.map(|only| &only.reward_group_id));
                self.tally(arm, &closed, invocation).await;
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    async fn outcome(
        &self,
        earned: Earned<'_>,
        already: bool,
        dry_run: bool,
        invocation: &Invocation,
    ) -> std::result::Result<Outcome, Error> {
        let Self { environment, catalog, campaign, moment, event, told, .. } = *self;
        let rewardable = !self.held_out();
        if (already || dry_run) && rewardable && !self.test {
            // A repetition: what the first answer said, for one read. Only if a crash kept it from being written is
            // there something to do. A dry run cannot claim, so it looks for what a claim would find.
            let place = (&campaign.campaign_id, &moment.moment_id);
            let user = (&campaign.app_id, &event.user_id);
            if let Some(reward) = rewards::get(&environment.store, user, place, earned.occurrence).await? {
                // A dry run writes nothing, so it shows what has been shown before and no more.
                let earned = Earned { is_unseen: dry_run, ..earned };
                return outcome::existing(environment, catalog, earned, reward, invocation.now).await;
            }
        }
        if self.test {
            return Ok(outcome::rehearse(catalog, earned, already, invocation.now));
        }
        // The language of the answer, and later of the push: only now, once per reward, is it worth a read.
        let (locale, attributes) = told.reader(environment, &campaign.app_id).await?;
        let attributes = attributes.as_ref().or(earned.subject.attributes);
        let subject = Subject { locale: locale.as_deref(), attributes, ..earned.subject };
        let earned = Earned { subject, ..earned };
        if dry_run {
            return outcome::foresee(environment, catalog, earned, invocation.now).await;
        }
        let outcome = outcome::award(environment, catalog, earned, invocation).await?;
        if let Some(reason) = outcome.closed {
            progress::close(&environment.store, &self.key(&moment.moment_id), reason).await?;
        }
        Ok(outcome)
    }
}
