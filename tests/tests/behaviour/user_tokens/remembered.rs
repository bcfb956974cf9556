//! The minute for which API Gateway remembers the authorizer's answer, by the token alone.

use domain::instant::Sum as _;
use jiff::SignedDuration;
use local::clock::Clock;
use local::gateway::HttpRequest;
use local::{Local, Options};
use serde_json::{Value, json};
use user_tokens::{SigningKey, sign};

struct Remembering {
    local: Local,
    clock: Clock,
    key: SigningKey,
}

impl Remembering {
    async fn new() -> Self {
        let clock = Clock::at(tests::NOW.parse().unwrap());
        let options = Options { clock: clock.clone(), remembers_callers: true, patience: 30, ..Options::default() };
        let local = Local::start(options).await.unwrap();
        let mut world = Self { local, clock, key: SigningKey::read("mts_x").unwrap() };
        for app in ["app", "other"] {
            world.admin("PUT", &format!("/v1/apps/{app}"), json!({"name": app})).await;
        }
        let key = json!({"algorithm": "HS256", "mode": "live"});
        let made = world.admin("PUT", "/v1/apps/app/token-keys/web", key).await;
        world.key = SigningKey::read(made["secret"].as_str().unwrap()).unwrap();
        world
    }

    async fn send(&self, method: &str, path: &str, header: (&str, &str), body: &str) -> (u16, Value) {
        let headers = [header, ("content-type", "application/json")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let request = HttpRequest { method: method.into(), target: path.into(), headers, body: body.into() };
        let answer = self.local.call(request).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    async fn admin(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, body) =
            self.send(method, path, ("x-api-key", self.local.admin_key.expose()), &body.to_string()).await;
        assert!(status < 300, "{status} {body}");
        body
    }

    /// Returns a token that ends some seconds from now.
    fn token(&self, ends: i64) -> String {
        let exp = self.clock.now().as_second() + ends;
        sign("web", &self.key, &json!({"sub": "ada", "aud": "app", "exp": exp})).unwrap()
    }

    async fn get(&self, token: &str, path: &str) -> (u16, Value) {
        self.send("GET", path, ("authorization", &format!("Bearer {token}")), "").await
    }

    fn pass(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus(SignedDuration::from_secs(seconds)));
    }
}

const REWARDS: &str = "/v1/apps/app/me/rewards";

#[tokio::test]
async fn a_remembered_token_does_not_outlive_its_end() {
    let world = Remembering::new().await;
    // The clocks may differ by a minute, so this one is good for ten seconds more.
    let token = world.token(-50);
    assert_eq!(world.get(&token, REWARDS).await.0, 200);
    world.pass(9);
    assert_eq!(world.get(&token, REWARDS).await.0, 200);
    world.pass(1);
    let (status, body) = world.get(&token, REWARDS).await;
    assert_eq!((status, &body["code"]), (401, &json!("token_expired")));
    world.local.stop().await;
}

#[tokio::test]
async fn a_deleted_token_key_holds_for_a_minute_at_the_most() {
    let world = Remembering::new().await;
    let token = world.token(900);
    assert_eq!(world.get(&token, REWARDS).await.0, 200);
    world.admin("DELETE", "/v1/apps/app/token-keys/web", Value::Null).await;
    world.pass(59);
    assert_eq!(world.get(&token, REWARDS).await.0, 200, "API Gateway has not asked again");
    assert_eq!(world.get(&world.token(901), REWARDS).await.0, 401, "a token that it does not know");
    world.pass(1);
    assert_eq!(world.get(&token, REWARDS).await.0, 401);
    world.local.stop().await;
}

#[tokio::test]
async fn what_is_remembered_of_one_path_holds_for_every_other() {
    let world = Remembering::new().await;
    let token = world.token(900);
    let elsewhere = "/v1/apps/other/me/rewards";
    for _ in 0..2 {
        // Whichever path comes first, the answer is the same.
        assert_eq!(world.get(&token, elsewhere).await.0, 401);
        assert_eq!(world.get(&token, REWARDS).await.0, 200);
    }
    // The same header is no caller of another authorizer.
    assert_eq!(world.send("GET", "/v1/users/ada/rewards", ("x-api-key", &token), "").await.0, 401);
    world.local.stop().await;
}
