//! Looks a reward up for support, by its id or by the URL that a user complains about: who got it, when, and its
//! changes since.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::id::{CampaignId, MomentId, RewardGroupId, RewardId, UserId};
use domain::money::Money;
use domain::reward::credit::CreditView;
use domain::reward::group::RewardKind;
use domain::reward::order::OrderFacts;
use domain::reward::{Actor, Reward, RewardChange, RewardState, WaitingReason};
use domain::secret::RewardUrl;
use edge::fields::{FromField, Mistake, Value};
use edge::http::{self, List, Request, Response};
use invocation::Invocation;
use jiff::Timestamp;
use rewarding::Environment;
use serde::Serialize;
use store::{Consistency, Store, campaigns, codes, reviews, rewards};

use crate::RequestContext;
use crate::reward_groups::SupplyView;

/// The full record of a reward.
#[derive(Serialize)]
pub(crate) struct RewardRecord {
    reward_id: RewardId,
    user_id: Option<UserId>,
    campaign_id: CampaignId,
    moment_id: MomentId,
    occurrence: u32,
    reward_group_id: RewardGroupId,
    kind: RewardKind,
    state: RewardState,
    waiting_reason: Option<WaitingReason>,
    cost: Money,
    /// For a credit: how much the user may choose for, from what and where.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<CreditView>,
    url: Option<RewardUrl>,
    /// What a supplier makes when the user opens the link.
    supplier: Option<SupplyView>,
    /// When the supplier first made it, as far as that is known.
    supplied_at: Option<Timestamp>,
    earned_at: Timestamp,
    awarded_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    redeemed_at: Option<Timestamp>,
    /// True if nobody has seen the URL. An admin does not see it either, so that it can still go back to stock.
    sealed: bool,
    /// True if its money went back.
    refunded: bool,
    replaces: Option<RewardId>,
    replaced_by: Option<RewardId>,
    /// Its changes since it was earned, the earliest first.
    changes: Vec<ChangeView>,
}

/// One change of a reward, with its actor and its reason.
#[derive(Serialize)]
struct ChangeView {
    state: RewardState,
    at: Timestamp,
    by: Actor,
    reason: Option<String>,
    /// For a reward that is shipped: its partner and its carrier.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderFacts>,
}

impl From<RewardChange> for ChangeView {
    fn from(RewardChange { state, at, by, reason, order }: RewardChange) -> Self {
        Self { state, at, by, reason, order }
    }
}

impl RewardRecord {
    /// Shows a reward at `now`. Support sees the URL that a user has seen, also after the reward's end.
    pub(crate) fn new(reward: &Reward, now: Timestamp) -> Self {
        let reward = reward.as_of(now).into_owned();
        let credit = CreditView::of_reward(&reward, None);
        let supplier = SupplyView::of(&reward);
        Self {
            campaign_id: reward.campaign_id().clone(),
            reward_id: reward.reward_id,
            user_id: reward.user_id,
            moment_id: reward.moment_id,
            occurrence: reward.occurrence,
            reward_group_id: reward.reward_group_id,
            kind: reward.kind,
            state: reward.state,
            waiting_reason: reward.waiting_reason,
            cost: reward.cost,
            credit,
            url: reward.url.filter(|_| !reward.is_sealed),
            supplier,
            supplied_at: reward.supplied_at,
            earned_at: reward.earned_at,
            awarded_at: reward.awarded_at,
            expires_at: reward.expires_at,
            redeemed_at: reward.redeemed_at,
            sealed: reward.is_sealed,
            refunded: reward.is_refunded,
            replaces: reward.replaces,
            replaced_by: reward.replaced_by,
            changes: reward.changes.into_iter().map(ChangeView::from).collect(),
        }
    }
}

/// `GET /v1/rewards/{reward_id}`, for an admin of the reward's app.
pub(crate) async fn get(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let reward_id: RewardId =
        request.path_id("reward_id", "reward").map_err(|_| Error::not_found("reward", "of that id"))?;
    request.require_admin_of(reward_id.app())?;
    let found = find(&environment.store, &reward_id).await?;
    let found = found.ok_or_else(|| Error::not_found("reward", "of that id"))?;
    Ok(http::json(200, &RewardRecord::new(&found, invocation.now)))
}

/// `GET /v1/apps/{app}/users/{user_id}/rewards`, for support: the records of a user's rewards. Shows no URL that the
/// user has not seen, and marks none as seen.
pub(crate) async fn of_user(context: RequestContext<'_>) -> Result<Response, Error> {
    let user_id: UserId = context.request.path_id("user_id", "user")?;
    let page = context.request.page()?;
    let store = &context.environment.store;
    let (found, cursor) = rewards::list(store, context.app, &user_id, page.limit, page.cursor.as_deref()).await?;
    let data = found.iter().map(|reward| RewardRecord::new(reward, context.invocation.now)).collect();
    Ok(http::json(200, &List::<RewardRecord> { data, cursor }))
}

/// Returns the reward of that id, awarded, in review or waiting, as far as the index knows.
pub(crate) async fn find(store: &Store, reward_id: &RewardId) -> Result<Option<Reward>, Error> {
    // In this order: a reward that leaves the first list meanwhile enters the second.
    if let Some(at) = reviews::find(store, reward_id).await? {
        return rewards::get_found(store, reward_id, &at).await;
    }
    if let Some(at) = rewards::find(store, reward_id).await? {
        return rewards::get_found(store, reward_id, &at).await;
    }
    // A reward that waits is in the line of its group, and its id does not name the group.
    let Some(catalog) = campaigns::catalog(store, reward_id.app(), Consistency::Strong).await? else { return Ok(None) };
    let Ok(campaign) = catalog.campaign(reward_id.campaign()) else { return Ok(None) };
    for group in catalog.groups_of_campaign(campaign) {
        if let Some(at) = rewards::find_waiting(store, reward_id, group).await? {
            return rewards::get_found(store, reward_id, &at).await;
        }
    }
    Ok(None)
}

/// The record of a URL.
#[derive(Serialize)]
struct CodeRecord {
    url_hash: String,
    reward_group_id: RewardGroupId,
    state: CodeState,
    imported_at: Timestamp,
    claimed_at: Option<Timestamp>,
    retired_at: Option<Timestamp>,
    reward: Option<RewardRecord>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum CodeState {
    Available,
    Claimed,
    Retired,
}

/// The SHA-256 of a URL, as the table knows it.
struct UrlHash(String);

impl FromField for UrlHash {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        let is_hash = URL_SAFE_NO_PAD.decode(&text).is_ok_and(|bytes| bytes.len() == 32);
        let mistake =
            || Mistake("invalid_hash", "must be a SHA-256 in base64url without padding: 43 characters".into());
        is_hash.then_some(Self(text)).ok_or_else(mistake)
    }
}

/// The key of a lookup.
enum Asked {
    Url(RewardUrl),
    Hash(UrlHash),
}

/// Looks up by the URL in the body, never in a path, which may be logged on its way.
pub(crate) async fn look_up(context: RequestContext<'_>) -> Result<Response, Error> {
    let asked = context.request.json(|fields| {
        let url = fields.optional::<RewardUrl>("url");
        let hash = fields.optional::<UrlHash>("url_hash");
        if fields.value("url").is_some() == fields.value("url_hash").is_some() {
            fields.refuse("url", "required", "or url_hash is required, and not both");
        }
        url.map(Asked::Url).or(hash.map(Asked::Hash))
    })?;
    let store = &context.environment.store;
    let (asked, found) = match asked {
        Asked::Url(url) => (codes::hash(&url), codes::find(store, context.app, &url).await?),
        Asked::Hash(UrlHash(hash)) => {
            let code = codes::get(store, context.app, &hash).await?;
            (hash.clone(), code.map(|code| (hash, code)))
        }
    };
    let (url_hash, code) = found.ok_or_else(|| Error::not_found("URL", &asked))?;
    let state = match (&code.claimed_by, code.retired_at) {
        (Some(_), _) => CodeState::Claimed,
        (None, Some(_)) => CodeState::Retired,
        (None, None) => CodeState::Available,
    };
    let reward = match &code.claimed_by {
        Some(reward_id) => find(store, reward_id).await?.map(|found| RewardRecord::new(&found, context.invocation.now)),
        None => None,
    };
    let codes::Code { reward_group_id, imported_at, claimed_at, retired_at, .. } = code;
    Ok(http::json(200, &CodeRecord { url_hash, reward_group_id, state, imported_at, claimed_at, retired_at, reward }))
}
