//! The line of users who wait for stock or budget, first in, first out. It is served when something is added (stock
//! loaded, a budget raised, a campaign resumed), and once more after a user joins: an index that lagged may have sent
//! the user there, or an environment that believed for some seconds too long that nothing was left.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::guards::Guarded;
use domain::campaign::{Campaign, CampaignState};
use domain::id::{AppId, CampaignId, RewardGroupId, RewardId};
use domain::reward::group::RewardGroup;
use domain::reward::{Reward, RewardState, WaitingReason};
use invocation::Invocation;
use jiff::{SignedDuration, Timestamp};
use rewarding::Environment;
use rewarding::claim::{self, ClaimRequest, Predecessor, TakeOver};
use store::catalogs;
use store::ledger::{self, Account};
use store::schema::Key;
use store::{places, progress, reward_groups, rewards};
use tokio::time::Instant;

/// Places of the line read from each shard at a time.
const READ: i32 = 25;

/// The time in which the index may not show new stock yet.
const INDEX_LAG: SignedDuration = SignedDuration::from_secs(10);

/// Serves the line of every campaign that awards the group, after stock was loaded or the group changed (it may cost
/// less now). Fails, to be called again, while somebody waits and the index may not show all of the stock.
pub(crate) async fn serve_group(
    environment: &Environment,
    app: &AppId,
    group: &RewardGroupId,
    restocked_at: Option<Timestamp>,
    invocation: &Invocation,
) -> Result<(), Error> {
    environment.allocator.look_again();
    let catalog = catalogs::current(&environment.store, app).await?;
    // Users who wait for another group may get this one instead.
    let gets = |waited_for: &RewardGroupId| {
        let mut substitutes =
            catalog.group(waited_for).into_iter().flat_map(|waited_for| catalog.substitutes(waited_for));
        waited_for == group || substitutes.any(|substitute| substitute.reward_group_id == *group)
    };
    let mut left = false;
    for campaign in &catalog.campaigns {
        let mut lines = catalog.groups_of_campaign(campaign);
        lines.retain(|group| gets(group));
        let line = Line { environment, catalog: &catalog, campaign, invocation };
        left |= line.serve(lines).await?;
    }
    if left { refuse_fresh(environment, restocked_at, invocation) } else { Ok(()) }
}

/// Fails while the index may not show all of the stock loaded at that time.
fn refuse_fresh(
    environment: &Environment,
    restocked_at: Option<Timestamp>,
    invocation: &Invocation,
) -> Result<(), Error> {
    if restocked_at.is_some_and(|at| invocation.now.duration_since(at).abs() < INDEX_LAG) {
        environment.allocator.look_again();
        return Err(Error::Unavailable("new stock may not be in the index yet".into()));
    }
    Ok(())
}

/// Finishes an admin's unfinished change of the ledger, and serves the line, after a campaign was suspended or resumed
/// or its budget raised.
pub(crate) async fn serve_campaign(
    environment: &Environment,
    app: &AppId,
    campaign: &CampaignId,
    invocation: &Invocation,
) -> Result<(), Error> {
    environment.allocator.look_again();
    let store = &environment.store;
    let catalog = catalogs::current(store, app).await?;
    let campaign = catalog.campaign(campaign)?;
    let budget = ledger::budget(store, &Account::whole(app, &campaign.campaign_id)).await?;
    let open = campaign.state == CampaignState::Approved;
    if budget.is_some_and(|budget| !budget.is_aligned(open)) {
        ledger::set_open(store, app, &campaign.campaign_id, campaign.slots, open, campaign.version).await?;
    }
    let line = Line { environment, catalog: &catalog, campaign, invocation };
    line.serve(catalog.groups_of_campaign(campaign)).await.map(|_| ())
}

/// Serves the line after a user joined, unless this environment has seen since the record came that nothing is left.
pub(crate) async fn look_once_more(
    environment: &Environment,
    joined: &Reward,
    got: Instant,
    invocation: &Invocation,
) -> Result<(), Error> {
    let (store, app) = (&environment.store, joined.reward_id.app());
    let mut catalog =
        environment.catalogs.with_moment(store, app, joined.campaign_id(), &joined.moment_id, invocation.now).await?;
    if catalog.campaign(joined.campaign_id())?.state != CampaignState::Approved {
        // It may have been resumed since, and the line served before this user joined.
        catalog = Arc::new(catalogs::current(store, app).await?);
    }
    let campaign = catalog.campaign(joined.campaign_id())?;
    let line = Line { environment, catalog: &catalog, campaign, invocation };
    let substitutes = line.substitutes(joined);
    let Some(request) = line.claim_request(joined, &substitutes) else { return Ok(()) };
    if environment.allocator.was_exhausted_since(request, got, invocation.now) {
        return Ok(());
    }
    environment.allocator.look_again();
    if !line.serve([&joined.reward_group_id].into()).await? {
        return Ok(());
    }
    // The line may have been served for new stock before the index showed all of it.
    let mut restocked_at = None;
    for group in std::iter::once(request.group).chain(substitutes.iter().copied()) {
        restocked_at = restocked_at.max(reward_groups::restocked_at(store, app, &group.reward_group_id).await?);
    }
    refuse_fresh(environment, restocked_at, invocation)
}

struct Line<'a> {
    environment: &'a Environment,
    catalog: &'a Catalog,
    campaign: &'a Campaign,
    invocation: &'a Invocation,
}

impl Line<'_> {
    /// Awards to users who wait for the groups, first in, first out, until nobody or nothing is left. Returns true if
    /// somebody still waits.
    async fn serve(&self, mut groups: BTreeSet<&RewardGroupId>) -> Result<bool, Error> {
        if self.campaign.state != CampaignState::Approved {
            return Ok(false);
        }
        let (mut left, mut progress) = (false, false);
        loop {
            let (mut served, mut stale) = (0, 0);
            for (_, at) in self.head(&groups).await? {
                if groups.is_empty() {
                    return Ok(true);
                }
                if Instant::now() >= self.invocation.deadline {
                    return self.hand_over(&groups, progress || served > 0).await;
                }
                // The index may show users who were served or erased since.
                let waiting = rewards::get_at(&self.environment.store, &at).await?;
                let Some(waiting) = waiting.filter(|reward| reward.state == RewardState::Waiting) else {
                    stale += 1;
                    continue;
                };
                if !groups.contains(&waiting.reward_group_id) {
                    continue;
                }
                let claim = match self.award(&waiting).await {
                    // Out of time in the middle of it. If it was committed all the same, the next invocation finds it
                    // so.
                    Err(Error::Unavailable(_)) if Instant::now() >= self.invocation.deadline => {
                        return self.hand_over(&groups, progress || served > 0).await;
                    }
                    claim => claim?,
                };
                match claim {
                    Some(TakeOver::Given(_)) => served += 1,
                    Some(TakeOver::Short(WaitingReason::Suspended)) => {
                        return Err(Error::Unavailable("the ledger of the resumed campaign is not open yet".into()));
                    }
                    Some(TakeOver::Short(_)) => {
                        groups.remove(&waiting.reward_group_id);
                        left = true;
                    }
                    Some(TakeOver::ShortForUser) => left = true,
                    Some(TakeOver::Closed(by)) => {
                        self.close(&waiting, by.reason()).await?;
                        // The line is shorter: read it again.
                        served += 1;
                    }
                    Some(TakeOver::Found(_) | TakeOver::Gone) | None => {}
                }
            }
            if served == 0 && stale > 0 {
                return Err(Error::Unavailable("the index shows who has been served; the rest is behind them".into()));
            }
            if served == 0 {
                return Ok(left);
            }
            progress = true;
        }
    }

    /// Reads the heads of the groups' lines as one line, first in first.
    async fn head(&self, groups: &BTreeSet<&RewardGroupId>) -> Result<Vec<(RewardId, Key)>, Error> {
        let (store, campaign) = (&self.environment.store, self.campaign);
        let mut line = Vec::new();
        for group in groups {
            line.extend(rewards::waiting_line(store, &campaign.app_id, &campaign.campaign_id, group, READ).await?);
        }
        line.sort_by_key(|(reward, _)| reward.created_at());
        Ok(line)
    }

    /// Leaves the rest of the line to another invocation. After progress it writes a record for that, so that a long
    /// line does not use up the retries of the first record.
    async fn hand_over(&self, groups: &BTreeSet<&RewardGroupId>, progress: bool) -> Result<bool, Error> {
        if !progress {
            return Err(Error::Unavailable("out of time for the rest of the line".into()));
        }
        for group in groups {
            reward_groups::serve_line(&self.environment.store, &self.campaign.app_id, group).await?;
        }
        Ok(false)
    }

    async fn award(&self, waiting: &Reward) -> Result<Option<TakeOver>, Error> {
        let substitutes = self.substitutes(waiting);
        let Some(request) = self.claim_request(waiting, &substitutes) else { return Ok(None) };
        let (store, allocator) = (&self.environment.store, &self.environment.allocator);
        let predecessor = Predecessor::Waiting(waiting);
        let result = claim::take_over(store, allocator, request, predecessor, self.invocation).await?;
        if let TakeOver::Given(reward) = &result
            && reward.state == RewardState::Awarded
        {
            tracing::info!(
                app.id = %self.campaign.app_id, campaign.id = %self.campaign.campaign_id,
                reward.fingerprint = reward.reward_id.fingerprint(), "reward awarded after waiting"
            );
        }
        Ok(Some(result))
    }

    /// Closes a completed moment that a cap or another reward leaves nothing for. First the progress, then the place in
    /// the line: a function that dies in between does both again.
    async fn close(&self, waiting: &Reward, reason: &str) -> Result<(), Error> {
        let (store, app) = (&self.environment.store, &self.campaign.app_id);
        if let Some(user) = &waiting.user_id {
            let place = (user, &waiting.moment_id, waiting.occurrence);
            places::close_prize(store, self.campaign, place, reason).await?;
            let (campaign, moment) = (self.campaign.campaign_id.clone(), waiting.moment_id.clone());
            progress::close(store, &Key::Progress(app.clone(), user.clone(), campaign, moment), reason).await?;
        }
        rewards::leave_line(store, waiting).await?;
        tracing::info!(
            app.id = %app, campaign.id = %self.campaign.campaign_id, moment.id = %waiting.moment_id,
            reward.fingerprint = waiting.reward_id.fingerprint(), reason,
            "what waited was ended"
        );
        Ok(())
    }

    /// Returns the groups that may be given instead.
    fn substitutes(&self, waiting: &Reward) -> Vec<&RewardGroup> {
        let group = self.catalog.group(&waiting.reward_group_id);
        group.map_or_else(Vec::new, |group| self.catalog.substitutes(group))
    }

    /// Returns the claim for a place in the line; `None` if its moment or group is gone.
    fn claim_request<'b>(
        &'b self,
        waiting: &'b Reward,
        substitutes: &'b [&'b RewardGroup],
    ) -> Option<ClaimRequest<'b>> {
        Some(ClaimRequest {
            campaign: self.campaign,
            moment: self.campaign.moment(&waiting.moment_id)?,
            group: self.catalog.group(&waiting.reward_group_id)?,
            substitutes,
            user_id: waiting.user_id.as_ref()?,
            occurrence: waiting.occurrence,
            locale: waiting.locale.as_deref(),
            marketplace: waiting.marketplace.as_deref(),
            is_unseen: true,
            guarded: Guarded { fingerprints: Some(&waiting.fingerprints), review: waiting.is_for_review },
            arm: waiting.arm.as_ref().unwrap_or(&waiting.reward_group_id),
            is_completed: waiting.is_completed,
            place: waiting.place,
        })
    }
}
