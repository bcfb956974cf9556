//! The two demo apps, made through the real routes with the operator's key: a bank with a challenge of five deposits,
//! and a game with a surprise at level five. Starting again finds them as they are.

use serde_json::{Value, json};

use crate::gateway::HttpRequest;
use crate::{Local, LocalError};

/// An app to play with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoApp {
    /// The app's id.
    pub app: &'static str,
    /// A live key of scope `app`.
    pub key: String,
    /// A test key of scope `app`.
    pub test_key: String,
}

/// URLs in stock for each demo app.
const STOCK: usize = 100;

/// Makes the demo apps, or finds them.
pub async fn prepare(local: &Local, now: jiff::Timestamp) -> Result<Vec<DemoApp>, LocalError> {
    let mut apps = Vec::new();
    for demo in [bank(now), game(now)] {
        apps.push(demo.prepare(local).await?);
    }
    Ok(apps)
}

struct Demo {
    app: &'static str,
    name: &'static str,
    campaign: &'static str,
    group: Value,
    plan: Value,
}

fn bank(now: jiff::Timestamp) -> Demo {
    let (starts_at, ends_at) = season(now);
    Demo {
        app: "demo-bank",
        name: "Demo Bank",
        campaign: "five-deposits",
        group: json!({
            "name": "5 € gift card", "kind": "unique_url", "cpa": { "currency": "EUR", "amount_minor": 500 },
            "test_url": "https://gift.example/test", "expires_after_days": 90,
        }),
        plan: json!({
            "name": "Five deposits", "kind": "challenge", "starts_at": starts_at, "ends_at": ends_at,
            "budget": { "currency": "EUR", "amount_minor": 250_000 },
            "moments": [{
                "moment_id": "five-deposits", "action": "deposit", "count": "events", "target": 5,
                "rewards": [{ "reward_group_id": "gift" }],
                "messages": {
                    "announcement": {
                        "en": { "title": "A gift card for you", "body": "Make 5 deposits and get a 5 € gift card." },
                        "de": { "title": "Ein Gutschein für Sie", "body": "5 Einzahlungen, und ein Gutschein über 5 € gehört Ihnen." },
                    },
                    "achievement": {
                        "en": { "title": "You did it!", "body": "5 deposits made: here is your 5 € gift card." },
                        "de": { "title": "Geschafft!", "body": "5 Einzahlungen: hier ist Ihr Gutschein über 5 €." },
                    },
                },
            }],
        }),
    }
}

fn game(now: jiff::Timestamp) -> Demo {
    let (starts_at, ends_at) = season(now);
    Demo {
        app: "demo-game",
        name: "Demo Game",
        campaign: "level-five",
        group: json!({
            "name": "Golden sword", "kind": "unique_url", "cpa": { "currency": "USD", "amount_minor": 199 },
            "test_url": "https://sword.example/test",
        }),
        plan: json!({
            "name": "Level five", "kind": "surprise", "starts_at": starts_at, "ends_at": ends_at,
            "budget": { "currency": "USD", "amount_minor": 100_000 },
            "moments": [{
                "moment_id": "level-five", "action": "level_completed", "count": "highest", "target": 5,
                "rewards": [{ "reward_group_id": "gift" }],
                "messages": { "achievement": { "en": { "title": "Level 5!", "body": "A golden sword is yours." } } },
            }],
        }),
    }
}

/// From an hour ago to 90 days ahead.
fn season(now: jiff::Timestamp) -> (String, String) {
    let hours = jiff::SignedDuration::from_hours;
    ((now - hours(1)).to_string(), (now + hours(90 * 24)).to_string())
}

impl Demo {
    async fn prepare(self, local: &Local) -> Result<DemoApp, LocalError> {
        let app = format!("/v1/apps/{}", self.app);
        let campaign = format!("{app}/campaigns/{}", self.campaign);
        let exists = call(local, "GET", &campaign, None).await?.0 == 200;
        if !exists {
            expect(local, "PUT", &app, Some(json!({ "name": self.name }))).await?;
            expect(local, "PUT", &format!("{app}/reward-groups/gift"), Some(self.group)).await?;
            expect(local, "PUT", &campaign, Some(self.plan)).await?;
        }
        // Each of these may be repeated: a start that was interrupted is finished here.
        let stock = (1..=STOCK).map(|n| format!("https://gift.example/{}/{n:06}", self.app)).collect::<Vec<_>>();
        expect(local, "POST", &format!("{app}/reward-groups/gift/stock"), Some(json!({ "urls": stock }))).await?;
        let state = expect(local, "GET", &campaign, None).await?["state"].clone();
        if state == "draft" {
            expect(local, "POST", &format!("{campaign}/submit"), None).await?;
        }
        if state == "draft" || state == "pending_approval" {
            expect(local, "POST", &format!("{campaign}/approve"), None).await?;
        }
        let mint = |mode: &'static str| {
            let path = format!("{app}/keys");
            async move {
                let minted = expect(local, "POST", &path, Some(json!({ "scope": "app", "mode": mode }))).await?;
                Ok::<_, LocalError>(minted["key"].as_str().unwrap_or_default().to_owned())
            }
        };
        Ok(DemoApp { app: self.app, key: mint("live").await?, test_key: mint("test").await? })
    }
}

async fn call(local: &Local, method: &str, path: &str, body: Option<Value>) -> Result<(u16, Value), LocalError> {
    let headers = [("x-api-key", local.admin_key.expose()), ("content-type", "application/json")];
    let response = local
        .call(HttpRequest {
            method: method.to_owned(),
            target: path.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        })
        .await;
    Ok((response.status, serde_json::from_slice(&response.body).unwrap_or(Value::Null)))
}

async fn expect(local: &Local, method: &str, path: &str, body: Option<Value>) -> Result<Value, LocalError> {
    let (status, answer) = call(local, method, path, body).await?;
    if (200..300).contains(&status) {
        Ok(answer)
    } else {
        Err(LocalError::Api(format!(
            "the demo could not be made: {method} {path} answered {status}: {}",
            answer["detail"]
        )))
    }
}
