//! Users' own tokens: JWTs (RFC 7519) that an app's backend signs. `jsonwebtoken` reads them and checks the signature
//! with `ring`, which TLS links anyway. The times are checked here, by the invocation's clock. Knows neither the table
//! nor HTTP.

pub mod public_key;
mod ring_provider;
mod signing;

use domain::id::{AppId, KeyId, UserId};
use domain::instant::Sum as _;
use domain::user_token::{CLOCK_SKEW, LONGEST_LIFE, MOST_BYTES, TokenFault, TokenKey, Verifier, is_over};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, dangerous};
use serde::Deserialize;

pub use signing::{Claims, SigningError, SigningKey, sign};

/// What a token says before anything is proven: good only to find the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unproven {
    /// The app that the token names.
    pub app: AppId,
    /// The key that the token names.
    pub key: KeyId,
}

/// What a token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The user.
    pub user: UserId,
    /// The token's end.
    pub expires_at: Timestamp,
    /// The claim `scope`.
    pub scope: Option<String>,
}

#[derive(Deserialize)]
struct Claimed {
    aud: Audience,
}

/// The app. Some libraries write a single audience as a list (RFC 7519 allows both).
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    Text(String),
    List([String; 1]),
}

#[derive(Deserialize)]
struct Stated {
    sub: String,
    exp: f64,
    #[serde(default)]
    iat: Option<f64>,
    #[serde(default)]
    nbf: Option<f64>,
    /// A backend that passes on an empty value must not grant everything.
    #[serde(default, deserialize_with = "some_text")]
    scope: Option<String>,
}

/// Reads a text that may be absent, but not null.
fn some_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

/// Reads the value of `Authorization`. Proves nothing.
pub fn read(authorization: &str) -> Result<(&str, Unproven), TokenFault> {
    let (scheme, token) = authorization.trim().split_once(' ').unwrap_or_default();
    let token = token.trim();
    if authorization.contains("mk_live_") || authorization.contains("mk_test_") {
        return Err(TokenFault::ApiKey);
    }
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(TokenFault::NotBearer);
    }
    if token.len() > MOST_BYTES {
        return Err(TokenFault::TooLong);
    }
    // Fails for an algorithm that the library does not know, such as `none`.
    let header = jsonwebtoken::decode_header(token).map_err(|_| TokenFault::Malformed)?;
    let Claimed { aud } = dangerous::insecure_decode_claims(token).map_err(|_| TokenFault::Malformed)?;
    let (Audience::Text(app) | Audience::List([app])) = aud;
    let app = AppId::try_from(app).map_err(|_| TokenFault::UnknownKey)?;
    let key = KeyId::try_from(header.kid.unwrap_or_default()).map_err(|_| TokenFault::UnknownKey)?;
    Ok((token, Unproven { app, key }))
}

/// Verifies a token with the key that it names. The key decides the algorithm.
pub fn verify(token: &str, key: &TokenKey, now: Timestamp) -> Result<Proven, TokenFault> {
    ring_provider::install();
    let (algorithm, material) = match &key.verifier {
        Verifier::Es256 { public_key } => {
            let point = public_key::point(public_key).map_err(|_| TokenFault::Signature)?;
            (Algorithm::ES256, DecodingKey::from_ec_der(&point))
        }
        Verifier::Hs256 { secret } => {
            let secret = DecodingKey::from_secret(secret.expose().as_bytes()).map_err(|_| TokenFault::Signature)?;
            (Algorithm::HS256, secret)
        }
    };
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims = ["aud".to_owned()].into();
    validation.set_audience(&[key.app_id.as_str()]);
    // The library would ask the machine for the time.
    (validation.validate_exp, validation.validate_nbf) = (false, false);
    let stated = jsonwebtoken::decode::<Stated>(token, &material, &validation).map_err(|error| {
        use jsonwebtoken::errors::ErrorKind::{InvalidAlgorithm, InvalidAudience, InvalidKeyFormat, InvalidSignature};
        match error.kind() {
            InvalidSignature | InvalidAlgorithm | InvalidKeyFormat => TokenFault::Signature,
            InvalidAudience => TokenFault::OtherApp,
            _ => TokenFault::Malformed,
        }
    })?;
    let stated = stated.claims;
    let expires_at = check_times(&stated, now)?;
    let user = UserId::try_from(stated.sub).map_err(|_| TokenFault::Subject)?;
    domain::id::check_utf8(user.as_str()).map_err(|_| TokenFault::Subject)?;
    Ok(Proven { user, expires_at, scope: stated.scope })
}

/// Returns the token's end, if it is neither over nor too far, and nothing of it is in the future.
fn check_times(stated: &Stated, now: Timestamp) -> Result<Timestamp, TokenFault> {
    let expires_at = time(stated.exp)?;
    if is_over(expires_at, now) {
        return Err(TokenFault::Expired);
    }
    if expires_at > now.plus(LONGEST_LIFE).plus(CLOCK_SKEW) {
        return Err(TokenFault::TooFar);
    }
    for begin in [stated.iat, stated.nbf].into_iter().flatten() {
        let begin = time(begin)?;
        if begin > now.plus(CLOCK_SKEW) {
            return Err(TokenFault::NotYet);
        }
        if expires_at > begin.plus(LONGEST_LIFE) {
            return Err(TokenFault::TooFar);
        }
    }
    Ok(expires_at)
}

/// Reads seconds since 1970, which may have a fraction (RFC 7519, section 2).
fn time(seconds: f64) -> Result<Timestamp, TokenFault> {
    let since_1970 = SignedDuration::try_from_secs_f64(seconds).map_err(|_| TokenFault::Malformed)?;
    Timestamp::from_duration(since_1970).map_err(|_| TokenFault::Malformed)
}

#[cfg(test)]
mod tests;
