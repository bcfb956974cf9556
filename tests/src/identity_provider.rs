//! An identity provider of OpenID Connect, for tests: as a server on this machine, or as a transport without a socket.
//! It checks PKCE and the client, gives a code once, and can do everything wrong that a test asks for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The client that the provider knows, and its secret.
pub const CLIENT: &str = "moments";
/// The client's secret.
pub const SECRET: &str = "s3cret of the client";

/// How the provider signs ID tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// With its key.
    Properly,
    /// With a key that its key set does not have.
    WithAnotherKey,
    /// With the client's secret.
    WithTheSecret,
    /// Not at all.
    Not,
}

/// Who signs in, and what the provider does wrong.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// The claims of the ID token besides those that every token has. They replace those, too.
    pub claims: Value,
    /// What the provider tells besides at its user info endpoint.
    pub told: Value,
    /// How ID tokens are signed.
    pub signing: Signing,
    /// The status of every answer.
    pub status: u16,
    /// The time that every answer takes.
    pub takes: Duration,
    /// True if a code can be exchanged again and again.
    pub keeps_codes: bool,
    /// Fields that replace those of the configuration.
    pub configuration: Value,
}

/// What a code was given out for.
#[derive(Debug, Clone)]
struct Given {
    nonce: String,
    challenge: String,
    redirect_uri: String,
}

struct Kept {
    issuer: String,
    now: Timestamp,
    key: Mutex<(u32, EcdsaKeyPair)>,
    behaviour: Mutex<Behaviour>,
    codes: Mutex<BTreeMap<String, Given>>,
    asked: Mutex<Vec<String>>,
}

/// The provider. Clones share everything.
#[derive(Clone)]
pub struct Provider(Arc<Kept>);

impl std::fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0.issuer)
    }
}

fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).unwrap()
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Provider {
    /// A provider at which Ada is, in the group `editors`. Its tokens hold for a year from `now`.
    pub fn new(issuer: &str, now: Timestamp) -> Self {
        let behaviour = Behaviour {
            claims: json!({"sub": "ada-1", "name": "Ada Lovelace", "groups": ["editors"]}),
            told: json!({}),
            signing: Signing::Properly,
            status: 200,
            takes: Duration::ZERO,
            keeps_codes: false,
            configuration: json!({}),
        };
        Self(Arc::new(Kept {
            issuer: issuer.to_owned(),
            now,
            key: Mutex::new((1, new_key())),
            behaviour: Mutex::new(behaviour),
            codes: Mutex::default(),
            asked: Mutex::default(),
        }))
    }

    /// Changes what the provider does from now on.
    pub fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.0.behaviour.lock().unwrap());
    }

    /// Says who signs in from now on.
    pub fn sign_in_as(&self, subject: &str, groups: &[&str]) {
        self.set(|behaviour| behaviour.claims = json!({"sub": subject, "name": subject, "groups": groups}));
    }

    /// Makes another key, and forgets the one before.
    pub fn rotate(&self) {
        let mut key = self.0.key.lock().unwrap();
        *key = (key.0 + 1, new_key());
    }

    /// Returns the paths that were asked for since the last call.
    pub fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.asked.lock().unwrap())
    }

    /// Does what a browser does at the address to which it is led: signs in. Returns the code and the state.
    pub fn visit(&self, authorization_url: &str) -> (String, String) {
        let (address, query) = authorization_url.split_once('?').unwrap();
        assert_eq!(address, format!("{}/authorize", self.0.issuer));
        let query: BTreeMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!((query["response_type"].as_str(), query["client_id"].as_str()), ("code", CLIENT));
        assert_eq!(query["code_challenge_method"], "S256");
        assert!(query["scope"].split(' ').any(|scope| scope == "openid"), "{}", query["scope"]);
        let code = encoded(Sha256::digest(&query["state"]));
        let given = Given {
            nonce: query["nonce"].clone(),
            challenge: query["code_challenge"].clone(),
            redirect_uri: query["redirect_uri"].clone(),
        };
        self.0.codes.lock().unwrap().insert(code.clone(), given);
        (code, query["state"].clone())
    }

    /// Returns the transport.
    pub fn transport(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    fn answer(&self, path: &str, authorization: &str, body: &str) -> (u16, Value) {
        self.0.asked.lock().unwrap().push(path.to_owned());
        let behaviour = self.0.behaviour.lock().unwrap().clone();
        if behaviour.status != 200 {
            return (behaviour.status, json!({"error": "server_error"}));
        }
        let issuer = &self.0.issuer;
        match path {
            "/.well-known/openid-configuration" => {
                let mut configuration = json!({
                    "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"), "userinfo_endpoint": format!("{issuer}/me"),
                    "jwks_uri": format!("{issuer}/jwks"), "response_types_supported": ["code"],
                    "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256", "HS256"],
                });
                for (name, value) in behaviour.configuration.as_object().unwrap() {
                    configuration[name] = value.clone();
                }
                (200, configuration)
            }
            "/jwks" => (200, json!({"keys": [self.public_key()]})),
            "/token" => self.tokens(&behaviour, authorization, body),
            "/me" => {
                assert_eq!(authorization, "Bearer access");
                let mut told = behaviour.told;
                if told["sub"].is_null() {
                    told["sub"] = behaviour.claims["sub"].clone();
                }
                (200, told)
            }
            _ => (404, json!({})),
        }
    }

    fn public_key(&self) -> Value {
        let key = self.0.key.lock().unwrap();
        let point = key.1.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": key.0.to_string(),
            "x": encoded(&point[1..33]), "y": encoded(&point[33..]),
        })
    }

    fn tokens(&self, behaviour: &Behaviour, authorization: &str, body: &str) -> (u16, Value) {
        let form: BTreeMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let secret: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        if authorization != format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}"))) {
            return (401, json!({"error": "invalid_client"}));
        }
        let mut codes = self.0.codes.lock().unwrap();
        let code = &form["code"];
        let given = if behaviour.keeps_codes { codes.get(code).cloned() } else { codes.remove(code) };
        let Some(given) = given else { return (400, json!({"error": "invalid_grant"})) };
        let challenge = encoded(Sha256::digest(&form["code_verifier"]));
        if (given.challenge, given.redirect_uri) != (challenge, form["redirect_uri"].clone()) {
            return (400, json!({"error": "invalid_grant"}));
        }
        let mut claims = json!({
            "iss": self.0.issuer, "aud": CLIENT, "nonce": given.nonce, "iat": self.0.now.as_second(),
            "exp": self.0.now.as_second() + 365 * 86_400,
        });
        for (name, value) in behaviour.claims.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let id_token = self.signed(behaviour.signing, &claims);
        (200, json!({"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": id_token}))
    }

    fn signed(&self, signing: Signing, claims: &Value) -> String {
        let key = self.0.key.lock().unwrap();
        let algorithm = match signing {
            Signing::Properly | Signing::WithAnotherKey => "ES256",
            Signing::WithTheSecret => "HS256",
            Signing::Not => "none",
        };
        let header = json!({"alg": algorithm, "kid": key.0.to_string(), "typ": "JWT"});
        let text = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let ecdsa = |key: &EcdsaKeyPair| key.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec();
        let signature = match signing {
            Signing::Properly => ecdsa(&key.1),
            Signing::WithAnotherKey => ecdsa(&new_key()),
            Signing::WithTheSecret => {
                let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
                mac.chain_update(&text).finalize().into_bytes().to_vec()
            }
            Signing::Not => Vec::new(),
        };
        format!("{text}.{}", encoded(signature))
    }
}

impl HttpConnector for Provider {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let path = request.uri().strip_prefix(&self.0.issuer).unwrap_or("elsewhere").to_owned();
        let authorization = request.headers().get("authorization").unwrap_or_default().to_owned();
        let body = String::from_utf8(request.body().bytes().unwrap_or_default().to_vec()).unwrap();
        let (status, answer) = self.answer(&path, &authorization, &body);
        let status = aws_smithy_runtime_api::http::StatusCode::try_from(status).unwrap();
        let mut response = HttpResponse::new(status, SdkBody::from(answer.to_string()));
        response.headers_mut().insert("content-type", "application/json");
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// The provider as a server. Dropping it stops it.
pub struct Server {
    /// The provider.
    pub provider: Provider,
    /// Its issuer.
    pub issuer: String,
    serving: JoinHandle<()>,
}

impl Server {
    /// Starts a provider on this machine.
    pub async fn start(now: Timestamp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let provider = Provider::new(&issuer, now);
        let router = Router::new().fallback(serve).with_state(provider.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { provider, issuer, serving }
    }

    /// Stops it: nothing answers there any more.
    pub fn stop(&self) {
        self.serving.abort();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(State(provider): State<Provider>, _: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let takes = provider.0.behaviour.lock().unwrap().takes;
    tokio::time::sleep(takes).await;
    let authorization = headers.get("authorization").map_or("", |value| value.to_str().unwrap());
    let (status, answer) = provider.answer(uri.path(), authorization, std::str::from_utf8(&body).unwrap());
    let status = StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/json")], answer.to_string()).into_response()
}
