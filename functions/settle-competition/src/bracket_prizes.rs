//! Gives the prizes of a finished bracket, in the order of the places. A claim is idempotent by the reward's key, so a
//! repetition goes on with what a crash left.

use std::collections::HashSet;
use std::time::Duration;

use domain::Error;
use domain::campaign::assignment;
use domain::campaign::catalog::Catalog;
use domain::campaign::guards::Guarded;
use domain::campaign::{Campaign, Moment, Phase};
use domain::competition::bracket::{Matches, Placing};
use domain::competition::places::FinalPlace;
use domain::competition::{Competition, WindowId};
use domain::id::UserId;
use domain::instant::Sum as _;
use invocation::Invocation;
use jiff::SignedDuration;
use rewarding::Environment;
use rewarding::claim::{self, Claim, ClaimRequest};
use rules::eligibility::Subject;
use store::brackets::{self, BracketId, StoredBracket};
use store::{Store, competitors, users};
use tokio::time::Instant;

use crate::brackets_api::state_conflict;
use crate::results::Results;

/// The occurrence of the reward that a bracket gives.
const OCCURRENCE: u32 = 1;

/// Time that must be left to give a further prize.
const PRIZE_TAKES: Duration = Duration::from_secs(3);

/// The campaign that gives a bracket's prizes.
pub(crate) struct Prizes<'a> {
    catalog: &'a Catalog,
    campaign: &'a Campaign,
    competition: &'a Competition,
    moment: &'a Moment,
}

impl<'a> Prizes<'a> {
    /// Returns the prizes of a campaign. Fails with a 409 while it gives none.
    pub(crate) fn of(catalog: &'a Catalog, id: BracketId<'_>, invocation: &Invocation) -> Result<Self, Error> {
        let campaign = catalog.campaign(id.campaign)?;
        let (Some(competition), Some(moment)) = (&campaign.competition, campaign.moments.first()) else {
            return Err(Error::Internal("a bracket's campaign is no competition".into()));
        };
        if !matches!(campaign.phase(invocation.by_now()), Phase::Live | Phase::Finished) {
            let detail = "the campaign gives no prizes now: it has to be approved, begun and not suspended; finish the \
                          bracket then";
            return Err(state_conflict(detail));
        }
        Ok(Self { catalog, campaign, competition, moment })
    }

    /// Gives every prize that is not given yet. Returns the seeds that have one. One claim follows on the other: if a
    /// group runs short, its users stand in the line in the order of their places.
    pub(crate) async fn give(
        &self,
        environment: &Environment,
        id: BracketId<'_>,
        bracket: &StoredBracket,
        matches: &Matches,
        invocation: &Invocation,
    ) -> Result<HashSet<u16>, Error> {
        let shape = bracket.shape().ok_or_else(|| Error::Internal("a bracket finished without a shape".into()))?;
        let decisions = competitors::list(&environment.store, id.app, id.campaign).await?;
        let disqualified: HashSet<&UserId> = competitors::disqualified(&decisions).collect();
        let mut winners: Vec<(u16, u16)> = shape
            .placings(matches)
            .into_iter()
            .filter_map(|(seed, Placing { from, wins, .. })| wins.then_some((from, seed)))
            .collect();
        winners.sort_unstable();
        let mut given = HashSet::new();
        let mut claimed_at = bracket.finished_at.unwrap_or(invocation.now);
        for (rank, seed) in winners {
            let players = u64::from(shape.entrants());
            let Some(prize) = self.competition.prize_of(u64::from(rank), players) else { continue };
            let wins = |user: &&UserId| !disqualified.contains(user) && !assignment::is_held_out(self.campaign, user);
            let Some(user) = bracket.user(seed).filter(wins) else { continue };
            if Instant::now() + PRIZE_TAKES >= invocation.deadline {
                return Err(Error::Unavailable("the prizes are being given; finish again to go on".into()));
            }
            // The line is sorted by this time, to the millisecond.
            claimed_at = claimed_at.plus(SignedDuration::from_millis(1)).max(invocation.by_now());
            let place = FinalPlace { rank: u64::from(rank), of: players, score: None };
            if self.give_one(environment, id, prize, (seed, user), place, &invocation.at(claimed_at)).await? {
                given.insert(seed);
            }
        }
        Ok(given)
    }

    /// Gives the others their result, if the campaign has a text for it.
    pub(crate) async fn tell_others(
        &self,
        store: &Store,
        id: BracketId<'_>,
        bracket: &StoredBracket,
        matches: &Matches,
        winners: &HashSet<u16>,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let Some(results) = Results::of(store, self.campaign, WindowId::Campaign) else { return Ok(()) };
        let shape = bracket.shape().ok_or_else(|| Error::Internal("a bracket finished without a shape".into()))?;
        let decisions = competitors::list(store, id.app, id.campaign).await?;
        let disqualified: HashSet<&UserId> = competitors::disqualified(&decisions).collect();
        let others: Vec<(u16, FinalPlace)> = shape
            .placings(matches)
            .into_iter()
            .filter(|(seed, _)| !winners.contains(seed))
            .map(|(seed, Placing { from, .. })| {
                (seed, FinalPlace { rank: u64::from(from), of: u64::from(shape.entrants()), score: None })
            })
            .collect();
        let told = |user: &&UserId| !disqualified.contains(user) && !assignment::is_held_out(self.campaign, user);
        let result = |(seed, place): &(u16, FinalPlace)| Some((bracket.user(*seed).filter(told)?.clone(), *place));
        let all: Vec<(UserId, FinalPlace)> = others.iter().filter_map(result).collect();
        results.give(&all, invocation).await
    }

    async fn give_one(
        &self,
        environment: &Environment,
        id: BracketId<'_>,
        prize: usize,
        (seed, user): (u16, &UserId),
        place: FinalPlace,
        invocation: &Invocation,
    ) -> Result<bool, Error> {
        let (store, moment) = (&environment.store, self.moment);
        let Some(prize) = self.competition.prizes.get(prize) else { return Ok(false) };
        let profile = users::profile(store, id.app, user).await?.unwrap_or_default();
        let known = Subject::of(user, &profile);
        let arms = self.catalog.arms(moment, Some(&prize.reward_group_id));
        let Some((arm, group)) = arms.first().and_then(|arm| Some((arm, arm.valid_in(known.marketplace)?))) else {
            tracing::warn!(
                app.id = %id.app, campaign.id = %id.campaign, bracket.seed = seed,
                "a prize is closed: no reward group is valid in the user's marketplace"
            );
            return Ok(false);
        };
        let request = ClaimRequest {
            campaign: self.campaign,
            moment,
            group,
            substitutes: &self.catalog.substitutes(group),
            user_id: user,
            occurrence: OCCURRENCE,
            locale: known.locale,
            marketplace: known.marketplace,
            is_unseen: true,
            // No event tells what a rule of the review asks, so the admin sees every prize.
            guarded: Guarded { fingerprints: None, review: self.campaign.guards.review.is_some() },
            arm: &arm.reward.reward_group_id,
            is_completed: true,
            place: Some(place),
        };
        let reward = match claim::claim(store, &environment.allocator, request, invocation).await? {
            Claim::Closed(by) => {
                tracing::warn!(
                    app.id = %id.app, campaign.id = %id.campaign, bracket.seed = seed, reason = by.reason(),
                    "a prize is closed"
                );
                return Ok(false);
            }
            Claim::Given(reward) | Claim::Found(reward) => reward,
        };
        // An erasure takes the user out of the bracket first, and then forgets the rewards that it finds. So either it
        // found this one, or the user is out of the bracket by now.
        let current = brackets::get(store, id).await?;
        if current.is_none_or(|current| current.user(seed) != Some(user)) {
            users::forget_prize(store, id.app, user, &reward).await?;
        }
        Ok(true)
    }
}
