//! `GET /r/{reward_id}`: the public link of a reward. The first visit is recorded as the redemption, every visit leads
//! on to the reward. Being the one public function, it also describes the API and answers for paths that are no route.

mod fallback;

use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::SignedDuration;
use rand::Rng as _;
use shared::http::{self, Request, Response};
use shared::id::RewardId;
use shared::reward::{Actor, Reward, RewardState};
use shared::store::reward_changes::{self, Transition};
use shared::store::rewards;
use shared::store::schema::Key;
use shared::{Environment, Error, Invocation};
use tokio::time::Instant;

/// What the whole API looks like.
const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// For how long after a reward was made the index may not show it yet.
const INDEX_LAG: SignedDuration = SignedDuration::from_secs(5);

/// How long to wait before looking into the index again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Counters that a campaign's redemptions are spread over: each takes some hundred a second.
const REDEMPTION_COUNTERS: u16 = 16;

/// How often a visit is tried to be recorded, and how long to wait after the first time.
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
            "GET /r/{reward_id}" => visit(environment, &request, &invocation).await,
            "GET /openapi.json" => Ok(http::text(200, "application/json", OPENAPI)),
            _ => Err(fallback::refuse(&request)),
        }
    };
    Ok(http::answer(environment, &request, &invocation, answer).await)
}

async fn visit(environment: &Environment, request: &Request, invocation: &Invocation) -> Result<Response, Error> {
    let reward_id: RewardId = request.path_id("reward_id", "reward")?;
    // The id is the key to the reward: it is not repeated, not even to whoever sent it.
    let unknown = || Error::not_found("reward", "of that id");
    let at = find(environment, &reward_id, invocation).await?.ok_or_else(unknown)?;
    let reward = rewards::get_found(&environment.store, &reward_id, &at).await?.ok_or_else(unknown)?;
    let expired = reward.expires_at.is_some_and(|expires_at| expires_at <= invocation.now);
    match (reward.state, &reward.url) {
        (RewardState::Awarded, Some(_)) if expired => {
            Err(Error::not_found("reward", "of that id any more: it expired"))
        }
        (RewardState::Awarded, Some(url)) => {
            // Whoever comes second, also at the same instant, finds it redeemed and is led on all the same.
            if redeem(environment, &reward, invocation).await? {
                tracing::info!(
                    app.id = %reward_id.app(), campaign.id = %reward_id.campaign(),
                    reward.fingerprint = reward_id.fingerprint(), "reward redeemed"
                );
            }
            http::redirect(url.expose())
        }
        (RewardState::Redeemed, Some(url)) => http::redirect(url.expose()),
        _ => Err(unknown()),
    }
}

/// Records the visit. Two visits at once may meet at the reward: then the later one tries again.
async fn redeem(environment: &Environment, reward: &Reward, invocation: &Invocation) -> Result<bool, Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let counter = environment.store.random().random_range(0..REDEMPTION_COUNTERS);
        let transition = Transition { counter, ..Transition::new(RewardState::Redeemed, invocation.now, Actor::User) };
        match reward_changes::advance(&environment.store, reward, &transition).await {
            Err(Error::Unavailable(_)) if attempts < ATTEMPTS && Instant::now() < invocation.deadline => {
                tokio::time::sleep(TRY_AGAIN * attempts).await;
            }
            result => return result.map(|redeemed| redeemed.is_some()),
        }
    }
}

/// The index follows the table by a moment, and a user may tap the link at once: a young id is looked up again, and any
/// other once more, because a reward that was waited for has an old id and may have been awarded just now.
async fn find(environment: &Environment, reward_id: &RewardId, invocation: &Invocation) -> Result<Option<Key>, Error> {
    let age = invocation.now.duration_since(reward_id.created_at());
    let looks = if age.abs() < INDEX_LAG { 5 } else { 2 };
    for look in 1..=looks {
        let found = rewards::find(&environment.store, reward_id).await?;
        if found.is_some() || look == looks {
            return Ok(found);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(None)
}
