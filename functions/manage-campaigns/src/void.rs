//! Takes a reward back, for fraud or because it was an error, and issues another one in its place. Its money goes back
//! unless it was redeemed, and its URL goes back unless somebody has seen it.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::guards::Guarded;
use domain::id::{RewardGroupId, RewardId, UserId};
use domain::readable::is_blank;
use domain::reward::{Actor, Reward, RewardChange, RewardState, WaitingReason};
use edge::fields::Fields;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use jiff::Timestamp;
use rewarding::Environment;
use rewarding::claim::{self, ClaimRequest, ClosedBy, Predecessor, TakeOver};
use serde::Serialize;
use store::catalogs;
use store::reward_changes::{self, Transition};
use store::{ledger, rewards, users};

use crate::rewards::{RewardRecord, find};

/// The most attempts at taking back a reward that changes meanwhile.
const ATTEMPTS: u32 = 5;

/// Changes of a reward after which no further note is recorded: an item has a bound. Without notes it has some ten.
const MOST_CHANGES: usize = 50;

fn too_many_notes() -> Error {
    let detail = format!("the reward is voided, and has {MOST_CHANGES} changes on record; no further note is recorded");
    Error::Conflict { code: "too_many_notes", detail }
}

/// The body of a request.
struct Body {
    reason: Reason,
    reward_group_id: Option<RewardGroupId>,
}

/// The reason why a reward is taken back.
struct Reason {
    /// The text to record: the reason, with the note.
    text: String,
    /// True if there is a note.
    is_noted: bool,
}

impl Reason {
    /// True if a voided reward already records this. A reason alone adds nothing; a note does, unless it is recorded.
    fn is_recorded(&self, voided: &Reward) -> bool {
        let says_so = |change: &RewardChange| change.reason.as_ref() == Some(&self.text);
        !self.is_noted || voided.changes.iter().any(says_so)
    }
}

/// Reads a body. `reason` is `fraud` or `error`; `note` explains more to later readers of the reward's changes.
fn body(fields: &mut Fields<'_>, replaces: bool) -> Option<Body> {
    let reason = fields.required::<String>("reason");
    if reason.as_ref().is_some_and(|reason| !matches!(reason.as_str(), "fraud" | "error")) {
        fields.refuse("reason", "invalid_reason", "must be fraud or error");
    }
    let note = fields.optional::<String>("note");
    let fits = |note: &String| {
        (1..=500).contains(&note.chars().count()) && !note.chars().any(char::is_control) && !is_blank(note)
    };
    if note.as_ref().is_some_and(|note| !fits(note)) {
        fields.refuse(
            "note",
            "invalid_text",
            "must be 1 to 500 characters that show something, without control characters",
        );
    }
    let reward_group_id = if replaces { fields.optional::<RewardGroupId>("reward_group_id") } else { None };
    let is_noted = note.is_some();
    let text = note.map_or(reason.clone(), |note| Some(format!("{}: {note}", reason?)));
    Some(Body { reason: Reason { text: text?, is_noted }, reward_group_id })
}

/// `POST /v1/rewards/{reward_id}/void`. A repetition changes nothing, but a new note is recorded beside the voiding.
pub(crate) async fn void(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let reward = named(environment, request).await?;
    let body = request.json(|fields| body(fields, false))?;
    let voided = take_back(environment, request, reward, body.reason, invocation).await?;
    Ok(http::json(200, &RewardRecord::new(&voided, invocation.now)))
}

/// Returns the reward in the path, for an admin of its app.
async fn named(environment: &Environment, request: &Request) -> Result<Reward, Error> {
    let reward_id: RewardId =
        request.path_id("reward_id", "reward").map_err(|_| Error::not_found("reward", "of that id"))?;
    request.require_admin_of(reward_id.app())?;
    find(&environment.store, &reward_id).await?.ok_or_else(|| Error::not_found("reward", "of that id"))
}

/// Returns the reward, voided now or before.
async fn take_back(
    environment: &Environment,
    request: &Request,
    mut reward: Reward,
    reason: Reason,
    invocation: &Invocation,
) -> Result<Reward, Error> {
    let store = &environment.store;
    let by = Actor::from(request.caller()?);
    for attempt in 1..=ATTEMPTS {
        // A reward that was used, or is on its way to the user, was paid for: its money is spent.
        let refund = match reward.state {
            RewardState::Voided if reason.is_recorded(&reward) => return Ok(reward),
            RewardState::Voided if reward.changes.len() >= MOST_CHANGES => return Err(too_many_notes()),
            RewardState::Voided => false,
            RewardState::InReview | RewardState::Awarded | RewardState::Expired => true,
            RewardState::Redeemed | RewardState::Ordered | RewardState::Returned | RewardState::Lost => false,
            state @ (RewardState::Waiting | RewardState::Shipped | RewardState::Delivered) => {
                let way_out = match state {
                    RewardState::Waiting => "it has nothing yet that could be taken back",
                    RewardState::Delivered => "the user has it",
                    _ => "return its order, or report it lost, first",
                };
                let detail = format!("the reward is {state}: {way_out}");
                return Err(Error::Conflict { code: "reward_state", detail });
            }
        };
        let to = Transition::new(RewardState::Voided, invocation.now, by.clone());
        let transition = Transition { refund, reason: Some(reason.text.clone()), ..to };
        match reward_changes::advance(store, &reward, &transition).await {
            Ok(Some(voided)) => {
                let id = &voided.reward_id;
                tracing::info!(
                    app.id = %id.app(), campaign.id = %id.campaign(), reward.fingerprint = id.fingerprint(),
                    reward.refunded = refund, "reward voided"
                );
                return Ok(voided);
            }
            // It was redeemed, shown or erased at this moment: its new state decides.
            Ok(None) => {
                let gone = || Error::not_found("reward", "of that id");
                let (id, at) = (reward.reward_id.clone(), rewards::key(&reward));
                reward = rewards::get_found(store, &id, &at).await?.ok_or_else(gone)?;
            }
            Err(Error::Unavailable(_)) => store.back_off(attempt).await,
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unavailable("void: the reward keeps changing".into()))
}

/// The result of a replacement: both rewards.
#[derive(Serialize)]
struct Replacement {
    outcome: ReplacementOutcome,
    voided: RewardRecord,
    /// Absent if there is nothing to give.
    reward: Option<RewardRecord>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ReplacementOutcome {
    Replaced,
    AlreadyReplaced,
    /// The old one is voided all the same. A repetition tries again.
    NothingLeft,
}

/// `POST /v1/rewards/{reward_id}/replace`: voids the reward, unless it is voided, and issues one in its place. A
/// repetition returns the same one, and finishes a call that ended in between.
pub(crate) async fn replace(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let reward = named(environment, request).await?;
    let body = request.json(|fields| body(fields, true))?;
    if let Some(by) = reward.replaced_by.clone() {
        return replaced(environment, &reward, &by, invocation.now).await;
    }
    let of_whom = |reward: &Reward| {
        let detail = "its user was erased: there is nobody to give another one to".to_owned();
        reward.user_id.clone().ok_or(Error::Conflict { code: "user_erased", detail })
    };
    of_whom(&reward)?;
    // A reward that is voided already keeps its recorded reason.
    let reason = Reason { is_noted: false, ..body.reason };
    let voided = take_back(environment, request, reward, reason, invocation).await?;
    let user_id = of_whom(&voided)?;
    let catalog = catalogs::current(&environment.store, voided.reward_id.app()).await?;
    let wanted = body.reward_group_id.unwrap_or_else(|| voided.reward_group_id.clone());
    let result = issue(environment, &catalog, &voided, &user_id, &wanted, invocation).await?;
    let reason = match result {
        TakeOver::Given(reward) => {
            let voided = Reward { replaced_by: Some(reward.reward_id.clone()), ..voided };
            return Ok(replacement(ReplacementOutcome::Replaced, &voided, Some(&reward), Vec::new(), invocation.now));
        }
        // An earlier attempt whose answer was lost has issued it, or another admin at the same moment.
        TakeOver::Found(found) if found.replaces.as_ref() == Some(&voided.reward_id) => {
            let voided = Reward { replaced_by: Some(found.reward_id.clone()), ..voided };
            let outcome = ReplacementOutcome::AlreadyReplaced;
            return Ok(replacement(outcome, &voided, Some(&found), Vec::new(), invocation.now));
        }
        TakeOver::Short(WaitingReason::NoStock) | TakeOver::ShortForUser => {
            format!("no URL of reward group {wanted} is in stock")
        }
        TakeOver::Short(WaitingReason::NoBudget) => "the campaign's budget does not cover another reward".to_owned(),
        TakeOver::Short(WaitingReason::DaySpent) => "what may be spent today is spent".to_owned(),
        TakeOver::Short(WaitingReason::Suspended) => "the campaign is suspended".to_owned(),
        TakeOver::Closed(ClosedBy::Cap(cap)) => format!("what may be spent on the {cap} is spent"),
        TakeOver::Closed(ClosedBy::Fingerprint(kind)) => format!("another reward has its {}", kind.as_str()),
        TakeOver::Found(_) | TakeOver::Gone => {
            return Err(Error::Unavailable("replace: the reward just changed".into()));
        }
    };
    Ok(replacement(ReplacementOutcome::NothingLeft, &voided, None, vec![reason], invocation.now))
}

/// Claims a reward of the wanted group in the place of the voided one.
async fn issue(
    environment: &Environment,
    catalog: &Catalog,
    voided: &Reward,
    user_id: &UserId,
    wanted: &RewardGroupId,
    invocation: &Invocation,
) -> Result<TakeOver, Error> {
    let store = &environment.store;
    let campaign = catalog.campaign(voided.campaign_id())?;
    let moment = catalog.moment(campaign, &voided.moment_id)?;
    let Some(group) = catalog.group(wanted).filter(|group| group.cpa.currency == campaign.budget.currency) else {
        let detail = "is no reward group of this app in the campaign's currency";
        return Err(Error::invalid("/reward_group_id", "unknown_group", detail));
    };
    let profile = users::profile(store, voided.reward_id.app(), user_id).await?.unwrap_or_default();
    let request = ClaimRequest {
        campaign,
        moment,
        group,
        substitutes: &[],
        user_id,
        occurrence: voided.occurrence,
        locale: profile.locale.as_deref().or(voided.locale.as_deref()),
        marketplace: profile.marketplace.as_deref().or(voided.marketplace.as_deref()),
        is_unseen: true,
        // It takes over the device and the payment, and an admin has just looked at it.
        guarded: Guarded { fingerprints: Some(&voided.fingerprints), review: false },
        arm: voided.arm.as_ref().unwrap_or(&voided.reward_group_id),
        is_completed: voided.is_completed,
        place: voided.place,
    };
    // The stock and the money that were just taken back may be all that there is. So the allocator and the ledgers look
    // again at what they have noted as used up, before the stream reports the refund and others get it.
    environment.allocator.look_again();
    if voided.is_refunded {
        for (account, _) in reward_changes::accounts(voided) {
            ledger::note_refund(store, &account).await?;
        }
    }
    claim::take_over(store, &environment.allocator, request, Predecessor::Voided(voided), invocation).await
}

/// Answers a repetition.
async fn replaced(
    environment: &Environment,
    voided: &Reward,
    by: &RewardId,
    now: Timestamp,
) -> Result<Response, Error> {
    let reward = find(&environment.store, by).await?;
    Ok(replacement(ReplacementOutcome::AlreadyReplaced, voided, reward.as_ref(), Vec::new(), now))
}

fn replacement(
    outcome: ReplacementOutcome,
    voided: &Reward,
    reward: Option<&Reward>,
    reasons: Vec<String>,
    now: Timestamp,
) -> Response {
    let voided = RewardRecord::new(voided, now);
    let reward = reward.map(|reward| RewardRecord::new(reward, now));
    http::json(200, &Replacement { outcome, voided, reward, reasons })
}
