//! Judges a user token. The judgement depends on the header `Authorization` and on nothing else of the request: API
//! Gateway remembers it by that header for every route and path.

use domain::Error;
use domain::app::App;
use domain::identity::{Caller, Scope};
use domain::rate_limit::RateLimit;
use domain::user_token::TokenFault;
use edge::user_access::{Number, TokenContext};
use invocation::Invocation;
use serde::Serialize;
use store::{Store, apps, token_keys};
use user_tokens::Proven;

/// The context for the functions: flat, as API Gateway requires.
#[derive(Serialize)]
pub(crate) struct Judgement {
    #[serde(flatten)]
    caller: Option<Caller>,
    #[serde(flatten)]
    rate_limit: Option<RateLimit>,
    #[serde(flatten)]
    token: TokenContext,
}

impl Judgement {
    /// A refused token passes, too, without a caller: the function answers 401, and says why. The origins of the app
    /// that the token claims let its web page read that; they are no secret.
    fn refused(fault: TokenFault, app: Option<App>, invocation: &Invocation) -> Self {
        tracing::info!(request.id = invocation.request_id, token.fault = ?fault, "refused a user token");
        let token = TokenContext { token_fault: Some(fault), ..token_of(app) };
        Self { caller: None, rate_limit: None, token }
    }
}

fn token_of(app: Option<App>) -> TokenContext {
    let Some(App { app_id, cors_origins, .. }) = app else { return TokenContext::default() };
    let origins: Vec<&str> = cors_origins.iter().map(|origin| origin.as_str()).collect();
    TokenContext { token_app: Some(app_id), origins: origins.join(" "), ..TokenContext::default() }
}

/// Returns the user of a token, or why it is refused. Text that is no token costs no read.
pub(crate) async fn judge(store: &Store, authorization: &str, invocation: &Invocation) -> Result<Judgement, Error> {
    let (token, unproven) = match user_tokens::read(authorization) {
        Ok(read) => read,
        Err(fault) => return Ok(Judgement::refused(fault, None, invocation)),
    };
    let (key, app) =
        tokio::try_join!(token_keys::get(store, &unproven.app, &unproven.key), apps::get(store, &unproven.app))?;
    let (Some(key), Some(app)) = (key, app.clone()) else {
        return Ok(Judgement::refused(TokenFault::UnknownKey, app, invocation));
    };
    let Proven { user, expires_at, scope } = match user_tokens::verify(token, &key, invocation.now) {
        Ok(proven) => proven,
        Err(fault) => return Ok(Judgement::refused(fault, Some(app), invocation)),
    };
    let caller = Caller::new(Some(key.app_id), Scope::User, key.mode, key.token_key_id);
    let token = TokenContext {
        user: Some(user),
        expires_at: Some(Number(expires_at.as_second())),
        token_scope: scope,
        ..token_of(Some(app))
    };
    Ok(Judgement { caller: Some(caller), rate_limit: Some(RateLimit::OF_A_USER), token })
}
