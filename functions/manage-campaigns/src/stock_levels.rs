//! The stock of a reward group: how much is left, how fast it goes, and until when it lasts.

use domain::Error;
use domain::campaign::Campaign;
use domain::id::RewardGroupId;
use domain::instant::Sum as _;
use edge::http::{self, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::ledger::{self, Account};
use store::{Consistency, campaigns, codes, rewards};

use crate::RequestContext;

/// The longest time over which the burn rate is measured.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(24);

/// The shortest time over which it is measured: a burst of seconds says nothing about the hours to come.
const AT_LEAST: SignedDuration = SignedDuration::from_mins(1);

/// Rewards to read in each shard of a campaign. With more than that in a day, the rate is that of the latest.
const RECENT: i32 = 100;

#[derive(Serialize)]
struct StockView {
    reward_group_id: RewardGroupId,
    available: Option<u64>,
    claimed: u64,
    retired: u64,
    waiting: u64,
    burn_rate_per_hour: f64,
    runs_out_at: Option<Timestamp>,
    low_stock: bool,
}

/// The figures of one campaign for a group.
struct Taken {
    claimed: u64,
    waiting: u64,
    per_hour: f64,
}

pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    let group = crate::reward_groups::existing(context).await?;
    let (store, id, now) = (&context.environment.store, &group.reward_group_id, context.invocation.now);
    let catalog = campaigns::catalog(store, context.app, Consistency::Strong)
        .await?
        .ok_or_else(|| Error::not_found("app", context.app))?;
    // Includes campaigns that no longer award the group: what they have awarded of it stays counted.
    let approved = |campaign: &&Campaign| campaign.slots > 0;
    let mut taken = Vec::new();
    for campaign in catalog.campaigns.iter().filter(approved) {
        taken.push(taken_by(context, campaign, id).await?);
    }
    let (available, retired) = if group.has_stock() {
        let (available, retired) = codes::count(store, context.app, id).await?;
        (Some(available), retired)
    } else {
        (None, 0)
    };
    // (The sum of nothing is -0.)
    let per_hour = taken.iter().fold(0.0, |sum: f64, taken| sum + taken.per_hour);
    let low = |(left, threshold): (u64, u64)| left < threshold;
    Ok(http::json(
        200,
        &StockView {
            reward_group_id: id.clone(),
            available,
            claimed: taken.iter().map(|taken| taken.claimed).sum(),
            retired,
            waiting: taken.iter().map(|taken| taken.waiting).sum(),
            burn_rate_per_hour: (per_hour * 100.0).round() / 100.0,
            runs_out_at: available.and_then(|left| runs_out_at(left, per_hour, now)),
            low_stock: available.zip(group.low_stock_threshold).is_some_and(low),
        },
    ))
}

async fn taken_by(context: RequestContext<'_>, campaign: &Campaign, group: &RewardGroupId) -> Result<Taken, Error> {
    let (store, id, now) = (&context.environment.store, &campaign.campaign_id, context.invocation.now);
    let slots = ledger::slots(store, &Account::whole(context.app, id), campaign.slots).await?;
    let claimed = slots.iter().filter_map(|(_, slot)| slot.awarded_of.get(group)).sum();
    let waiting = rewards::count_waiting(store, context.app, id, group).await?;
    let since = now.minus(LOOKED_BACK);
    let (from, earned) = rewards::recent(store, context.app, id, since, RECENT).await?;
    // For a campaign that has just begun, only the time since its start counts.
    let from = from.max(campaign.starts_at.min(now));
    let hours = now.duration_since(from).max(AT_LEAST).as_secs_f64() / 3_600.0;
    #[expect(clippy::cast_precision_loss, reason = "a rate, of a few thousand at most")]
    let per_hour = earned.iter().filter(|earned| *earned == group).count() as f64 / hours;
    Ok(Taken { claimed, waiting, per_hour })
}

/// Returns when the stock runs out at that rate. Returns `None` if nothing goes, or if the time is beyond the calendar.
fn runs_out_at(left: u64, per_hour: f64, now: Timestamp) -> Option<Timestamp> {
    if per_hour <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let seconds = left as f64 / per_hour * 3_600.0;
    let lasts = SignedDuration::try_from_secs_f64(seconds.round()).ok()?;
    now.checked_add(lasts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stock_lasts_as_long_as_the_rate_says_and_for_ever_without_one() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(runs_out_at(30, 60.0, now), Some(now + SignedDuration::from_mins(30)));
        assert_eq!(runs_out_at(0, 1.0, now), Some(now));
        assert_eq!(runs_out_at(30, 0.0, now), None);
        assert_eq!(runs_out_at(u64::MAX, 0.000_1, now), None);
    }
}
