//! Redemption: the public link of a reward (`visit`), the app that shows the reward itself and the partner that
//! confirms it (`confirm`).

mod confirm;
mod visit;

use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::reward::{Actor, Reward, RewardState};
use edge::http::{self, Request, Response};
use edge::preview;
use invocation::Invocation;
use jiff::Timestamp;
use rand::Rng as _;
use store::Environment;
use store::reward_changes::{self, Transition};
use store::rewards;
use tokio::time::Instant;

/// Counters over which a campaign's redemptions are spread: each takes some hundred a second.
const REDEMPTION_COUNTERS: u16 = 16;

/// The most attempts at recording a redemption, and the pause after the first one.
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

/// The result of a request to redeem: the reward as it stands after it, and whether this request redeemed it.
struct Redemption {
    reward: Reward,
    is_new: bool,
}

/// Redeems a reward once, however often callers ask. A reward that cannot be redeemed stays as it is. A merchant's
/// confirmation is recorded beside an earlier redemption. If two requests meet at the reward, the later one reads it
/// again and finds it redeemed.
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
                // The write may have happened all the same, unless it met another one.
                was_lost |= cause != reward_changes::CONFLICT;
                tokio::time::sleep(TRY_AGAIN * attempts).await;
            }
            Ok(None) => return Err(Error::Unavailable("redeem: the reward keeps changing".into())),
            Err(error) => return Err(error),
        }
    }
}

/// True if that actor redeemed it first, at that time.
fn was_redeemed(reward: &Reward, by: &Actor, at: Timestamp) -> bool {
    let first = reward.changes.iter().find(|change| change.state == RewardState::Redeemed);
    first.is_some_and(|change| change.by == *by && change.at.as_millisecond() == at.as_millisecond())
}
