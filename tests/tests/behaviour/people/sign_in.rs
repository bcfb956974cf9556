//! Signing in through an identity provider: whom it lets in, as whom, and everything that it refuses.

use std::time::Duration;

use domain::secret::SignInKey;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::identity_provider::{CLIENT, SECRET, Server, Signing};
use tests::{Answer, World};

use super::Human;

const BACK: &str = "https://moments.example/console/sign-in/callback";

/// A world with an app and a provider, whose editors and approvers may do what their names say.
pub(super) struct Desk<'a> {
    world: &'a World,
    pub(super) server: Server,
}

pub(super) fn provider(issuer: &str) -> Value {
    json!({
        "name": "Example", "issuer": issuer, "client_id": CLIENT, "client_secret": SECRET, "redirect_uris": [BACK],
        "groups": {"editors": {"shop": ["editor"]}, "approvers": {"shop": ["approver"]}, "owners": {"shop": ["owner"]}},
    })
}

/// A sign-in that has begun: its secret and the address.
struct Begun {
    sign_in: String,
    address: String,
}

impl<'a> Desk<'a> {
    pub(super) async fn new(world: &'a World) -> Self {
        let server = Server::start(world.clock.now()).await;
        world.admin("PUT", "/v1/identity-provider", provider(&server.issuer)).await.expect(200);
        Self { world, server }
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.world.send("POST", path, &headers, body.to_string().as_bytes()).await
    }

    async fn begin(&self) -> Begun {
        let begun = self.post("/v1/sign-ins", &json!({"redirect_uri": BACK})).await.expect(201);
        let text = |name: &str| begun[name].as_str().unwrap().to_owned();
        Begun { sign_in: text("sign_in"), address: text("authorization_url") }
    }

    async fn complete(&self, begun: &Begun) -> Answer {
        let (code, state) = self.server.provider.visit(&begun.address);
        self.post("/v1/sign-ins/complete", &json!({"sign_in": begun.sign_in, "state": state, "code": code})).await
    }

    async fn try_sign_in(&self) -> Answer {
        let begun = self.begin().await;
        self.complete(&begun).await
    }

    /// Signs somebody in. Returns the person's id, and the session.
    pub(super) async fn sign_in(&self, subject: &str, groups: &[&str]) -> (String, Human<'a>) {
        self.server.provider.sign_in_as(subject, groups);
        let opened = self.try_sign_in().await.expect(201);
        let text = |name: &str| opened[name].as_str().unwrap().to_owned();
        (text("person_id"), Human { world: self.world, key: text("session") })
    }

    /// Returns the code of a refused sign-in, which has left nothing behind.
    async fn refused(&self) -> String {
        let before = (self.world.items_at("PEOPLE"), self.world.items_at("SESSION#"));
        let answer = self.try_sign_in().await.expect(409);
        assert_eq!((self.world.items_at("PEOPLE"), self.world.items_at("SESSION#")), before);
        answer["code"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn somebody_signs_in_and_does_what_the_groups_may() {
    let world = World::new().await;
    world.app("shop").await;
    let desk = Desk::new(&world).await;
    let options = world.send("GET", "/v1/sign-in-options", &[], &[]).await.expect(200);
    assert_eq!(options, json!({"identity_provider": {"name": "Example"}}));
    let begun = desk.begin().await;
    let key = SignInKey::new(begun.sign_in.as_str());
    assert!(begun.address.contains(&key.state()) && begun.address.contains(&key.nonce()));
    assert!(!begun.address.contains(&key.verifier()) && !begun.address.contains(&begun.sign_in));
    let completed = desk.complete(&begun).await;
    assert_eq!(completed.header("cache-control"), Some("no-store"));
    let opened = completed.expect(201);
    assert_eq!((&opened["name"], &opened["roles"]), (&json!("Ada Lovelace"), &json!({"shop": ["editor"]})));
    let session = opened["session"].as_str().unwrap();
    let shown = world.call(session, "GET", "/v1/session", Value::Null).await.expect(200);
    assert_eq!((&shown["person_id"], &shown["expires_at"]), (&opened["person_id"], &opened["expires_at"]));
    world.call(session, "PUT", "/v1/apps/shop/reward-groups/gift", tests::group()).await.expect(200);
    world.call(session, "GET", "/v1/apps/shop/keys", Value::Null).await.expect(403);
    let path = format!("/v1/people/{}", opened["person_id"].as_str().unwrap());
    let person = world.admin("GET", &path, Value::Null).await.expect(200);
    assert_eq!(person["identity"], json!({"issuer": desk.server.issuer, "subject": "ada-1"}));
    // The secret belongs to the browser alone; the code, the tokens and the client's secret show nowhere.
    let (code, _) = desk.server.provider.visit(&begun.address);
    let everything = format!("{}{}", json!(world.items()), world.log());
    for secret in [begun.sign_in.as_str(), &key.verifier(), &key.nonce(), &code, session] {
        assert!(!everything.contains(secret), "{secret}");
    }
    assert!(!world.log().contains(SECRET));
    world.call(session, "DELETE", "/v1/session", Value::Null).await.expect(204);
    world.call(session, "GET", "/v1/session", Value::Null).await.expect(401);
    world.settle().await;
}

#[tokio::test]
async fn a_sign_in_is_completed_once_in_its_time_by_who_began_it() {
    let world = World::new().await;
    let desk = Desk::new(&world).await;
    let over = async |body: Value| {
        let before = (world.items_at("PEOPLE"), world.items_at("SESSION#"));
        let answer = desk.post("/v1/sign-ins/complete", &body).await.expect(409);
        assert_eq!(answer["code"], "sign_in_over", "{answer}");
        assert_eq!((world.items_at("PEOPLE"), world.items_at("SESSION#")), before);
    };
    // Eve has begun a sign-in and slips its code and state into Ada's browser, which has begun another.
    let (eves, adas) = (desk.begin().await, desk.begin().await);
    let (code, state) = desk.server.provider.visit(&eves.address);
    over(json!({"sign_in": adas.sign_in, "state": state, "code": code})).await;
    let own = SignInKey::new(adas.sign_in.as_str());
    over(json!({"sign_in": SignInKey::mint(&mut *world.local.environments.store.random()).expose(),
        "state": own.state(), "code": code}))
    .await;
    over(json!({"sign_in": "mi_made-up", "state": SignInKey::new("mi_made-up").state(), "code": code})).await;
    // Neither has used up the sign-in of the other.
    desk.complete(&adas).await.expect(201);
    over(json!({"sign_in": adas.sign_in, "state": own.state(), "code": code})).await;
    desk.complete(&eves).await.expect(201);
    // Whoever began with another provider, or another mapping, begins again.
    let outdated = desk.begin().await;
    let mut body = provider(&desk.server.issuer);
    body["name"] = json!("Renamed");
    world.admin("PUT", "/v1/identity-provider", body).await.expect(200);
    let (code, state) = desk.server.provider.visit(&outdated.address);
    over(json!({"sign_in": outdated.sign_in, "state": state, "code": code})).await;
    // So does whoever began with one that was deleted, though the next one counts from the start again.
    world.admin("DELETE", "/v1/identity-provider", Value::Null).await.expect(204);
    world.admin("PUT", "/v1/identity-provider", provider(&desk.server.issuer)).await.expect(200);
    let of_former = desk.begin().await;
    world.admin("DELETE", "/v1/identity-provider", Value::Null).await.expect(204);
    world.pass(SignedDuration::from_secs(1));
    world.admin("PUT", "/v1/identity-provider", provider(&desk.server.issuer)).await.expect(200);
    let (code, state) = desk.server.provider.visit(&of_former.address);
    over(json!({"sign_in": of_former.sign_in, "state": state, "code": code})).await;
    let late = desk.begin().await;
    world.pass(SignedDuration::from_mins(10));
    let (code, state) = desk.server.provider.visit(&late.address);
    over(json!({"sign_in": late.sign_in, "state": state, "code": code})).await;
}

#[tokio::test]
async fn a_sign_in_that_is_completed_twice_at_once_opens_one_session() {
    let world = World::new().await;
    let desk = Desk::new(&world).await;
    // Also if the provider takes the code each time.
    desk.server.provider.set(|behaviour| behaviour.keeps_codes = true);
    let begun = desk.begin().await;
    let (code, state) = desk.server.provider.visit(&begun.address);
    let body = json!({"sign_in": begun.sign_in, "state": state, "code": code});
    let all = futures_util::future::join_all((0..8).map(|_| desk.post("/v1/sign-ins/complete", &body))).await;
    assert_eq!(all.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!((world.items_at("SESSION#").len(), world.items_at("PEOPLE").len()), (1, 1));
}

#[tokio::test]
async fn roles_follow_the_groups_and_whoever_has_none_stays_outside() {
    let world = World::new().await;
    world.app("shop").await;
    let desk = Desk::new(&world).await;
    let (id, first) = desk.sign_in("ada-1", &["editors"]).await;
    let (again, _) = desk.sign_in("ada-1", &["editors", "approvers", "other"]).await;
    assert_eq!(again, id);
    let path = format!("/v1/people/{id}");
    let person = world.admin("GET", &path, Value::Null).await.expect(200);
    assert_eq!(person["roles"], json!({"shop": ["editor", "approver"]}));
    first.call("GET", "/v1/apps/shop", Value::Null).await.expect(200);
    // Out of all groups: no session, and the one of before may nothing any more.
    desk.server.provider.sign_in_as("ada-1", &["other"]);
    let refused = desk.try_sign_in().await.expect(409);
    assert_eq!(refused["code"], "no_role");
    assert!(refused["detail"].as_str().unwrap().contains("Example"), "{refused}");
    first.call("GET", "/v1/apps/shop", Value::Null).await.expect(403);
    // Somebody who never had one becomes nobody.
    desk.server.provider.sign_in_as("eve-1", &[]);
    assert_eq!(desk.refused().await, "no_role");
}

#[tokio::test]
async fn groups_that_the_provider_only_tells_on_request_count() {
    let world = World::new().await;
    let desk = Desk::new(&world).await;
    desk.server.provider.set(|behaviour| {
        behaviour.claims = json!({"sub": "ada-1"});
        behaviour.told = json!({"groups": "editors", "name": "Ada"});
    });
    let opened = desk.try_sign_in().await.expect(201);
    assert_eq!((&opened["name"], &opened["roles"]), (&json!("Ada"), &json!({"shop": ["editor"]})));
    desk.server.provider.set(|behaviour| behaviour.told = json!({"sub": "ben-1", "groups": "approvers"}));
    assert_eq!(desk.refused().await, "provider_answer_invalid");
}

/// The pairs are the changes of a good ID token, each of which makes it vouch for nobody.
#[tokio::test]
async fn an_id_token_of_another_client_time_or_key_vouches_for_nobody() {
    let world = World::new().await;
    let desk = Desk::new(&world).await;
    let provider = &desk.server.provider;
    for (claim, value) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("another")),
        ("aud", json!(["moments", "another"])),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("exp", json!(world.clock.now().as_second())),
    ] {
        provider.sign_in_as("ada-1", &["editors"]);
        provider.set(|behaviour| behaviour.claims[claim] = value.clone());
        assert_eq!(desk.refused().await, "provider_answer_invalid", "{claim} {value}");
    }
    provider.sign_in_as("ada-1", &["editors"]);
    for signing in [Signing::WithAnotherKey, Signing::WithTheSecret, Signing::Not] {
        provider.set(|behaviour| behaviour.signing = signing);
        assert_eq!(desk.refused().await, "provider_answer_invalid", "{signing:?}");
    }
    provider.set(|behaviour| behaviour.signing = Signing::Properly);
    let begun = desk.begin().await;
    let (code, state) = provider.visit(&begun.address);
    let body = json!({"sign_in": begun.sign_in, "state": state, "code": code, "iss": "https://evil.example"});
    let answer = desk.post("/v1/sign-ins/complete", &body).await.expect(409);
    assert_eq!(answer["code"], "provider_answer_invalid");
    desk.try_sign_in().await.expect(201);
}

#[tokio::test]
async fn a_subject_that_names_nobody_is_nobody() {
    let world = World::new().await;
    let desk = Desk::new(&world).await;
    for subject in ["", " ", "\u{0}", "a\nb"] {
        desk.server.provider.sign_in_as(subject, &["editors"]);
        assert_eq!(desk.refused().await, "provider_answer_invalid", "{subject:?}");
    }
}

#[tokio::test]
async fn new_keys_of_the_provider_are_found_when_they_are_needed() {
    let world = World::new().await;
    let desk = Desk::new(&world).await;
    desk.try_sign_in().await.expect(201);
    desk.server.provider.take_asked();
    desk.try_sign_in().await.expect(201);
    assert_eq!(desk.server.provider.take_asked(), ["/token"], "addresses and keys are remembered");
    desk.server.provider.rotate();
    world.pass(SignedDuration::from_secs(11));
    desk.try_sign_in().await.expect(201);
}

#[tokio::test]
async fn a_provider_that_fails_says_how_and_opens_nothing() {
    let world = World::new().await;
    let desk = Desk::new(&world).await;
    let provider = &desk.server.provider;
    let begun = desk.begin().await;
    let (_, state) = provider.visit(&begun.address);
    let body = json!({"sign_in": begun.sign_in, "state": state, "code": "made-up"});
    assert_eq!(desk.post("/v1/sign-ins/complete", &body).await.expect(409)["code"], "provider_refused");
    provider.set(|behaviour| behaviour.status = 500);
    assert_eq!(desk.refused().await, "provider_refused");
    provider.set(|behaviour| {
        behaviour.status = 200;
        behaviour.takes = Duration::from_secs(60);
    });
    assert_eq!(desk.refused().await, "provider_silent");
    desk.server.stop();
    assert_eq!(desk.refused().await, "provider_silent");
    // What is remembered ends, and then nobody can begin.
    world.pass(SignedDuration::from_mins(10));
    let answer = desk.post("/v1/sign-ins", &json!({"redirect_uri": BACK})).await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.expect(503);
    world.admin("DELETE", "/v1/identity-provider", Value::Null).await.expect(204);
    let answer = desk.post("/v1/sign-ins", &json!({"redirect_uri": BACK})).await.expect(409);
    assert_eq!(answer["code"], "no_identity_provider");
    let options = world.send("GET", "/v1/sign-in-options", &[], &[]).await.expect(200);
    assert_eq!(options, json!({"identity_provider": null}));
}

#[tokio::test]
async fn a_provider_is_public_and_answers_and_its_secret_is_never_shown() {
    let world = World::new().await;
    let desk = Desk::new(&world).await;
    let path = "/v1/identity-provider";
    let shown = world.admin("GET", path, Value::Null).await.expect(200);
    assert!(shown["has_client_secret"] == true && !shown.to_string().contains(SECRET), "{shown}");
    let put = async |pointer: &str, value: Value| {
        let mut body = provider(&desk.server.issuer);
        tests::set(&mut body, pointer, value);
        world.admin("PUT", path, body).await
    };
    let error = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    let before = world.items();
    for issuer in ["http://id.example", "https://10.0.0.1", "https://169.254.169.254", "https://id.internal"] {
        assert_eq!(put("/issuer", json!(issuer)).await.field_errors(), error("/issuer", "invalid_url"), "{issuer}");
    }
    // A server that is no provider, and one that leads to where only Moments can reach.
    assert_eq!(put("/issuer", json!(format!("{}/x", desk.server.issuer))).await.field_errors(), {
        let mut expected = error("/client_secret", "required");
        expected.clear();
        expected.extend(error("/issuer", "unusable"));
        expected
    });
    for endpoint in ["token_endpoint", "authorization_endpoint", "jwks_uri"] {
        desk.server.provider.set(|behaviour| behaviour.configuration = json!({endpoint: "https://10.0.0.1/"}));
        assert_eq!(put("/name", json!("New")).await.field_errors(), error("/issuer", "unusable"), "{endpoint}");
    }
    desk.server.provider.set(|behaviour| behaviour.configuration = json!({}));
    assert_eq!(put("/redirect_uris", json!([])).await.field_errors(), error("/redirect_uris", "required"));
    assert_eq!(put("/groups/editors/shop", json!(["boss"])).await.field_errors(), {
        error("/groups/editors/shop", "invalid_role")
    });
    assert_eq!(put("/scopes", json!(["a b"])).await.field_errors(), error("/scopes/0", "invalid_text"));
    assert_eq!(world.items(), before);
    // A secret that is not sent again stays, and goes to nobody else.
    let mut body = provider(&desk.server.issuer);
    body["client_secret"] = Value::Null;
    body["name"] = json!("Renamed");
    let changed = world.admin("PUT", path, body.clone()).await.expect(200);
    assert_eq!((&changed["has_client_secret"], &changed["version"]), (&json!(true), &json!(2)));
    let other = Server::start(world.clock.now()).await;
    body["issuer"] = json!(other.issuer);
    assert_eq!(world.admin("PUT", path, body).await.field_errors(), error("/client_secret", "required"));
    let elsewhere = json!({"redirect_uri": "https://evil.example/"});
    let errors = desk.post("/v1/sign-ins", &elsewhere).await.field_errors();
    assert_eq!(errors, error("/redirect_uri", "not_allowed"));
}

#[tokio::test]
async fn nobody_becomes_a_person_whom_others_have_made() {
    let world = World::new().await;
    world.app("shop").await;
    let desk = Desk::new(&world).await;
    Human::with(&world, "ada@shop.example", json!({"shop": ["owner"]})).await;
    desk.server.provider.set(|behaviour| {
        behaviour.claims = json!({
            "sub": "ada@shop.example", "name": "ada@shop.example", "email": "ada@shop.example", "email_verified": true,
            "preferred_username": "ada@shop.example", "groups": ["editors"],
        });
    });
    let opened = desk.try_sign_in().await.expect(201);
    assert_ne!(opened["person_id"], "ada@shop.example");
    assert_eq!(opened["roles"], json!({"shop": ["editor"]}));
    // Nor can somebody be made in advance for a sign-in to become.
    let id = opened["person_id"].as_str().unwrap();
    world.admin("DELETE", &format!("/v1/people/{id}"), Value::Null).await.expect(204);
    let body = json!({"name": "Trap", "roles": {"shop": ["owner"]}});
    let errors = world.admin("PUT", &format!("/v1/people/{id}"), body).await.field_errors();
    assert_eq!(errors, [("/person".to_owned(), "invalid_id".to_owned())]);
}

#[tokio::test]
async fn a_deleted_person_is_out_at_once_and_comes_back_as_the_same() {
    let world = World::new().await;
    world.app("shop").await;
    let desk = Desk::new(&world).await;
    let (id, session) = desk.sign_in("ada-1", &["editors"]).await;
    world.admin("DELETE", &format!("/v1/people/{id}"), Value::Null).await.expect(204);
    session.call("GET", "/v1/session", Value::Null).await.expect(401);
    world.pass(SignedDuration::from_secs(1));
    let (again, _) = desk.sign_in("ada-1", &["editors"]).await;
    assert_eq!(again, id);
    // A session that somebody has stolen does not come back with the person.
    session.call("GET", "/v1/session", Value::Null).await.expect(401);
    // One whom the operator has named comes back with that name.
    world.admin("DELETE", &format!("/v1/people/{id}"), Value::Null).await.expect(204);
    let body = json!({"name": "Ada", "roles": {}, "subject": "ada-1"});
    world.admin("PUT", "/v1/people/ada", body.clone()).await.expect(200);
    assert_eq!(desk.sign_in("ada-1", &["editors"]).await.0, "ada");
    world.admin("DELETE", "/v1/people/ada", Value::Null).await.expect(204);
    assert_eq!(desk.sign_in("ada-1", &["editors"]).await.0, "ada");
    // Not if the id is somebody else's by now.
    world.admin("DELETE", "/v1/people/ada", Value::Null).await.expect(204);
    Human::with(&world, "ada", json!({"shop": ["owner"]})).await;
    desk.server.provider.sign_in_as("ada-1", &["editors"]);
    assert_eq!(desk.refused().await, "person_taken");
}

#[tokio::test]
async fn a_session_ends_with_the_identity_that_opened_it() {
    let world = World::new().await;
    world.app("shop").await;
    let desk = Desk::new(&world).await;
    let is = async |id: &str, subject: &str| {
        let body = json!({"name": id, "roles": {}, "subject": subject});
        world.admin("PUT", &format!("/v1/people/{id}"), body).await
    };
    is("ada", "x-1").await.expect(200);
    let (id, session) = desk.sign_in("x-1", &["editors"]).await;
    assert_eq!(id, "ada");
    // The operator mixed up two subjects. One human would be both with the session of before.
    is("ada", "y-1").await.expect(200);
    is("bob", "x-1").await.expect(200);
    session.call("GET", "/v1/session", Value::Null).await.expect(401);
    assert_eq!(desk.sign_in("x-1", &["approvers"]).await.0, "bob");
    assert_eq!(desk.sign_in("y-1", &["editors"]).await.0, "ada");
    session.call("GET", "/v1/session", Value::Null).await.expect(401);
}

#[tokio::test]
async fn a_session_of_somebody_who_is_out_ends_however_often_it_is_tried() {
    let world = World::new().await;
    let desk = Desk::new(&world).await;
    let (id, session) = desk.sign_in("ada-1", &["editors"]).await;
    world.admin("DELETE", &format!("/v1/people/{id}"), Value::Null).await.expect(204);
    let before = world.items_at("SESSION#");
    world.pass(SignedDuration::from_mins(5));
    session.call("GET", "/v1/session", Value::Null).await.expect(401);
    assert_eq!(world.items_at("SESSION#"), before, "nobody keeps it from ending");
}

#[tokio::test]
async fn what_decides_about_roles_is_in_the_audit_of_their_apps() {
    let world = World::new().await;
    let app = world.app("shop").await;
    let audit = async || {
        let listed = app.admin("GET", "/audit", Value::Null).await.expect(200);
        let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or("-").to_owned();
        let line =
            |entry: &Value| ["subject", "id", "action", "outcome", "person_id"].map(|name| text(entry, name)).join(" ");
        listed["data"].as_array().unwrap().iter().map(line).collect::<Vec<_>>()
    };
    let expect = async |expected: &[String]| {
        assert_eq!(audit().await[..expected.len()], *expected);
        world.pass(SignedDuration::from_secs(1));
    };
    world.pass(SignedDuration::from_secs(1));
    let desk = Desk::new(&world).await;
    expect(&["identity_provider identity-provider written done -".to_owned()]).await;
    let (id, _) = desk.sign_in("ada-1", &["editors"]).await;
    let signed_in = format!("person {id} signed_in done {id}");
    expect(std::slice::from_ref(&signed_in)).await;
    // The same roles again change nothing.
    let count = audit().await.len();
    desk.sign_in("ada-1", &["editors"]).await;
    assert_eq!(audit().await.len(), count);
    desk.server.provider.sign_in_as("ada-1", &[]);
    desk.try_sign_in().await.expect(409);
    expect(&[signed_in.clone(), signed_in]).await;
    // Roles stay, but somebody else has them.
    let ada = async |subject: &str| {
        let body = json!({"name": "Ada", "roles": {"shop": ["viewer"]}, "subject": subject});
        world.admin("PUT", "/v1/people/ada", body).await.expect(200);
    };
    ada("x-1").await;
    world.pass(SignedDuration::from_secs(1));
    ada("y-1").await;
    let written = "person ada written done -".to_owned();
    expect(&[written.clone(), written]).await;
    world.admin("DELETE", "/v1/identity-provider", Value::Null).await.expect(204);
    expect(&["identity_provider identity-provider deleted done -".to_owned()]).await;
}

#[tokio::test]
async fn whoever_signs_in_there_comes_in_with_no_key() {
    let world = World::new().await;
    world.app("shop").await;
    let desk = Desk::new(&world).await;
    let ada = Human::with(&world, "ada", json!({"shop": ["owner"]})).await;
    let old = ada.call("POST", "/v1/sessions", Value::Null).await.expect(201);
    let named = json!({"name": "Ada", "roles": {"shop": ["owner"]}, "subject": "ada-1"});
    // An owner could otherwise name a subject of their own.
    ada.call("PUT", "/v1/people/ada", named.clone()).await.expect(403);
    world.admin("PUT", "/v1/people/ada", named.clone()).await.expect(200);
    for credential in [ada.key.as_str(), old["session"].as_str().unwrap()] {
        world.call(credential, "GET", "/v1/session", Value::Null).await.expect(401);
    }
    let (id, session) = desk.sign_in("ada-1", &["editors"]).await;
    assert_eq!(id, "ada");
    let shown = session.call("GET", "/v1/session", Value::Null).await.expect(200);
    assert_eq!(shown["roles"], json!({"shop": ["editor"]}), "the groups decide");
    let before = world.items();
    let refused = session.call("POST", "/v1/people/ada/keys", Value::Null).await.expect(409);
    assert_eq!(refused["code"], "managed_by_identity_provider");
    session.call("POST", "/v1/sessions", Value::Null).await.expect(403);
    let refused = world.admin("PUT", "/v1/people/ada", named).await.expect(409);
    assert_eq!(refused["code"], "managed_by_identity_provider");
    let second = json!({"name": "Second", "roles": {}, "subject": "ada-1"});
    assert_eq!(world.admin("PUT", "/v1/people/second", second).await.expect(409)["code"], "identity_taken");
    let robot = json!({"name": "Robot", "kind": "service", "roles": {}, "subject": "robot"});
    let errors = world.admin("PUT", "/v1/people/robot", robot).await.field_errors();
    assert_eq!(errors, [("/subject".to_owned(), "not_allowed".to_owned())]);
    assert_eq!(world.items(), before);
}
