//! Apps and their keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use shared::Error;
use shared::fields::{FromField, Mistake, Text, Value};
use shared::http::{self, Response};
use shared::id::{AppId, KeyId};
use shared::identity::{Caller, Mode, Scope};
use shared::secret::ApiKey;
use shared::store::apps::{self, App};
use shared::store::keys;

use crate::Desk;

#[derive(Serialize)]
struct AppView {
    app_id: AppId,
    name: String,
}

pub(crate) async fn put(desk: Desk<'_>) -> Result<Response, Error> {
    let name = desk.request.json(|fields| fields.required::<Text<200>>("name"))?.0;
    let public_url = desk.environment.own_url(desk.request.public_url());
    let app = App { app_id: desk.app.clone(), name, public_url };
    apps::put(&desk.environment.store, &app).await?;
    Ok(http::json(200, &AppView { app_id: app.app_id, name: app.name }))
}

pub(crate) async fn get(desk: Desk<'_>) -> Result<Response, Error> {
    let app = existing(desk).await?;
    Ok(http::json(200, &AppView { app_id: app.app_id, name: app.name }))
}

/// The app, or a 404 that names it.
pub(crate) async fn existing(desk: Desk<'_>) -> Result<App, Error> {
    apps::get(&desk.environment.store, desk.app).await?.ok_or_else(|| Error::not_found("app", desk.app))
}

struct ScopeField(Scope);

impl FromField for ScopeField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        match value.as_str() {
            Some("app") => Ok(Self(Scope::App)),
            Some("admin") => Ok(Self(Scope::Admin)),
            _ => Err(Mistake("invalid_scope", "must be app or admin".into())),
        }
    }
}

struct ModeField(Mode);

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
struct MintedKey {
    key_id: KeyId,
    key: ApiKey,
}

/// Shows the key this once. A lost answer leaves a key that nobody knows, and a repetition mints another.
pub(crate) async fn mint_key(desk: Desk<'_>) -> Result<Response, Error> {
    let (scope, mode) = desk.request.json(|fields| {
        let scope = fields.required::<ScopeField>("scope");
        let mode = fields.required::<ModeField>("mode");
        if matches!((&scope, &mode), (Some(ScopeField(Scope::Admin)), Some(ModeField(Mode::Test)))) {
            fields.refuse("mode", "invalid_mode", "must be live for scope admin: what an admin does is always real");
        }
        Some((scope?.0, mode?.0))
    })?;
    existing(desk).await?;
    let (key, caller) = new_key(desk, scope, mode)?;
    keys::mint(&desk.environment.store, &key.hash(), &caller, desk.invocation.now).await?;
    Ok(http::json(201, &MintedKey { key_id: caller.key_id, key }))
}

fn new_key(desk: Desk<'_>, scope: Scope, mode: Mode) -> Result<(ApiKey, Caller), Error> {
    let key = ApiKey::mint(mode, &mut *desk.environment.store.random());
    let key_id = KeyId::try_from(format!("key_{}", URL_SAFE_NO_PAD.encode(&key.hash().0[..9])))
        .map_err(|error| Error::Internal(format!("key id: {error}")))?;
    Ok((key, Caller { app_id: Some(desk.app.clone()), scope, mode, key_id }))
}

/// 204 once the key is gone. API Gateway may go on accepting it for up to 60 seconds.
pub(crate) async fn revoke_key(desk: Desk<'_>) -> Result<Response, Error> {
    let key_id: KeyId = desk.request.path_id("key", "key")?;
    if keys::revoke(&desk.environment.store, desk.app, &key_id).await? {
        Ok(http::empty(204))
    } else {
        Err(Error::not_found("key", key_id))
    }
}
