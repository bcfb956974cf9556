//! Token keys: the keys with which an app's backend signs user tokens. A key never changes: an app puts another one
//! beside it, signs with that one, and deletes this one.

use domain::Error;
use domain::id::KeyId;
use domain::identity::Mode;
use domain::secret::TokenSecret;
use domain::user_token::{TokenKey, Verifier};
use edge::fields::{Fields, FromField, Mistake, Value};
use edge::http::{self, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::token_keys;
use user_tokens::public_key;

use crate::keys::ModeField;
use crate::{RequestContext, apps, page_of};

/// The most token keys of an app. Two admins who each add the last one at the same time may add one more.
const AT_MOST: usize = 20;

#[derive(Serialize)]
struct TokenKeyView {
    token_key_id: KeyId,
    algorithm: &'static str,
    mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_key: Option<String>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<TokenSecret>,
}

impl From<TokenKey> for TokenKeyView {
    fn from(TokenKey { token_key_id, mode, verifier, created_at, .. }: TokenKey) -> Self {
        let algorithm = verifier.algorithm();
        let public_key = match verifier {
            Verifier::Es256 { public_key } => Some(public_key),
            Verifier::Hs256 { .. } => None,
        };
        Self { token_key_id, algorithm, mode, public_key, created_at, secret: None }
    }
}

/// The algorithm of a key, with what the app gives for it.
#[derive(Debug, PartialEq)]
enum Asked {
    Es256(String),
    Hs256,
}

impl Asked {
    /// True if a stored key is what is asked for.
    fn is(&self, verifier: &Verifier) -> bool {
        match (self, verifier) {
            (Self::Es256(asked), Verifier::Es256 { public_key }) => asked == public_key,
            (Self::Hs256, Verifier::Hs256 { .. }) => true,
            _ => false,
        }
    }
}

struct PublicKeyField(String);

impl FromField for PublicKeyField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let pem = String::from_field(value)?;
        public_key::read(&pem).map(Self).map_err(|detail| Mistake("invalid_public_key", detail.to_owned()))
    }
}

fn body(fields: &mut Fields<'_>) -> Option<(Asked, Mode)> {
    let algorithm = fields.required::<String>("algorithm");
    let mode = fields.required::<ModeField>("mode").map(|mode| mode.0);
    let has_public_key = fields.value("public_key").is_some();
    let asked = match algorithm?.as_str() {
        "ES256" => fields.required::<PublicKeyField>("public_key").map(|pem| Asked::Es256(pem.0)),
        "HS256" if has_public_key => {
            fields.refuse("public_key", "invalid_public_key", "is for ES256 alone; we make the secret of HS256");
            None
        }
        "HS256" => Some(Asked::Hs256),
        _ => {
            fields.refuse("algorithm", "invalid_algorithm", "must be ES256 or HS256");
            None
        }
    };
    Some((asked?, mode?))
}

/// Makes a token key, and shows the secret of HS256 this once. The same again changes nothing and shows no secret: after
/// a lost answer, an admin deletes the key and puts another one.
pub(crate) async fn put(context: RequestContext<'_>) -> Result<Response, Error> {
    let token_key_id: KeyId = context.request.new_path_id("token_key")?;
    let (asked, mode) = context.request.json(body)?;
    apps::existing(context).await?;
    let store = &context.environment.store;
    let all = token_keys::list(store, context.app).await?;
    if let Some(before) = all.iter().find(|key| key.token_key_id == token_key_id) {
        return found(before.clone(), &asked, mode);
    }
    if all.len() >= AT_MOST {
        let detail = format!("the app has {AT_MOST} token keys already; delete one first");
        return Err(Error::Conflict { code: "too_many_token_keys", detail });
    }
    let verifier = match &asked {
        Asked::Es256(public_key) => Verifier::Es256 { public_key: public_key.clone() },
        Asked::Hs256 => Verifier::Hs256 { secret: TokenSecret::mint(&mut *store.random()) },
    };
    let created_at = context.invocation.now;
    let made = TokenKey { app_id: context.app.clone(), token_key_id, mode, verifier, created_at };
    match token_keys::put(store, &made).await? {
        // In the second case, an earlier attempt wrote it, and its answer was lost.
        None => {}
        Some(found) if found == made => {}
        Some(other) => return found(other, &asked, mode),
    }
    tracing::info!(
        app.id = %context.app, token_key.id = %made.token_key_id, token_key.algorithm = made.verifier.algorithm(),
        key.id = %context.request.caller()?.key_id, "token key made"
    );
    let secret = match &made.verifier {
        Verifier::Hs256 { secret } => Some(secret.clone()),
        Verifier::Es256 { .. } => None,
    };
    Ok(http::json(201, &TokenKeyView { secret, ..made.into() }))
}

/// Answers for a key that is there: as it is, if that is what is asked for.
fn found(before: TokenKey, asked: &Asked, mode: Mode) -> Result<Response, Error> {
    if asked.is(&before.verifier) && before.mode == mode {
        return Ok(http::json(200, &TokenKeyView::from(before)));
    }
    let detail = "a token key never changes; put another one under another id, sign with it, and delete this one";
    Err(Error::Conflict { code: "token_key_exists", detail: detail.to_owned() })
}

pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    Ok(http::json(200, &TokenKeyView::from(existing(context).await?)))
}

pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    apps::existing(context).await?;
    let all = token_keys::list(&context.environment.store, context.app).await?;
    let all: Vec<TokenKeyView> = all.into_iter().map(TokenKeyView::from).collect();
    Ok(http::json(200, &page_of(context, all, |key| key.token_key_id.as_str())?))
}

/// Answers 204 once the key is gone. API Gateway may go on accepting its tokens for up to 60 seconds.
pub(crate) async fn delete(context: RequestContext<'_>) -> Result<Response, Error> {
    let key = existing(context).await?;
    token_keys::delete(&context.environment.store, context.app, &key.token_key_id).await?;
    tracing::info!(
        app.id = %context.app, token_key.id = %key.token_key_id, key.id = %context.request.caller()?.key_id,
        "token key deleted"
    );
    Ok(http::empty(204))
}

/// Returns the token key in the path. Fails with a 404 that names it if there is none.
async fn existing(context: RequestContext<'_>) -> Result<TokenKey, Error> {
    let id: KeyId = context.request.path_id("token_key", "token key")?;
    let found = token_keys::get(&context.environment.store, context.app, &id).await?;
    found.ok_or_else(|| Error::not_found("token key", id))
}
