//! Good tokens, and every attack that needs no table.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::identity::Mode;
use domain::secret::TokenSecret;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_796_126_400;

const SECRET: &str = "mts_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn key(verifier: Verifier) -> TokenKey {
    let (app_id, token_key_id) = ("shop".try_into().unwrap(), "web".try_into().unwrap());
    TokenKey { app_id, token_key_id, mode: Mode::Live, verifier, created_at: now() }
}

fn hs256() -> TokenKey {
    key(Verifier::Hs256 { secret: TokenSecret::new(SECRET) })
}

/// A key pair: the private half, and the app's key.
fn es256() -> (SigningKey, TokenKey) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
    let body = base64::engine::general_purpose::STANDARD;
    let private = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", body.encode(pkcs8.as_ref()));
    let prefix = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];
    let public = body.encode([&prefix[..], pair.public_key().as_ref()].concat());
    let public = format!("-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n");
    let public_key = public_key::read(&public).unwrap();
    (SigningKey::read(&private).unwrap(), key(Verifier::Es256 { public_key }))
}

fn claims() -> Value {
    json!({"sub": "ada", "aud": "shop", "exp": NOW + 900})
}

fn signed(claims: &Value) -> String {
    sign("web", &SigningKey::read(SECRET).unwrap(), claims).unwrap()
}

/// The whole way: reads the header, then verifies with the key.
fn judge(token: &str, key: &TokenKey) -> Result<Proven, TokenFault> {
    let authorization = format!("Bearer {token}");
    let (token, unproven) = read(&authorization)?;
    assert_eq!(unproven.key.as_str(), "web");
    verify(token, key, now())
}

#[test]
fn a_token_of_either_algorithm_proves_its_user() {
    let (private, public) = es256();
    let scoped = json!({"sub": "ada", "aud": "shop", "exp": NOW + 900, "iat": NOW, "scope": "read"});
    let token = sign("web", &private, &scoped).unwrap();
    let proven = judge(&token, &public).unwrap();
    assert_eq!((proven.user.as_str(), proven.scope.as_deref()), ("ada", Some("read")));
    assert_eq!(proven.expires_at.as_second(), NOW + 900);
    assert_eq!(judge(&signed(&claims()), &hs256()).unwrap().user.as_str(), "ada");
}

#[test]
fn a_token_of_the_algorithm_none_is_refused() {
    for alg in ["none", "None", "NONE", "nOnE"] {
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": alg, "kid": "web"}).to_string());
        let payload = URL_SAFE_NO_PAD.encode(claims().to_string());
        for signature in ["", "AAAA"] {
            let token = format!("{header}.{payload}.{signature}");
            assert_eq!(judge(&token, &hs256()), Err(TokenFault::Malformed), "{alg}");
            assert!(verify(&token, &hs256(), now()).is_err() && verify(&token, &es256().1, now()).is_err());
        }
    }
}

/// The attack on libraries that let the token choose: HMAC under the public key, which everybody has.
#[test]
fn a_token_signed_with_the_public_key_as_secret_is_refused() {
    let (_, public) = es256();
    let Verifier::Es256 { public_key } = &public.verifier else { unreachable!() };
    let point = public_key::point(public_key).unwrap();
    for secret in [public_key.as_bytes(), public_key.trim().as_bytes(), &point[..]] {
        ring_provider::install();
        let header = jsonwebtoken::Header { kid: Some("web".into()), ..Default::default() };
        let secret = jsonwebtoken::EncodingKey::from_secret(secret).unwrap();
        let token = jsonwebtoken::encode(&header, &claims(), &secret).unwrap();
        assert_eq!(judge(&token, &public), Err(TokenFault::Signature));
    }
}

#[test]
fn a_token_with_another_algorithm_than_its_key_is_refused() {
    let (private, public) = es256();
    assert_eq!(judge(&sign("web", &private, &claims()).unwrap(), &hs256()), Err(TokenFault::Signature));
    assert_eq!(judge(&signed(&claims()), &public), Err(TokenFault::Signature));
    let token = sign("web", &es256().0, &claims()).unwrap();
    assert_eq!(judge(&token, &public), Err(TokenFault::Signature), "another pair");
}

#[test]
fn a_token_that_was_altered_anywhere_is_refused() {
    let token = signed(&claims());
    for at in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        assert!(verify(&altered, &hs256(), now()).is_err(), "{at}");
    }
    for text in ["", ".", "..", "...", "a.b.c", &token[..token.len() - 1], &format!("{token}."), &format!("{token}A")] {
        assert!(verify(text, &hs256(), now()).is_err(), "{text}");
    }
}

#[test]
fn a_token_holds_only_within_its_times() {
    let day = 24 * 3_600;
    for (times, expected) in [
        (json!({"exp": NOW + 1}), Ok(())),
        (json!({"exp": NOW - 59}), Ok(())),
        (json!({"exp": NOW - 60}), Err(TokenFault::Expired)),
        (json!({"exp": 0}), Err(TokenFault::Expired)),
        (json!({"exp": NOW + day}), Ok(())),
        (json!({"exp": NOW + day + 61}), Err(TokenFault::TooFar)),
        (json!({"exp": 1e18}), Err(TokenFault::Malformed)),
        (json!({"exp": NOW as f64 + 0.5}), Ok(())),
        (json!({"exp": NOW + 900, "iat": NOW + 60}), Ok(())),
        (json!({"exp": NOW + 900, "iat": NOW + 61}), Err(TokenFault::NotYet)),
        (json!({"exp": NOW + 900, "nbf": NOW + 61}), Err(TokenFault::NotYet)),
        (json!({"exp": NOW + 900, "iat": NOW - day}), Err(TokenFault::TooFar)),
        (json!({"exp": NOW + 900, "nbf": NOW - day}), Err(TokenFault::TooFar)),
        (json!({"exp": null}), Err(TokenFault::Malformed)),
        (json!({"exp": "2030"}), Err(TokenFault::Malformed)),
        (json!({}), Err(TokenFault::Malformed)),
    ] {
        let mut stated = json!({"sub": "ada", "aud": "shop"});
        stated.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
        assert_eq!(judge(&signed(&stated), &hs256()).map(|_| ()), expected, "{times}");
    }
}

#[test]
fn a_token_for_another_app_or_no_user_is_refused() {
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        signed(&claims)
    };
    assert_eq!(verify(&with("aud", json!("bank")), &hs256(), now()), Err(TokenFault::OtherApp));
    assert!(judge(&with("aud", json!(["shop"])), &hs256()).is_ok(), "as the libraries of Go and Java write it");
    assert_eq!(verify(&with("aud", json!(["bank"])), &hs256(), now()), Err(TokenFault::OtherApp));
    for several in [json!([]), json!(["shop", "bank"]), json!(["shop", 7]), json!({"0": "shop"})] {
        assert_eq!(judge(&with("aud", several.clone()), &hs256()), Err(TokenFault::Malformed), "{several}");
    }
    assert_eq!(judge(&with("aud", Value::Null), &hs256()), Err(TokenFault::Malformed));
    let long = "x".repeat(257);
    for sub in [json!(""), json!("a\u{0}b"), json!(long), json!("M\u{fffd}ller")] {
        assert_eq!(judge(&with("sub", sub.clone()), &hs256()), Err(TokenFault::Subject), "{sub}");
    }
    for sub in [Value::Null, json!(7), json!(["ada"])] {
        assert_eq!(judge(&with("sub", sub.clone()), &hs256()), Err(TokenFault::Malformed), "{sub}");
    }
    for scope in [Value::Null, json!(["read"]), json!(7)] {
        assert_eq!(judge(&with("scope", scope.clone()), &hs256()), Err(TokenFault::Malformed), "{scope}");
    }
}

#[test]
fn what_is_no_token_is_refused_unread() {
    let fault = |authorization: &str| read(authorization).unwrap_err();
    for text in ["", "Bearer", "Bearer ", "Basic YTpi", "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"] {
        assert_eq!(fault(text), TokenFault::NotBearer, "{text}");
    }
    assert_eq!(fault("Bearer mk_live_AAECAwQF"), TokenFault::ApiKey);
    assert_eq!(fault("mk_test_AAECAwQF"), TokenFault::ApiKey);
    let mut claims = claims();
    claims["more"] = json!("x".repeat(MOST_BYTES));
    assert_eq!(fault(&format!("Bearer {}", signed(&claims))), TokenFault::TooLong);
    let anonymous = jsonwebtoken::Header::default();
    ring_provider::install();
    let secret = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes()).unwrap();
    let token = jsonwebtoken::encode(&anonymous, &json!({"aud": "shop"}), &secret).unwrap();
    assert_eq!(fault(&format!("bearer {token}")), TokenFault::UnknownKey, "it has no kid");
}

#[test]
fn only_a_public_key_on_the_curve_is_taken() {
    let (_, public) = es256();
    let Verifier::Es256 { public_key } = &public.verifier else { unreachable!() };
    let windows = public_key.replace('\n', "\r\n");
    assert_eq!(public_key::read(&windows).as_ref(), Ok(public_key));
    assert!(
        public_key::read("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
            .unwrap_err()
            .contains("leaked")
    );
    let body = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let mut off_curve = public_key::point(public_key).unwrap();
    off_curve[64] ^= 1;
    let prefix = base64::engine::general_purpose::STANDARD.decode(public_key.lines().nth(1).unwrap()).unwrap();
    let off_curve = body(&[&prefix[..26], &off_curve[..]].concat());
    for text in [
        "".to_owned(),
        "ssh-rsa AAAA".to_owned(),
        format!("-----BEGIN PUBLIC KEY-----\n{off_curve}\n-----END PUBLIC KEY-----"),
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", body(b"x")),
        public_key.replace("PUBLIC KEY", "CERTIFICATE"),
        format!("{}{public_key}", "\n".repeat(3_000)),
    ] {
        assert!(public_key::read(&text).is_err(), "{text}");
    }
}
