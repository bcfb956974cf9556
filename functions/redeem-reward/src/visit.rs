//! `GET /r/{reward_id}`: the public link of a reward. The first visit is recorded as the redemption, and every visit is
//! redirected to the reward; a preview (`preview`) is redirected, too, and recorded nowhere. A link that leads nowhere
//! any more shows a small page with the reason, in the user's language.

use domain::Error;
use domain::id::RewardId;
use domain::reward::group::RewardKind;
use domain::reward::{Actor, Reward, RewardState};
use edge::http::{self, Request, Response};
use edge::preview;
use edge::problem;
use edge::reward_page::{self, Notice};
use invocation::Invocation;
use jiff::Timestamp;
use store::Environment;
use store::{reward_changes, reward_links};

/// Answers a visit with something that a person can read, even after a failure.
pub(crate) async fn answer(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let mut locale = None;
    let visited = invocation.whole_in_time(visit(environment, request, invocation, &mut locale)).await;
    let response = match visited {
        Ok(response) => response,
        Err(error) => {
            let problem = problem::report(&error, &invocation.request_id);
            let notice = if problem.status >= 500 { Notice::Busy } else { Notice::Unknown };
            reward_page::show(notice, locale.as_deref(), request)
        }
    };
    Ok(response)
}

async fn visit(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
    locale: &mut Option<String>,
) -> Result<Response, Error> {
    // The id is the key to the reward, so no answer repeats it, not even to its sender.
    let unknown = || Error::not_found("reward", "of that id");
    let reward_id: RewardId = request.path_id("reward_id", "reward").map_err(|_| unknown())?;
    let mut reward = reward_links::find(environment, &reward_id, invocation.now).await?.ok_or_else(unknown)?;
    locale.clone_from(&reward.locale);
    let is_preview = preview::is_preview(request);
    if !is_preview {
        reward = crate::redeem(environment, reward, Actor::User, None, invocation).await?.reward;
    }
    let notice = match reward.state {
        RewardState::Waiting | RewardState::InReview => Notice::Unknown,
        RewardState::Voided => Notice::Voided,
        _ if reward.is_expired(invocation.now) => Notice::Expired,
        // The page behind it orders the reward and may show a code: that is for its user alone.
        _ if is_preview && reward.supply.is_some() => Notice::Unopened,
        _ => return lead_on(environment, reward, invocation.now).await?.ok_or_else(unknown),
    };
    Ok(reward_page::show(notice, locale.as_deref(), request))
}

/// Redirects to the reward's URL. For a reward that a supplier makes, redirects to `supply-reward`, and for one that is
/// shipped to the page that asks for the address and shows the shipment. Returns `None` if the reward was taken back at
/// this moment.
async fn lead_on(environment: &Environment, reward: Reward, now: Timestamp) -> Result<Option<Response>, Error> {
    // Relative, so that these hold under every name of the API.
    if reward.supply.is_some() {
        return http::redirect(&format!("/r/{}/open", reward.reward_id.as_str())).map(Some);
    }
    if reward.kind == RewardKind::Physical {
        return http::redirect(&format!("/r/{}/address", reward.reward_id.as_str())).map(Some);
    }
    // A preview shows where the link leads, too: from here on, the URL counts as seen.
    let seen = reward_changes::unseal(&environment.store, &reward, now).await?;
    seen.and_then(|seen| seen.shown_url(now).cloned()).map(|url| http::redirect(url.expose())).transpose()
}
