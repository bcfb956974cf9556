//! The keys of an app: each is shown once, when it is minted, and never again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::id::{KeyId, PartnerId};
use domain::identity::{Caller, Mode, Scope};
use domain::instant::Sum as _;
use domain::person::MintedBy;
use domain::secret::ApiKey;
use edge::fields::{FromField, Mistake, Value, Whole};
use edge::http::{self, List, Response};
use jiff::{SignedDuration, Timestamp};
use rewarding::Environment;
use serde::Serialize;
use store::keys::{self, KeyOwner, ListedKey, Rotated};

use crate::{RequestContext, apps};

/// Default time for which a rotated key goes on working: a day, to bring the new one everywhere.
const OVERLAP_SECONDS: i64 = 24 * 60 * 60;

struct ScopeField(Scope);

impl FromField for ScopeField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        match value.as_str() {
            Some("app") => Ok(Self(Scope::App)),
            Some("admin") => Ok(Self(Scope::Admin)),
            Some("partner") => Ok(Self(Scope::Partner)),
            _ => Err(Mistake("invalid_scope", "must be app, admin or partner".into())),
        }
    }
}

pub(crate) struct ModeField(pub(crate) Mode);

impl FromField for ModeField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        match value.as_str() {
            Some("live") => Ok(Self(Mode::Live)),
            Some("test") => Ok(Self(Mode::Test)),
            _ => Err(Mistake("invalid_mode", "must be live or test".into())),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct MintedKey {
    pub(crate) key_id: KeyId,
    pub(crate) key: ApiKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<PreviousKey>,
}

/// The key that a new one replaces.
#[derive(Serialize)]
pub(crate) struct PreviousKey {
    key_id: KeyId,
    expires_at: Timestamp,
}

#[derive(Serialize)]
struct KeyView {
    key_id: KeyId,
    scope: Scope,
    mode: Mode,
    partner: Option<PartnerId>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl From<ListedKey> for KeyView {
    fn from(ListedKey { caller, created_at, expires_at }: ListedKey) -> Self {
        let Caller { key_id, scope, mode, partner, .. } = caller;
        Self { key_id, scope, mode, partner, created_at, expires_at }
    }
}

/// Shows the key this once. A lost answer leaves a key that nobody knows, and a repetition mints another.
pub(crate) async fn mint(context: RequestContext<'_>) -> Result<Response, Error> {
    let (scope, mode, partner) = context.request.json(|fields| {
        let scope = fields.required::<ScopeField>("scope").map(|scope| scope.0);
        let mode = fields.required::<ModeField>("mode").map(|mode| mode.0);
        let named = fields.optional::<PartnerId>("partner");
        if matches!((scope, mode), (Some(Scope::Admin | Scope::Partner), Some(Mode::Test))) {
            fields.refuse(
                "mode",
                "invalid_mode",
                "must be live for scopes admin and partner: what they do is always real",
            );
        }
        let partner = match (scope?, named) {
            (Scope::Partner, None) => {
                fields.refuse(
                    "partner",
                    "required",
                    "is needed for scope partner: who claims and ships orders with this key?",
                );
                return None;
            }
            (Scope::App | Scope::Admin | Scope::Person | Scope::User, Some(_)) => {
                fields.refuse("partner", "invalid_partner", "is for scope partner alone");
                return None;
            }
            (_, named) => named,
        };
        Some((scope?, mode?, partner))
    })?;
    apps::existing(context).await?;
    let (key, key_id) = new_key(context.environment, mode)?;
    let minted_by = minted_by(context.request.caller()?)?;
    let caller = Caller { partner, minted_by, ..Caller::new(Some(context.app.clone()), scope, mode, key_id) };
    keys::mint(&context.environment.store, &key.hash(), &caller, context.invocation.now).await?;
    Ok(http::json(201, &MintedKey { key_id: caller.key_id, key, previous: None }))
}

/// Returns who is behind a key that the caller mints: a person, or an app's admin key. The operator is behind none.
pub(crate) fn minted_by(caller: &Caller) -> Result<MintedBy, Error> {
    let own_key = caller.app_id.is_some().then_some(&caller.key_id);
    caller.minted_by.with(caller.person.as_ref(), own_key).ok_or_else(too_many_behind)
}

fn too_many_behind() -> Error {
    let detail =
        format!("more than {} people and keys would be behind the key; have the operator mint it", MintedBy::MOST);
    Error::Conflict { code: "state_conflict", detail }
}

/// Makes a key and its public name.
pub(crate) fn new_key(environment: &Environment, mode: Mode) -> Result<(ApiKey, KeyId), Error> {
    let key = ApiKey::mint(mode, &mut *environment.store.random());
    let key_id = KeyId::try_from(format!("key_{}", URL_SAFE_NO_PAD.encode(&key.hash().0[..9])))
        .map_err(|error| Error::Internal(format!("key id: {error}")))?;
    Ok((key, key_id))
}

fn owner(context: RequestContext<'_>) -> KeyOwner {
    KeyOwner::App(context.app.clone())
}

pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    apps::existing(context).await?;
    let page = context.request.page()?;
    let after: Option<KeyId> = page.cursor_id()?;
    let (found, cursor) = keys::list(&context.environment.store, &owner(context), page.limit, after.as_ref()).await?;
    Ok(http::json(200, &List { data: found.into_iter().map(KeyView::from).collect(), cursor }))
}

/// Mints a key of the same scope, mode and partner; the old one goes on working for a while. A lost answer leaves a key
/// that nobody knows. A repetition mints another, and does not delay the end of the old key.
pub(crate) async fn rotate(context: RequestContext<'_>) -> Result<Response, Error> {
    let old: KeyId = context.request.path_id("key", "key")?;
    let overlap = context.request.json_or_nothing(|fields| {
        let overlap = fields.optional::<Whole<0, 2_592_000>>("overlap_seconds");
        Some(overlap.map_or(OVERLAP_SECONDS, |overlap| overlap.0))
    })?;
    let (store, now) = (&context.environment.store, context.invocation.now);
    let unknown = || Error::not_found("key", &old);
    let listed = keys::get(store, &owner(context), &old).await?.ok_or_else(unknown)?;
    if let Some(ended) = listed.expires_at.filter(|ends| *ends <= now) {
        let detail = format!("the key was rotated or revoked and ended at {ended}; mint a new one");
        return Err(Error::Conflict { code: "key_expired", detail });
    }
    let (key, key_id) = new_key(context.environment, listed.caller.mode)?;
    // The holder of the new key held the old one, so both count as one hand.
    let both = minted_by(context.request.caller()?)?.and(&minted_by(&listed.caller)?).ok_or_else(too_many_behind)?;
    let caller = Caller { key_id, minted_by: both, ..listed.caller };
    let until = now.plus(SignedDuration::from_secs(overlap));
    match keys::rotate(store, &owner(context), &old, &key.hash(), &caller, until, now).await? {
        Rotated::Until(expires_at) => {
            tracing::info!(app.id = %context.app, key.id = %old, key.replaced_by = %caller.key_id, "key rotated");
            let previous = Some(PreviousKey { key_id: old, expires_at });
            Ok(http::json(201, &MintedKey { key_id: caller.key_id, key, previous }))
        }
        Rotated::Unknown => Err(unknown()),
    }
}

/// Answers 204 once the key is gone. API Gateway may go on accepting it for up to 60 seconds.
pub(crate) async fn revoke(context: RequestContext<'_>) -> Result<Response, Error> {
    let key_id: KeyId = context.request.path_id("key", "key")?;
    if keys::revoke(&context.environment.store, &owner(context), &key_id, context.invocation.now).await? {
        tracing::info!(app.id = %context.app, key.id = %key_id, "key revoked");
        Ok(http::empty(204))
    } else {
        Err(Error::not_found("key", key_id))
    }
}
