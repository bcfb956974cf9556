//! Checks a campaign's guards before anything happens: is there a place for another event, has the device or the
//! payment had its reward, and must an admin release it. Reads only.

use domain::Error;
use domain::campaign::Campaign;
use domain::campaign::guards::{Fingerprints, Limit, hash_of_user};
use domain::id::UserId;
use domain::secret::FingerprintHash;
use invocation::Invocation;
use rules::eligibility::{Check, CheckName};
use store::Environment;
use store::guards::{self, EventLimit};

/// Returns the checks that take a read; none if the campaign asks for none.
pub(crate) async fn checks(
    environment: &Environment,
    campaign: &Campaign,
    user: &UserId,
    fingerprints: &Fingerprints,
    invocation: &Invocation,
) -> Result<Vec<Check>, Error> {
    let mut checks = Vec::new();
    let velocity = campaign.guards.velocity;
    if let Some(limit) = velocity.per_user {
        let hash = hash_of_user(&campaign.app_id, user);
        checks.push(check_velocity(environment, campaign, "user", limit, &hash, invocation).await?);
    }
    if let Some((limit, hash)) = velocity.per_device.zip(fingerprints.device.as_ref()) {
        checks.push(check_velocity(environment, campaign, "device", limit, hash, invocation).await?);
    }
    for (kind, hash) in fingerprints.of(&campaign.guards) {
        let (store, app, of) = (&environment.store, &campaign.app_id, kind.as_str());
        let held = guards::held_by(store, app, &campaign.campaign_id, (kind, hash)).await?;
        let passed = held.is_none();
        let detail = if passed {
            format!("this {of} has had no reward of the campaign")
        } else {
            format!("this {of} has had its reward: the campaign gives one reward per {of}")
        };
        checks.push(Check { check: CheckName::OneRewardPer, passed, detail, of_event: true });
    }
    Ok(checks)
}

async fn check_velocity(
    environment: &Environment,
    campaign: &Campaign,
    of: &str,
    limit: Limit,
    hash: &FingerprintHash,
    invocation: &Invocation,
) -> Result<Check, Error> {
    let event_limit = EventLimit { app: &campaign.app_id, campaign: &campaign.campaign_id, of: hash, limit };
    let taken = guards::places_taken(&environment.store, event_limit, invocation.now).await?;
    let passed = taken < usize::try_from(limit.events).unwrap_or(usize::MAX);
    let Limit { events, within_minutes } = limit;
    let detail = format!("{taken} of {events} events of this {of} within {within_minutes} minutes");
    Ok(Check { check: CheckName::Velocity, passed, detail, of_event: true })
}

/// Shows if the reward would be held. The check passes either way: a review keeps nobody from earning it.
pub(crate) fn check_review(campaign: &Campaign, review: bool) -> Option<Check> {
    campaign.guards.review.as_ref()?;
    let detail = if review { "an admin has to release the reward" } else { "the reward is given at once" };
    Some(Check { check: CheckName::Review, passed: true, detail: detail.to_owned(), of_event: true })
}
