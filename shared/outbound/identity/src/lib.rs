//! Speaks OpenID Connect with the identity provider: finds its addresses and keys, writes the address to which a
//! browser goes, exchanges the code and verifies the ID token. Decides nothing about roles, and keeps no token.

mod calls;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws::Settings;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use chrono::{DateTime, Utc};
use domain::instant::Sum as _;
use domain::secret::SignInKey;
use domain::sign_in::IdentityProvider;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, Client, ClientId,
    ClientSecret, CsrfToken, DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    IdTokenClaims, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _, UserInfoClaims, UserInfoError,
};
use outbound_public::{NoAnswer, PublicHttp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The longest time for all calls of one step together: below the time that the console waits for the API.
const PATIENCE: Duration = Duration::from_secs(7);

/// The time for which an environment remembers the provider's addresses and keys.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(10);

/// The least age of remembered keys before an unknown key makes us ask again.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_secs(10);

/// The signatures that are accepted: all with public keys. One with the client's secret would make a leaked secret
/// enough to be anybody.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Why the provider does not help. No text in it holds a code, a token or a claim.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not answer, or too late. Later it may.
    #[error("the identity provider does not answer: {0}")]
    Silent(NoAnswer),
    /// It refuses, with an error of OAuth: the code was used or is too old, or the client is wrong.
    #[error("the identity provider refuses: {0}")]
    Refused(String),
    /// Its answer is not what it must be.
    #[error("the answer of the identity provider cannot be used: {0}")]
    Wrong(String),
}

/// Somebody whom the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// The provider's own id.
    pub subject: String,
    /// What people call the person; the subject if the provider says nothing better.
    pub name: String,
    /// The groups.
    pub groups: Vec<String>,
}

/// Claims that are not in the standard, by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct OtherClaims {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for OtherClaims {}

type Claims = IdTokenClaims<OtherClaims, CoreGenderClaim>;
type TokenFields = IdTokenFields<
    OtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<TokenFields, CoreTokenType>;
type ProviderClient = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What an environment remembers of the provider: a hint, whose age is bounded.
#[derive(Debug, Clone)]
struct Remembered {
    issuer: String,
    at: Timestamp,
    metadata: Arc<CoreProviderMetadata>,
}

/// Speaks with identity providers. Connects at the first call.
#[derive(Debug)]
pub struct IdentityClient {
    http: PublicHttp,
    remembered: Mutex<Option<Remembered>>,
}

impl IdentityClient {
    /// The client of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self { http: PublicHttp::new(settings.allow_loopback_http), remembered: Mutex::default() }
    }

    /// As [`IdentityClient::new`], over a transport that stands in for a provider in tests.
    pub fn through(transport: SharedHttpConnector) -> Self {
        Self { http: PublicHttp::through(transport), remembered: Mutex::default() }
    }

    /// Fails unless an address of a provider may be called.
    pub fn check(&self, url: &str) -> Result<(), &'static str> {
        self.http.check(url)
    }

    /// Asks a provider for its addresses and keys, anew.
    pub async fn discover(&self, issuer: &str, now: Timestamp) -> Result<(), Fault> {
        self.in_time(self.metadata(issuer, now, SignedDuration::ZERO)).await.map(drop)
    }

    /// Returns the address to which a browser goes to sign in.
    pub async fn address(
        &self,
        provider: &IdentityProvider,
        redirect_uri: &str,
        sign_in: &SignInKey,
        now: Timestamp,
    ) -> Result<String, Fault> {
        let (metadata, _) = self.in_time(self.metadata(&provider.issuer, now, REMEMBERED)).await?;
        let client = client(&metadata, provider, redirect_uri)?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(sign_in.verifier()));
        let (state, nonce) = (CsrfToken::new(sign_in.state()), Nonce::new(sign_in.nonce()));
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let scopes = provider.scopes.iter().cloned().map(Scope::new);
        let asked = client.authorize_url(flow, || state, || nonce).add_scopes(scopes).set_pkce_challenge(challenge);
        Ok(asked.url().0.to_string())
    }

    /// Exchanges a code and returns whom the provider vouches for.
    pub async fn exchange(
        &self,
        provider: &IdentityProvider,
        redirect_uri: &str,
        sign_in: &SignInKey,
        code: &str,
        now: Timestamp,
    ) -> Result<Vouched, Fault> {
        self.in_time(self.exchanged(provider, redirect_uri, sign_in, code, now)).await
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        tokio::time::timeout(PATIENCE, work).await.unwrap_or(Err(Fault::Silent(NoAnswer::TimedOut)))
    }

    async fn exchanged(
        &self,
        provider: &IdentityProvider,
        redirect_uri: &str,
        sign_in: &SignInKey,
        code: &str,
        now: Timestamp,
    ) -> Result<Vouched, Fault> {
        let (metadata, at) = self.metadata(&provider.issuer, now, REMEMBERED).await?;
        let issuer_client = client(&metadata, provider, redirect_uri)?;
        let request = issuer_client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| Fault::Wrong("it names no token endpoint".to_owned()))?
            .set_pkce_verifier(PkceCodeVerifier::new(sign_in.verifier()));
        let tokens: Tokens = request.request_async(self).await.map_err(refused)?;
        let nonce = Nonce::new(sign_in.nonce());
        let claims = match verified(&issuer_client, &tokens, &nonce, now) {
            // The provider has new keys since we asked.
            Err(Unverified::UnknownKey) if now.duration_since(at) >= ASKED_AGAIN => {
                let (metadata, _) = self.metadata(&provider.issuer, now, SignedDuration::ZERO).await?;
                verified(&client(&metadata, provider, redirect_uri)?, &tokens, &nonce, now)
            }
            other => other,
        };
        let claims = claims.map_err(|unverified| Fault::Wrong(unverified.to_string()))?;
        if let Some(groups) = groups(&claims.additional_claims().all, &provider.groups_claim) {
            return vouched(&claims, groups);
        }
        // Many providers tell what a scope asks for only there.
        let asked = issuer_client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()));
        let Ok(asked) = asked else { return vouched(&claims, Vec::new()) };
        let told: UserInfoClaims<OtherClaims, CoreGenderClaim> = asked.request_async(self).await.map_err(not_told)?;
        let groups = groups(&told.additional_claims().all, &provider.groups_claim).unwrap_or_default();
        let mut named = vouched(&claims, groups)?;
        if named.name == named.subject {
            named.name = shown_name(told.name().and_then(|name| name.get(None)).map(|name| name.as_str()), || {
                told.preferred_username().map(|name| name.as_str().to_owned())
            })
            .unwrap_or(named.name);
        }
        Ok(named)
    }

    /// Returns the provider's addresses and keys, at most `age` old, and the time at which it was asked.
    async fn metadata(
        &self,
        issuer: &str,
        now: Timestamp,
        age: SignedDuration,
    ) -> Result<(Arc<CoreProviderMetadata>, Timestamp), Fault> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_good = |found: &Remembered| found.issuer == issuer && now < found.at.plus(age);
        if let Some(found) = remembered.filter(is_good) {
            return Ok((found.metadata, found.at));
        }
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| Fault::Wrong("the issuer is no URL".to_owned()))?;
        let metadata = CoreProviderMetadata::discover_async(url, self).await.map_err(undiscovered)?;
        let token = metadata.token_endpoint().map(|url| url.url().as_str());
        for url in [Some(metadata.authorization_endpoint().url().as_str()), token].into_iter().flatten() {
            self.check(url).map_err(|reason| Fault::Wrong(format!("one of its addresses {reason}")))?;
        }
        let metadata = Arc::new(metadata);
        let found = Remembered { issuer: issuer.to_owned(), at: now, metadata: Arc::clone(&metadata) };
        *self.remembered.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        Ok((metadata, now))
    }
}

/// Makes the client of a provider.
fn client(
    metadata: &CoreProviderMetadata,
    provider: &IdentityProvider,
    redirect_uri: &str,
) -> Result<ProviderClient, Fault> {
    let redirect = RedirectUrl::new(redirect_uri.to_owned());
    let redirect = redirect.map_err(|_| Fault::Wrong("the address to lead back to is no URL".to_owned()))?;
    let secret = provider.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
    let client =
        ProviderClient::from_provider_metadata(metadata.clone(), ClientId::new(provider.client_id.clone()), secret);
    // A provider that says nothing takes the secret as `client_secret_basic`.
    let ways = metadata.token_endpoint_auth_methods_supported();
    let takes = |way: &CoreClientAuthMethod| ways.is_none_or(|ways| ways.contains(way));
    let is_basic = takes(&CoreClientAuthMethod::ClientSecretBasic);
    let way = if is_basic { AuthType::BasicAuth } else { AuthType::RequestBody };
    Ok(client.set_redirect_uri(redirect).set_auth_type(way))
}

/// Why an ID token vouches for nobody.
#[derive(Debug, thiserror::Error)]
enum Unverified {
    #[error("it sent no ID token")]
    Missing,
    #[error("no key of its key set has signed the ID token")]
    UnknownKey,
    #[error("the ID token is signed in a way that is not accepted")]
    Algorithm,
    #[error("the signature of the ID token is wrong")]
    Signature,
    #[error("the ID token has expired")]
    Expired,
    #[error("the ID token is for another client")]
    Audience,
    #[error("the ID token is of another issuer")]
    Issuer,
    #[error("the ID token belongs to another sign-in")]
    Nonce,
    #[error("the ID token is not understood")]
    Other,
}

impl From<ClaimsVerificationError> for Unverified {
    /// The library's texts hold values of the token.
    fn from(error: ClaimsVerificationError) -> Self {
        use SignatureVerificationError as Signature;
        match error {
            ClaimsVerificationError::Expired(_) => Self::Expired,
            ClaimsVerificationError::InvalidAudience(_) => Self::Audience,
            ClaimsVerificationError::InvalidIssuer(_) => Self::Issuer,
            ClaimsVerificationError::InvalidNonce(_) => Self::Nonce,
            ClaimsVerificationError::SignatureVerification(cause) => match cause {
                Signature::NoMatchingKey | Signature::AmbiguousKeyId(_) => Self::UnknownKey,
                Signature::DisallowedAlg(_) | Signature::UnsupportedAlg(_) | Signature::NoSignature => Self::Algorithm,
                _ => Self::Signature,
            },
            _ => Self::Other,
        }
    }
}

/// Verifies the signature, the issuer, the audience, the end and the nonce of the ID token.
fn verified(client: &ProviderClient, tokens: &Tokens, nonce: &Nonce, now: Timestamp) -> Result<Claims, Unverified> {
    let id_token = tokens.id_token().ok_or(Unverified::Missing)?;
    let now = DateTime::<Utc>::from_timestamp(now.as_second(), 0).ok_or(Unverified::Other)?;
    let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || now);
    Ok(id_token.clone().into_claims(&verifier, nonce)?)
}

/// Returns the groups in a claim: a list of texts, or one text. `None` if the claim is not there.
fn groups(claims: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    match claims.get(name)? {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(all) => Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
        _ => Some(Vec::new()),
    }
}

/// Fails for a subject that names nobody: all without one would be one person.
fn vouched(claims: &Claims, groups: Vec<String>) -> Result<Vouched, Fault> {
    let subject = claims.subject().as_str().to_owned();
    if subject.trim().is_empty() || subject.chars().any(char::is_control) {
        return Err(Fault::Wrong("it names no subject".to_owned()));
    }
    let named = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str());
    let name = shown_name(named, || claims.preferred_username().map(|name| name.as_str().to_owned()));
    Ok(Vouched { name: name.unwrap_or_else(|| subject.clone()), subject, groups })
}

/// Returns a name as the console can show it.
fn shown_name(name: Option<&str>, or: impl FnOnce() -> Option<String>) -> Option<String> {
    let name = name.map(str::to_owned).or_else(or)?;
    let name: String = name.chars().filter(|character| !character.is_control()).take(50).collect();
    let name = name.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

fn undiscovered(error: DiscoveryError<NoAnswer>) -> Fault {
    match error {
        DiscoveryError::Request(cause) => silent(cause),
        DiscoveryError::Response(status, ..) if status.is_server_error() => Fault::Silent(NoAnswer::Unreachable),
        DiscoveryError::Response(status, ..) => Fault::Wrong(format!("its configuration has status {status}")),
        // It names both issuers, which are public.
        DiscoveryError::Validation(text) => Fault::Wrong(text),
        _ => Fault::Wrong("its configuration is not understood".to_owned()),
    }
}

fn refused(error: RequestTokenError<NoAnswer, StandardErrorResponse<CoreErrorResponseType>>) -> Fault {
    match error {
        RequestTokenError::Request(cause) => silent(cause),
        // Only the code of the error: the provider's own text may hold anything.
        RequestTokenError::ServerResponse(answer) => Fault::Refused(match answer.error() {
            CoreErrorResponseType::InvalidGrant => "the code was used, has expired or is of another sign-in".to_owned(),
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                "it does not know our client id, or our secret is wrong".to_owned()
            }
            _ => "it does not take our request".to_owned(),
        }),
        _ => Fault::Wrong("its tokens are not understood".to_owned()),
    }
}

fn not_told(error: UserInfoError<NoAnswer>) -> Fault {
    match error {
        UserInfoError::Request(cause) => silent(cause),
        UserInfoError::ClaimsVerification(_) => Fault::Wrong("it tells about somebody else".to_owned()),
        _ => Fault::Wrong("what it tells about the person is not understood".to_owned()),
    }
}

fn silent(cause: NoAnswer) -> Fault {
    match cause {
        NoAnswer::Refused => Fault::Wrong("one of its addresses is not public".to_owned()),
        other => Fault::Silent(other),
    }
}
