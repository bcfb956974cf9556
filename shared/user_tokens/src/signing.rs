//! Signs tokens, as an app's backend does: for the command line and for tests. No function signs.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Serialize;

use crate::ring_provider;

/// A token's claims.
#[derive(Debug, Clone, Serialize)]
pub struct Claims<'a> {
    /// The user.
    pub sub: &'a str,
    /// The app.
    pub aud: &'a str,
    /// The end, in seconds since 1970.
    pub exp: i64,
    /// What the token may do; without it, all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<&'a str>,
}

/// The private half of a token key.
pub struct SigningKey(Algorithm, EncodingKey);

/// Why nothing is signed.
#[derive(Debug)]
pub struct SigningError(pub &'static str);

impl SigningKey {
    /// Reads a secret (`mts_…`) or a private key on P-256 as PEM (PKCS #8).
    pub fn read(text: &str) -> Result<Self, SigningError> {
        let text = text.trim();
        if text.starts_with("mts_") {
            let key = EncodingKey::from_secret(text.as_bytes()).map_err(|_| SigningError("the secret is empty"))?;
            return Ok(Self(Algorithm::HS256, key));
        }
        let pem = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
            SigningError(
                "the key must be a secret (mts_…) or a private key as PEM (-----BEGIN PRIVATE KEY-----), as openssl \
                 genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 writes it",
            )
        })?;
        Ok(Self(Algorithm::ES256, EncodingKey::from_ec_der(pem.secret_pkcs8_der())))
    }
}

/// Signs claims with a key that the app knows as `kid`.
pub fn sign(kid: &str, key: &SigningKey, claims: &impl Serialize) -> Result<String, SigningError> {
    ring_provider::install();
    let SigningKey(algorithm, key) = key;
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(*algorithm) };
    jsonwebtoken::encode(&header, claims, key).map_err(|_| SigningError("the private key is not one on P-256"))
}
