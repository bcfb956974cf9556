//! `GET /r/{reward_id}`: the public link of a reward. The first visit is recorded as the redemption, every visit leads on to the
//! reward. Whoever only looks what the link is (`preview`) is led on and recorded nowhere. What leads nowhere any more says so
//! on a small page, in the user's language.

use domain::Error;
use domain::id::RewardId;
use domain::reward::group::RewardKind;
use domain::reward::{Actor, Reward, RewardState};
use edge::http::{self, Request, Response};
use edge::problem;
use invocation::Invocation;
use jiff::Timestamp;
use store::Environment;
use store::reward_changes;

use crate::preview;
use crate::redemption_page::{self, Notice};

/// Answers a visit, whatever goes wrong, with something that a person can read.
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
            redemption_page::show(notice, locale.as_deref(), request)
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
    // The id is the key to the reward: it is not repeated, not even to whoever sent it.
    let unknown = || Error::not_found("reward", "of that id");
    let reward_id: RewardId = request.path_id("reward_id", "reward").map_err(|_| unknown())?;
    let mut reward = crate::find(environment, &reward_id, invocation).await?.ok_or_else(unknown)?;
    locale.clone_from(&reward.locale);
    if !preview::is_preview(request) {
        reward = crate::redeem(environment, reward, Actor::User, None, invocation).await?.reward;
    }
    let notice = match reward.state {
        RewardState::Waiting | RewardState::InReview => Notice::Unknown,
        RewardState::Voided => Notice::Voided,
        _ if reward.is_expired(invocation.now) => Notice::Expired,
        _ => return lead_on(environment, reward, invocation.now).await?.ok_or_else(unknown),
    };
    Ok(redemption_page::show(notice, locale.as_deref(), request))
}

/// To the reward's URL, or, of what is shipped, to where the user says where to and sees where it is. `None` if the reward was
/// taken back at this moment.
async fn lead_on(environment: &Environment, reward: Reward, now: Timestamp) -> Result<Option<Response>, Error> {
    if reward.kind == RewardKind::Physical {
        // Relative, so that it holds under whatever name the API is reached.
        return http::redirect(&format!("/r/{}/address", reward.reward_id.as_str())).map(Some);
    }
    // Whoever previews the link is shown where it leads: the URL is seen from here on.
    let seen = reward_changes::unseal(&environment.store, &reward, now).await?;
    seen.and_then(|seen| seen.shown_url(now).cloned()).map(|url| http::redirect(url.expose())).transpose()
}
