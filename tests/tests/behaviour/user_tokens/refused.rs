//! Attacks with tokens through the gateway. `shared/user_tokens` tests the token itself more finely.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tests::World;
use user_tokens::{SigningKey, sign};

use super::{Backend, call};

/// A public key of which nobody needs the private one.
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7k752I+dTQn2O9Hea2arCha8V9Xs
TTcw9m6YYH3/3sZEl7h2cs89wpYfEtdJKpnntTqGDsUj8p50tXuRp7EOEw==
-----END PUBLIC KEY-----
";

/// Returns a JWT with a signature over it by HMAC under a secret that is not ours.
fn forged(header: Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &[u8]| URL_SAFE_NO_PAD.encode(value);
    let message = format!("{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()));
    format!("{message}.{}", part(signature))
}

fn with(claims: &Value, changes: &Value) -> Value {
    let mut claims = claims.clone();
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    claims
}

#[tokio::test]
async fn every_forged_or_outdated_token_is_401_and_reads_nothing() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let backend = Backend::of(&app, "web", "live").await;
    let es256 = json!({"algorithm": "ES256", "mode": "live", "public_key": PUBLIC});
    app.admin("PUT", "/token-keys/phones", es256).await.expect(201);
    app.deposits("ada", 5).await;
    let (good, now) = (backend.claims("ada"), world.clock.now().as_second());
    let signed = |changes: Value| backend.sign(&with(&good, &changes));
    // The attacker knows the public key, and signs with its text.
    let confused = {
        let key = user_tokens_hmac(PUBLIC.as_bytes());
        let header = json!({"alg": "HS256", "kid": "phones"});
        let unsigned = forged(header.clone(), &good, b"");
        forged(header, &good, &key(unsigned.trim_end_matches('.').as_bytes()))
    };
    let secret = SigningKey::read("mts_guessed").unwrap();
    let before = world.items();
    world.local.functions.take_consumed("manage-users");
    for (attack, token, code) in [
        ("none", forged(json!({"alg": "none", "kid": "web"}), &good, b""), "invalid_token"),
        ("key confusion", confused, "invalid_token"),
        ("another secret", sign("web", &secret, &good).unwrap(), "invalid_token"),
        ("another algorithm", sign("phones", &secret, &good).unwrap(), "invalid_token"),
        ("unknown kid", sign("other", &secret, &good).unwrap(), "invalid_token"),
        ("no user", signed(json!({"sub": ""})), "invalid_token"),
        ("unknown app", signed(json!({"aud": "nobody"})), "invalid_token"),
        ("expired", signed(json!({"exp": now - 61})), "token_expired"),
        ("too far", signed(json!({"exp": now + 2 * 86_400})), "invalid_token"),
        ("future iat", signed(json!({"iat": now + 120})), "invalid_token"),
        ("future nbf", signed(json!({"nbf": now + 120})), "invalid_token"),
        ("oversized", signed(json!({"more": "x".repeat(5_000)})), "invalid_token"),
        ("nonsense", "nonsense".to_owned(), "invalid_token"),
        ("an API key", app.key.clone(), "invalid_token"),
    ] {
        let answer = call(&world, &token, "GET", "/v1/apps/app/me/rewards", Value::Null).await;
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{attack}");
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!(code)), "{attack}: {:#}", answer.body);
        assert_eq!(answer.body["type"], format!("urn:moments:problem:{code}"), "{attack}");
        assert!(!answer.body.to_string().contains(&token), "{attack}: {:#}", answer.body);
    }
    assert_eq!(world.local.functions.take_consumed("manage-users").requests, 0);
    assert_eq!(world.items(), before);
    // What was attacked is there, and its user reaches it.
    let seen = backend.call("ada", "GET", "/rewards", Value::Null).await.expect(200);
    assert_eq!(seen["data"].as_array().unwrap().len(), 1);
    world.settle().await;
}

/// HMAC-SHA-256 by the crate that signs webhooks: not by the code that is attacked.
fn user_tokens_hmac(key: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> + use<> {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let keyed = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    move |message| {
        let mut keyed = keyed.clone();
        keyed.update(message);
        keyed.finalize().into_bytes().to_vec()
    }
}

#[tokio::test]
async fn a_token_of_one_app_reaches_nothing_of_another() {
    let world = World::new().await;
    let (app, other) = (world.shop(1).await, world.app("other").await);
    let (backend, foreign) = (Backend::of(&app, "web", "live").await, Backend::of(&other, "web", "live").await);
    let before = world.items();
    let path = "/v1/apps/app/me/rewards";
    // Its own app's token on this path, and one that claims this app, signed with the other app's key of the same id.
    let claimed = foreign.sign(&backend.claims("ada"));
    for (token, detail) in [(foreign.token("ada"), "aud"), (claimed, "signature")] {
        let answer = call(&world, &token, "GET", path, Value::Null).await;
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!("invalid_token")));
        assert!(answer.body["detail"].as_str().unwrap().contains(detail), "{:#}", answer.body);
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_token_is_no_key_and_a_key_is_no_token() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let backend = Backend::of(&app, "web", "live").await;
    let token = backend.token("ada");
    let as_key = world.call(&token, "GET", "/v1/users/ada/rewards", Value::Null).await;
    assert_eq!((as_key.status, &as_key.body["code"]), (401, &json!("unauthenticated")));
    let beside = call(&world, &token, "GET", "/v1/users/ada/rewards", Value::Null).await;
    assert_eq!((beside.status, &beside.body["message"]), (401, &json!("Unauthorized")));
    let key = world.call(&app.key, "GET", "/v1/apps/app/me/rewards", Value::Null).await;
    assert_eq!((key.status, &key.body["message"]), (401, &json!("Unauthorized")));
    let leaked = call(&world, &app.key, "GET", "/v1/apps/app/me/rewards", Value::Null).await.expect(401);
    assert!(leaked["detail"].as_str().unwrap().contains("API key"), "{leaked:#}");
}

#[tokio::test]
async fn a_token_with_a_scope_does_only_what_the_scope_names() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let backend = Backend::of(&app, "web", "live").await;
    let path = |path: &str| format!("/v1/apps/app/me{path}");
    for (scope, reads) in [("openid read", true), ("write", false), ("", false)] {
        let token = backend.sign(&with(&backend.claims("ada"), &json!({"scope": scope})));
        let answer = call(&world, &token, "GET", &path("/rewards"), Value::Null).await;
        assert_eq!(answer.status, if reads { 200 } else { 403 }, "{scope}");
        let device = json!({"channel": "GCM", "address": "token"});
        let answer = call(&world, &token, "PUT", &path("/devices/phone"), device).await;
        assert_eq!(answer.status, if scope == "write" { 200 } else { 403 }, "{scope}");
    }
    world.settle().await;
}

#[tokio::test]
async fn a_deleted_token_key_signs_nothing_and_another_one_goes_on() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let (old, new) = (Backend::of(&app, "old", "live").await, Backend::of(&app, "new", "live").await);
    for backend in [&old, &new] {
        backend.call("ada", "GET", "/rewards", Value::Null).await.expect(200);
    }
    assert_eq!(app.admin("DELETE", "/token-keys/old", Value::Null).await.status, 204);
    assert_eq!(old.call("ada", "GET", "/rewards", Value::Null).await.status, 401);
    new.call("ada", "GET", "/rewards", Value::Null).await.expect(200);
    assert_eq!(app.admin("DELETE", "/token-keys/old", Value::Null).await.status, 404);
    // The id may be used again; the old secret is not the new one's.
    let _made = Backend::of(&app, "old", "live").await;
    assert_eq!(old.call("ada", "GET", "/rewards", Value::Null).await.status, 401);
}

#[tokio::test]
async fn a_token_key_shows_its_secret_once_and_never_changes() {
    let world = World::new().await;
    let app = world.app("app").await;
    let hs256 = json!({"algorithm": "HS256", "mode": "live"});
    let made = app.admin("PUT", "/token-keys/web", hs256.clone()).await.expect(201);
    let secret = made["secret"].as_str().unwrap();
    let before = world.items();
    let again = app.admin("PUT", "/token-keys/web", hs256).await.expect(200);
    let shown = app.admin("GET", "/token-keys/web", Value::Null).await.expect(200);
    let listed = app.admin("GET", "/token-keys", Value::Null).await.expect(200);
    assert!([again, shown, listed].iter().all(|answer| !answer.to_string().contains(secret)));
    for other in [
        json!({"algorithm": "HS256", "mode": "test"}),
        json!({"algorithm": "ES256", "mode": "live", "public_key": PUBLIC}),
    ] {
        let refused = app.admin("PUT", "/token-keys/web", other).await.expect(409);
        assert_eq!(refused["code"], "token_key_exists");
    }
    for (body, pointer) in [
        (json!({"algorithm": "RS256", "mode": "live"}), "/algorithm"),
        (json!({"algorithm": "none", "mode": "live"}), "/algorithm"),
        (json!({"algorithm": "ES256", "mode": "live"}), "/public_key"),
        (json!({"algorithm": "ES256", "mode": "live", "public_key": "x"}), "/public_key"),
        (json!({"algorithm": "HS256", "mode": "live", "public_key": PUBLIC}), "/public_key"),
        (json!({"algorithm": "HS256"}), "/mode"),
    ] {
        let errors = app.admin("PUT", "/token-keys/other", body.clone()).await.field_errors();
        assert!(errors.iter().any(|(at, _)| at == pointer), "{body}: {errors:?}");
    }
    assert_eq!(world.items(), before);
    for n in 1..20 {
        let body = json!({"algorithm": "ES256", "mode": "live", "public_key": PUBLIC});
        app.admin("PUT", &format!("/token-keys/key-{n}"), body).await.expect(201);
    }
    let one_more = app.admin("PUT", "/token-keys/more", json!({"algorithm": "HS256", "mode": "live"})).await;
    assert_eq!(one_more.expect(409)["code"], "too_many_token_keys");
}
