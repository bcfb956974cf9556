//! A sign-in, from the button to the session. Whoever begins one gets a secret and an address. The address leads a
//! browser to the provider, which leads it back with a code; the secret never leaves the one who began. So a code that
//! somebody else slips in belongs to no sign-in of this browser.

use domain::Error;
use domain::instant::Sum as _;
use domain::secret::SignInKey;
use domain::sign_in::{IdentityProvider, SignIn};
use edge::fields::Text;
use edge::http::{self, Response};
use jiff::{SignedDuration, Timestamp};
use outbound_identity::Fault;
use serde::Serialize;
use store::sign_ins;

use crate::{Context, person};

/// The time in which a sign-in must be completed.
const LASTS: SignedDuration = SignedDuration::from_mins(10);

#[derive(Serialize)]
struct Options {
    identity_provider: Option<NamedProvider>,
}

#[derive(Serialize)]
struct NamedProvider {
    name: String,
}

#[derive(Serialize)]
struct Begun {
    sign_in: SignInKey,
    authorization_url: String,
    expires_at: Timestamp,
}

/// Says with whom one can sign in, besides with a personal key.
pub(crate) async fn options(context: Context<'_>) -> Result<Response, Error> {
    let provider = sign_ins::provider(&context.environment.store).await?;
    let identity_provider = provider.map(|provider| NamedProvider { name: provider.name });
    Ok(not_kept(http::json(200, &Options { identity_provider })))
}

/// Begins a sign-in.
pub(crate) async fn begin(context: Context<'_>) -> Result<Response, Error> {
    let redirect_uri = context.request.json(|fields| fields.required::<Text<2048>>("redirect_uri"))?.0;
    let (store, now) = (&context.environment.store, context.invocation.now);
    let provider = sign_ins::provider(store).await?.ok_or_else(no_provider)?;
    if !provider.redirect_uris.contains(&redirect_uri) {
        let detail = "is not among the redirect_uris of the identity provider; the operator adds it";
        return Err(Error::invalid("/redirect_uri", "not_allowed", detail));
    }
    let sign_in = SignInKey::mint(&mut *store.random());
    let address = context.identity.address(&provider, &redirect_uri, &sign_in, now).await;
    let authorization_url = address.map_err(|fault| match fault {
        Fault::Silent(_) => Error::Unavailable(fault.to_string()),
        fault => refused(fault),
    })?;
    let expires_at = now.plus(LASTS);
    let begun = SignIn {
        redirect_uri,
        provider_version: provider.version,
        provider_created_at: provider.created_at,
        expires: expires_at.as_second(),
    };
    sign_ins::begin(store, &sign_in.hash(), &begun).await?;
    Ok(not_kept(http::json(201, &Begun { sign_in, authorization_url, expires_at })))
}

/// Completes a sign-in: once, within its time, with the state that belongs to it.
pub(crate) async fn complete(context: Context<'_>) -> Result<Response, Error> {
    let (sign_in, state, code, issuer) = context.request.json(|fields| {
        let sign_in = fields.required::<Text<100>>("sign_in");
        let state = fields.required::<Text<100>>("state");
        let code = fields.required::<Text<4096>>("code");
        let issuer = fields.optional::<Text<2048>>("iss");
        Some((SignInKey::new(sign_in?.0), state?.0, code?.0, issuer.map(|issuer| issuer.0)))
    })?;
    // Both come from one secret, so nothing has to be read to see whether they belong together.
    if !sign_in.is_well_formed() || sign_in.state() != state {
        return Err(over());
    }
    let (store, now) = (&context.environment.store, context.invocation.now);
    let begun = sign_ins::take(store, &sign_in.hash(), now).await?.ok_or_else(over)?;
    // From here on the sign-in is used up, so a repetition of the request would be refused.
    let opened = async {
        let provider = sign_ins::provider(store).await?;
        let began_with = (begun.provider_version, begun.provider_created_at);
        let is_same = |provider: &IdentityProvider| (provider.version, provider.created_at) == began_with;
        let provider = provider.filter(is_same).ok_or_else(over)?;
        // RFC 9207: another provider's answer is not for this one.
        if issuer.is_some_and(|issuer| issuer != provider.issuer) {
            return Err(refused(Fault::Wrong("it is of another issuer".to_owned())));
        }
        let exchange = context.identity.exchange(&provider, &begun.redirect_uri, &sign_in, &code, now);
        let vouched = exchange.await.map_err(refused)?;
        person::open_session(context, &provider, vouched).await
    };
    opened.await.map_err(interrupted)
}

/// Whoever is told to repeat a request would repeat one that cannot succeed any more.
fn interrupted(error: Error) -> Error {
    let Error::Unavailable(cause) = error else { return error };
    tracing::warn!(error.cause = %cause, "a sign-in was interrupted");
    let detail = "the table did not answer in the middle of this sign-in; begin again".to_owned();
    Error::Conflict { code: "sign_in_interrupted", detail }
}

/// The same answer for a sign-in that is unknown, used or too old, and for one of another browser: who asks learns
/// nothing about the sign-ins of others.
fn over() -> Error {
    let detail = "this sign-in was completed, is older than ten minutes, or was begun in another browser; begin again";
    Error::Conflict { code: "sign_in_over", detail: detail.to_owned() }
}

fn no_provider() -> Error {
    let detail = "there is no identity provider to sign in with".to_owned();
    Error::Conflict { code: "no_identity_provider", detail }
}

/// A code can be exchanged once, so a sign-in whose exchange fails has to begin again.
fn refused(fault: Fault) -> Error {
    tracing::warn!(error.cause = %fault, "no sign-in through the identity provider");
    let code = match fault {
        Fault::Silent(_) => "provider_silent",
        Fault::Refused(_) => "provider_refused",
        Fault::Wrong(_) => "provider_answer_invalid",
    };
    Error::Conflict { code, detail: format!("{fault}; begin again") }
}

fn not_kept(mut response: Response) -> Response {
    let no_store = aws_lambda_events::http::HeaderValue::from_static("no-store");
    response.headers.insert("cache-control", no_store);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_repeat_a_sign_in_that_is_used_up() {
        let error = interrupted(Error::Unavailable("throttled".to_owned()));
        assert!(matches!(error, Error::Conflict { code: "sign_in_interrupted", .. }), "{error:?}");
        assert!(matches!(interrupted(over()), Error::Conflict { code: "sign_in_over", .. }));
    }
}
