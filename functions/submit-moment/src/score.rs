//! Counts an event towards a competition: one score, written once. A score that is answered `scored` is on the frozen
//! board, however long this environment was frozen between its write and its answer.

use domain::Error;
use domain::campaign::Campaign;
use domain::competition::{Bounds, Competition, Score};
use domain::reward::report::Figure;
use rewarding::outcome::{self, Outcome, OutcomeKind, ScoreView};
use rules::eligibility::Verdict;
use store::boards::{self, BoardId};
use store::progress::MOST_EVENTS;
use store::scores::{self, Counted, NewScore};

use crate::count::{Counting, Effect, MomentResult};

impl Counting<'_> {
    /// Counts the event towards the score of its window.
    pub(crate) async fn score(&self, competition: &Competition, verdict: &Verdict) -> Result<MomentResult, Error> {
        let (case, now) = (self.case, self.invocation.now);
        let window = competition.window_at(case.campaign, self.occurred_at);
        let refused = |outcome| Ok(MomentResult { effect: None, outcomes: vec![outcome] });
        let kept = self.guarded().kept(&case.campaign.guards);
        let new = NewScore {
            campaign: case.campaign,
            moment: case.moment,
            competition,
            window,
            user: &self.event.user_id,
            event_id: &self.event.event_id,
            content: self.event.content,
            quantity: self.event.quantity,
            at: self.occurred_at,
            in_test: case.stakes.in_test,
            held_out: case.is_held_out(),
            marketplace: case.user.marketplace,
            locale: case.user.locale,
            fingerprints: kept.as_ref(),
            review: case.campaign.guards.review.is_some().then_some(self.review),
        };
        if !case.stakes.in_test && verdict.is_live() && now >= window.freezes_at {
            return refused(self.frozen(window));
        }
        if !verdict.counts() {
            // An event that was counted before is a repetition, whatever the verdict.
            if verdict.is_live()
                && let Some(repeated) = scores::repeated(&self.environment.store, &new).await?
            {
                return self.scored(window, repeated).await;
            }
            return refused(outcome::refuse(self.environment, case, verdict, now).await);
        }
        if let Some(reason) = self.unfit(competition) {
            return refused(self.not_eligible(0, reason).await);
        }
        if let Some(refused) = self.refuse_if_too_fast().await? {
            let repeated = scores::repeated(&self.environment.store, &new).await?;
            return match repeated {
                Some(repeated) => self.scored(window, repeated).await,
                None => Ok(refused),
            };
        }
        let store = &self.environment.store;
        let counted = if case.stakes.dry_run {
            scores::foresee(store, &new, now).await?
        } else {
            scores::count(store, &new, now).await?
        };
        self.scored(window, counted).await
    }

    /// The reason that the quantity is no score here, if it is none.
    fn unfit(&self, competition: &Competition) -> Option<String> {
        let quantity = self.event.quantity;
        if !self.event.has_quantity && competition.score != Score::Count && competition.score != Score::Sum {
            return Some("the event has no quantity, which is its score".to_owned());
        }
        let range = competition.score_range.filter(|range| !(range.min..=range.max).contains(&quantity))?;
        Some(format!("the quantity is {quantity}; scores from {} to {} count", range.min, range.max))
    }

    async fn scored(&self, window: Bounds, counted: Counted) -> Result<MomentResult, Error> {
        let case = self.case;
        let (kind, score, effect) = match counted {
            Counted::Scored { score, .. } => (OutcomeKind::Scored, score, Effect::New),
            Counted::Repeated { score, differs } => (OutcomeKind::Scored, score, Effect::Repeated { differs }),
            Counted::NotImproved(score) => (OutcomeKind::NotImproved, score, Effect::New),
            Counted::Disqualified(score) => (OutcomeKind::Disqualified, score, Effect::New),
            Counted::TooMany(_) => {
                let reason = format!("this user has sent {MOST_EVENTS} events for this score, the most within 8 days");
                let outcomes = vec![self.not_eligible(0, reason).await];
                return Ok(MomentResult { effect: Some(Effect::New), outcomes });
            }
        };
        if kind == OutcomeKind::Scored && !case.stakes.in_test && self.is_behind_the_fence(window).await? {
            return Ok(MomentResult { effect: Some(effect), outcomes: vec![self.frozen(window)] });
        }
        if case.stakes.is_real() && matches!(counted, Counted::Scored { first: true, .. }) {
            self.invocation.metrics.counted(0);
            self.tally(None, &[(Figure::Participants, 1)]).await;
        }
        let reasons = match kind {
            OutcomeKind::Disqualified => vec!["the user is disqualified in this competition".to_owned()],
            _ => Vec::new(),
        };
        let view = ScoreView { window: window.window, score: Some(score) };
        Ok(MomentResult { effect: Some(effect), outcomes: vec![Outcome::new(case, kind, reasons).with_score(view)] })
    }

    /// True if the board was frozen before the score was surely written. The clock is read after the write: before the
    /// window's end, no clock of ours can have frozen the board yet, because its grace is longer than clocks differ.
    async fn is_behind_the_fence(&self, window: Bounds) -> Result<bool, Error> {
        if self.invocation.by_now() < window.ends_at {
            return Ok(false);
        }
        let Campaign { app_id: app, campaign_id: campaign, .. } = self.case.campaign;
        let board = BoardId { app, campaign, window: window.window };
        Ok(boards::get(&self.environment.store, board).await?.is_some())
    }

    fn frozen(&self, window: Bounds) -> Outcome {
        let reason = format!("board_frozen: the board of {} took scores until {}", window.window, window.freezes_at);
        Outcome::new(self.case, OutcomeKind::CampaignNotLive, vec![reason])
    }
}
