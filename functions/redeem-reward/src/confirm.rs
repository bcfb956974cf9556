//! Redemptions that others record: the app that shows the reward itself (`POST …/redeem`, with its key), and the
//! merchant who has accepted it (`POST …/redeemed`, signed with the partner's secret).

use domain::Error;
use domain::id::{PartnerId, RewardId};
use domain::partner::{self, SignedCall};
use domain::reward::{Actor, Reward, RewardState, RewardView};
use edge::fields::Fields;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use jiff::Timestamp;
use serde::Serialize;
use store::Environment;
use store::{partners, reward_changes, reward_links};

use crate::Redemption;

/// The result of a redemption. None of these is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum RedeemOutcome {
    /// This request redeemed it.
    Redeemed,
    /// It was redeemed before, by this or another caller.
    AlreadyRedeemed,
    /// It is too late.
    Expired,
    /// It was taken back.
    Voided,
    /// There is nothing to redeem yet.
    Waiting,
    /// An admin has yet to release it.
    InReview,
}

fn outcome(redemption: &Redemption, now: Timestamp) -> RedeemOutcome {
    match redemption.reward.state {
        _ if redemption.is_new => RedeemOutcome::Redeemed,
        RewardState::Waiting => RedeemOutcome::Waiting,
        RewardState::InReview => RedeemOutcome::InReview,
        RewardState::Voided => RedeemOutcome::Voided,
        _ if redemption.reward.is_expired(now) => RedeemOutcome::Expired,
        _ => RedeemOutcome::AlreadyRedeemed,
    }
}

/// The answer to an app.
#[derive(Serialize)]
struct Redeemed {
    outcome: RedeemOutcome,
    redeemed_at: Option<Timestamp>,
    reward: RewardView,
}

/// `POST /v1/rewards/{reward_id}/redeem`: the app shows the reward to its user now.
pub(crate) async fn by_app(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let caller = request.caller()?;
    let app = caller.app()?;
    let rehearsal = request.mode()?.dry_run;
    let unknown = || Error::not_found("reward", "of that id");
    let reward_id: RewardId = request.path_id("reward_id", "reward").map_err(|_| unknown())?;
    caller.require_reward(&reward_id, unknown)?;
    let reward = reward_links::find(environment, &reward_id, invocation.now).await?.ok_or_else(unknown)?;
    let redemption = if rehearsal {
        rehearse(reward, invocation.now)
    } else {
        let by = Actor::from(caller);
        crate::redeem(environment, reward, by, None, invocation).await?
    };
    let outcome = outcome(&redemption, invocation.now);
    let reward = match rehearsal {
        true => redemption.reward,
        // A reward that was redeemed before, for example by a visit ahead of a tap, may still be unseen.
        false => {
            reward_changes::unseal(&environment.store, &redemption.reward, invocation.now).await?.ok_or_else(unknown)?
        }
    };
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    let view = RewardView::known(&reward, &catalog, environment.public_url.of(&catalog), invocation.now);
    Ok(http::json(200, &Redeemed { outcome, redeemed_at: reward.redeemed_at, reward: view }))
}

/// Returns the result that a redemption would have, without writing.
fn rehearse(reward: Reward, now: Timestamp) -> Redemption {
    let is_new = reward.state == RewardState::Awarded && !reward.is_expired(now);
    let redeemed = if is_new { (RewardState::Redeemed, Some(now)) } else { (reward.state, reward.redeemed_at) };
    Redemption { reward: Reward { state: redeemed.0, redeemed_at: redeemed.1, ..reward }, is_new }
}

/// The body of a partner's request.
struct Confirmation {
    /// Repeats the id in the path, so that the signature holds for this reward alone.
    reward_id: String,
    partner_id: PartnerId,
    reference: Option<String>,
}

fn confirmation(fields: &mut Fields<'_>) -> Option<Confirmation> {
    let reward_id = fields.required::<String>("reward_id");
    let partner_id = fields.required::<PartnerId>("partner_id");
    let reference = fields.optional::<String>("reference");
    let fits = |text: &String| (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
    if reference.as_ref().is_some_and(|text| !fits(text)) {
        fields.refuse("reference", "invalid_text", "must be 1 to 256 bytes without control characters");
    }
    Some(Confirmation { reward_id: reward_id?, partner_id: partner_id?, reference })
}

/// The answer to a partner. It says nothing that the partner does not know.
#[derive(Serialize)]
struct Confirmed {
    outcome: RedeemOutcome,
    redeemed_at: Option<Timestamp>,
}

/// `POST /v1/rewards/{reward_id}/redeemed`: the merchant has accepted the reward. A caller who cannot sign learns
/// nothing, not even whether the reward exists.
pub(crate) async fn by_partner(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let refused = || Error::BadSignature(partner::REFUSED);
    let body = request.bytes()?;
    let Confirmation { reward_id: signed_for, partner_id, reference } = request.json(confirmation)?;
    let reward_id: RewardId = request.path_id("reward_id", "reward").map_err(|_| refused())?;
    let header = |name| request.header(name).unwrap_or_default();
    let signed = SignedCall {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: &body,
    };
    signed.check(invocation.now).map_err(Error::BadSignature)?;
    let known = partners::get(&environment.store, reward_id.app(), &partner_id).await?.ok_or_else(refused)?;
    known.verify(&signed, invocation.now).map_err(Error::BadSignature)?;
    if signed_for != reward_id.as_str() {
        return Err(Error::invalid("/reward_id", "other_reward", "must be the reward of the path"));
    }
    let reward = reward_links::find(environment, &reward_id, invocation.now).await?;
    let reward = reward.ok_or_else(|| Error::not_found("reward", "of that id"))?;
    let reason = Some(reference.map_or_else(|| partner_id.to_string(), |of| format!("{partner_id}: {of}")));
    let redemption = crate::redeem(environment, reward, Actor::Partner, reason, invocation).await?;
    let outcome = outcome(&redemption, invocation.now);
    Ok(http::json(200, &Confirmed { outcome, redeemed_at: redemption.reward.redeemed_at }))
}
