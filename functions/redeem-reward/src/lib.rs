//! Redemption: the public link of a reward (`visit`), the app that presents the reward itself and the partner that confirms it
//! (`confirm`).

mod confirm;
mod preview;
mod redemption_page;
mod visit;

use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::id::RewardId;
use domain::reward::{Actor, Reward, RewardState};
use edge::http::{self, Request, Response};
use invocation::Invocation;
use jiff::{SignedDuration, Timestamp};
use rand::Rng as _;
use store::Environment;
use store::reward_changes::{self, Transition};
use store::rewards;
use tokio::time::Instant;

/// For how long after a reward was made the index may not show it yet.
const INDEX_LAG: SignedDuration = SignedDuration::from_secs(5);

/// How long to wait before looking into the index again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Counters that a campaign's redemptions are spread over: each takes some hundred a second.
const REDEMPTION_COUNTERS: u16 = 16;

/// How often a redemption is tried to be recorded, and how long to wait after the first time.
const ATTEMPTS: u32 = 5;
const TRY_AGAIN: Duration = Duration::from_millis(20);

/// Answers one request.
pub async fn handle(
    environment: &Environment,
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
) -> Result<Response, Error> {
    let request = Request::from(event);
    let answer = async {
        match request.route() {
            "GET /r/{reward_id}" | "HEAD /r/{reward_id}" => visit::answer(environment, &request, &invocation).await,
            "POST /v1/rewards/{reward_id}/redeem" => confirm::by_app(environment, &request, &invocation).await,
            "POST /v1/rewards/{reward_id}/redeemed" => confirm::by_partner(environment, &request, &invocation).await,
            route => Err(Error::not_found("route", route)),
        }
    };
    let mut response = http::answer(&environment.rate_limits, &request, &invocation, answer).await;
    if preview::is_head(&request) {
        response.body = None;
    }
    Ok(response)
}

/// The reward of that id, with what the table says of it now.
async fn find(
    environment: &Environment,
    reward_id: &RewardId,
    invocation: &Invocation,
) -> Result<Option<Reward>, Error> {
    // The index follows the table by a moment, and a user may tap the link at once: a young id is looked up again, and any
    // other once more, because a reward that was waited for has an old id and may have been awarded just now. Only an id that
    // the campaign gave out is worth the wait: anybody can make one up, without a key, and would hold the environment.
    let age = invocation.now.duration_since(reward_id.created_at());
    let looks = if age.abs() < INDEX_LAG { 5 } else { 2 };
    for look in 1..=looks {
        if let Some(at) = rewards::find(&environment.store, reward_id).await? {
            return rewards::get_found(&environment.store, reward_id, &at).await;
        }
        if look == looks || !environment.catalogs.gave_out(&environment.store, reward_id, invocation.now).await? {
            break;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(None)
}

/// What asking for a redemption came to: the reward as it stands after it, and whether it was this that redeemed it.
struct Redemption {
    reward: Reward,
    is_new: bool,
}

/// Redeems a reward that can be, once, whoever asks how often; any other stays as it is. A merchant's word is recorded beside a
/// redemption that was there before. Two at once may meet at the reward: the later one looks again and finds it redeemed.
async fn redeem(
    environment: &Environment,
    mut reward: Reward,
    by: Actor,
    reason: Option<String>,
    invocation: &Invocation,
) -> Result<Redemption, Error> {
    let (store, now) = (&environment.store, invocation.now);
    let (mut attempts, mut was_lost) = (0, false);
    loop {
        let open = reward.state == RewardState::Awarded && !reward.is_expired(now);
        let confirms = by == Actor::Partner && reward.state == RewardState::Redeemed && !reward.is_confirmed();
        if !open && !confirms {
            let is_ours = was_lost && was_redeemed(&reward, &by, now);
            return Ok(Redemption { reward, is_new: is_ours });
        }
        attempts += 1;
        let counter = store.random().random_range(0..REDEMPTION_COUNTERS);
        let (by, reason) = (by.clone(), reason.clone());
        let transition = Transition { counter, reason, ..Transition::new(RewardState::Redeemed, now, by) };
        match reward_changes::advance(store, &reward, &transition).await {
            Ok(Some(reward)) => {
                let id = &reward.reward_id;
                tracing::info!(
                    app.id = %id.app(), campaign.id = %id.campaign(), reward.fingerprint = id.fingerprint(),
                    reward.by = ?transition.by, "reward redeemed"
                );
                return Ok(Redemption { is_new: open, reward });
            }
            Ok(None) if attempts < ATTEMPTS => {
                let gone = || Error::not_found("reward", "of that id");
                let id = reward.reward_id.clone();
                reward = rewards::get_found(store, &id, &rewards::key(&reward)).await?.ok_or_else(gone)?;
            }
            Err(Error::Unavailable(cause)) if attempts < ATTEMPTS && Instant::now() < invocation.deadline => {
                // It may have been written all the same, unless it met another one.
                was_lost |= cause != reward_changes::CONFLICT;
                tokio::time::sleep(TRY_AGAIN * attempts).await;
            }
            Ok(None) => return Err(Error::Unavailable("redeem: the reward keeps changing".into())),
            Err(error) => return Err(error),
        }
    }
}

/// Whether it was first redeemed by that hand at that time.
fn was_redeemed(reward: &Reward, by: &Actor, at: Timestamp) -> bool {
    let first = reward.changes.iter().find(|change| change.state == RewardState::Redeemed);
    first.is_some_and(|change| change.by == *by && change.at.as_millisecond() == at.as_millisecond())
}
