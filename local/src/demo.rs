//! The demo apps, made through the real routes with the operator's key: a bank with a challenge of five deposits, a
//! game with a surprise at level five, and a shop with a gift card that a supplier makes, which a later start keeps;
//! and a race that ends a minute after each start.

use std::path::PathBuf;

use domain::campaign::history::{Change, ChangeKind};
use domain::id::InvalidId;
use domain::instant::Sum as _;
use domain::secret::ApiKey;
use domain::user_token::Verifier;
use serde_json::{Value, json};
use store::{campaigns, keys, token_keys};

use crate::demo_page::Keys;
use crate::supplier_desk::amazon;
use crate::{Local, LocalError, write_secret};

/// A demo app and its keys.
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

/// Makes the demo apps, unless they exist, and mints keys for them.
pub async fn prepare(local: &Local, now: jiff::Timestamp) -> Result<Vec<DemoApp>, LocalError> {
    let mut apps = Vec::new();
    for demo in [bank(now), game(now), shop(now)] {
        apps.push(demo.prepare(local).await?);
    }
    if let Some(bank) = apps.first() {
        let keys = bank_keys(local, bank).await?;
        local.endpoints.bank.get_or_init(|| keys);
    }
    let race = race(now);
    let campaign = race.campaign.clone();
    let race = race.prepare(local).await?;
    for (player, points) in [("kim", 72), ("lou", 85), ("mia", 64)] {
        let lap = json!({ "user_id": player, "action": "lap", "event_id": format!("{campaign}-{player}"), "quantity": points });
        local.prepare(&race.key, "POST", "/v1/moments", lap).await?;
    }
    apps.push(race);
    Ok(apps)
}

/// Makes the bank's token key, unless it exists.
async fn bank_keys(local: &Local, bank: &DemoApp) -> Result<Keys, LocalError> {
    let token_key = "demo";
    let path = format!("/v1/apps/{}/token-keys/{token_key}", bank.app);
    let wanted = json!({ "algorithm": "HS256", "mode": "live" });
    local.prepare(local.admin_key.expose(), "PUT", &path, wanted).await?;
    // The API shows a secret once, and this may be a later start.
    let id = |error: InvalidId| unexpected(&error);
    let (app, key) = (bank.app.try_into().map_err(id)?, token_key.try_into().map_err(id)?);
    let store = &local.environments.store;
    match token_keys::get(store, &app, &key).await.map_err(|error| unexpected(&error))?.map(|key| key.verifier) {
        Some(Verifier::Hs256 { secret: token_secret }) => {
            Ok(Keys { app: bank.app, key: bank.key.clone(), token_key, token_secret })
        }
        _ => Err(unexpected(&"its token key is of another algorithm")),
    }
}

fn unexpected(error: &dyn std::fmt::Display) -> LocalError {
    LocalError::Api(format!("the demo could not be made: {error}"))
}

/// Returns the keys of an earlier start, so that they do not multiply, unless they were revoked.
async fn kept(local: &Local, app: &'static str) -> Option<DemoApp> {
    let text = std::fs::read_to_string(keys_file(local, app)?).ok()?;
    let (key, test_key) = text.trim().split_once('\n')?;
    for key in [key, test_key] {
        keys::find(&local.environments.store, &ApiKey::new(key).hash(), local.now()).await.ok()??;
    }
    Some(DemoApp { app, key: key.to_owned(), test_key: test_key.to_owned() })
}

fn keep(local: &Local, DemoApp { app, key, test_key }: &DemoApp) -> Result<(), LocalError> {
    keys_file(local, app).map_or(Ok(()), |file| write_secret(&file, &format!("{key}\n{test_key}\n")))
}

/// The file with an app's keys, beside the database.
fn keys_file(local: &Local, app: &str) -> Option<PathBuf> {
    Some(local.data.as_ref()?.join(format!("{app}-keys")))
}

struct Demo {
    app: &'static str,
    name: &'static str,
    campaign: String,
    /// Who makes the rewards. Without one they come from stock.
    supplier: Option<Value>,
    group: Value,
    plan: Value,
}

fn bank(now: jiff::Timestamp) -> Demo {
    let (starts_at, ends_at) = season(now);
    Demo {
        app: "demo-bank",
        name: "Demo Bank",
        campaign: "five-deposits".to_owned(),
        supplier: None,
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
        campaign: "level-five".to_owned(),
        supplier: None,
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

fn shop(now: jiff::Timestamp) -> Demo {
    let (starts_at, ends_at) = season(now);
    Demo {
        app: "demo-shop",
        name: "Demo Shop",
        campaign: "first-order".to_owned(),
        supplier: Some(json!({
            "name": "Gift cards", "kind": "amazon_incentives", "partner_id": "Demo1", "region": "europe", "sandbox": true,
            "access_key_id": amazon::ACCESS_KEY_ID, "secret_access_key": amazon::SECRET_ACCESS_KEY,
        })),
        group: json!({
            "name": "10 € gift card", "kind": "unique_url", "cpa": { "currency": "EUR", "amount_minor": 1_000 },
            "test_url": "https://gift.example/test", "expires_after_days": 90, "supplier": { "id": "cards" },
        }),
        plan: json!({
            "name": "First order", "kind": "surprise", "starts_at": starts_at, "ends_at": ends_at,
            "budget": { "currency": "EUR", "amount_minor": 100_000 },
            "moments": [{
                "moment_id": "first-order", "action": "order", "count": "events", "target": 1,
                "rewards": [{ "reward_group_id": "gift" }],
                "messages": { "achievement": { "en": { "title": "Thank you!", "body": "A 10 € gift card is yours." } } },
            }],
        }),
    }
}

/// The seconds from the start to the end of the race.
const RACE_SECONDS: i64 = 60;

/// The campaign of the race that begins with a start at `now`: each start has its own.
pub fn race_campaign(now: jiff::Timestamp) -> String {
    format!("week-{}", now.as_second())
}

fn race(now: jiff::Timestamp) -> Demo {
    let ends_at = now.plus(jiff::SignedDuration::from_secs(RACE_SECONDS));
    Demo {
        app: "demo-race",
        name: "Demo Race",
        campaign: race_campaign(now),
        supplier: None,
        group: json!({
            "name": "Trophy", "kind": "unique_url", "cpa": { "currency": "EUR", "amount_minor": 1_000 },
            "test_url": "https://trophy.example/test",
        }),
        plan: json!({
            "name": "Best lap of the week", "kind": "competition",
            "starts_at": now.minus(jiff::SignedDuration::from_hours(1)).to_string(), "ends_at": ends_at.to_string(),
            "budget": { "currency": "EUR", "amount_minor": 10_000 },
            "moments": [{
                "moment_id": "lap", "action": "lap",
                "messages": {
                    "achievement": { "en": { "title": "On the podium!", "body": "Rank {competition.rank}: a trophy is yours." } },
                    "result": { "en": { "title": "The race is over", "body": "You are {competition.rank} of {competition.players}." } },
                },
            }],
            "competition": {
                "score": "highest", "window": "week", "grace_minutes": 15,
                "prizes": [{ "ranks": [1, 2], "reward_group_id": "gift" }],
            },
        }),
    }
}

/// A season from one hour ago to 90 days ahead.
fn season(now: jiff::Timestamp) -> (String, String) {
    let hours = jiff::SignedDuration::from_hours;
    (now.minus(hours(1)).to_string(), now.plus(hours(90 * 24)).to_string())
}

impl Demo {
    /// Takes a draft's grace away: the functions of a laptop share one clock, so a board can be frozen at its end.
    async fn freeze_at_once(&self, local: &Local) -> Result<(), LocalError> {
        let store = &local.environments.store;
        let app = self.app.try_into().map_err(|error| unexpected(&error))?;
        let id = self.campaign.as_str().try_into().map_err(|error| unexpected(&error))?;
        let found = campaigns::get(store, &app, &id).await.map_err(|error| unexpected(&error))?;
        let Some(mut campaign) = found else { return Ok(()) };
        let Some(competition) = &mut campaign.competition else { return Ok(()) };
        competition.grace_minutes = 0;
        campaign.version += 1;
        let change = Change {
            version: campaign.version,
            at: campaign.starts_at,
            key_id: "key_demo".try_into().map_err(|error| unexpected(&error))?,
            person_id: None,
            minted_by: domain::person::MintedBy::default(),
            action: ChangeKind::Edited,
            reason: None,
            changes: Vec::new(),
        };
        let written = campaigns::put_draft(store, &campaign, &change).await;
        written.map_err(|error| unexpected(&error)).map(drop)
    }

    async fn prepare(self, local: &Local) -> Result<DemoApp, LocalError> {
        let admin = local.admin_key.expose();
        let put = |path: String, body: Value| async move { local.prepare(admin, "PUT", &path, body).await };
        let post = |path: String, body: Value| async move { local.prepare(admin, "POST", &path, body).await };
        let app = format!("/v1/apps/{}", self.app);
        let campaign = format!("{app}/campaigns/{}", self.campaign);
        let exists = local.request(admin, "GET", &campaign, Value::Null).await.0 == 200;
        if !exists {
            put(app.clone(), json!({ "name": self.name })).await?;
            if let Some(supplier) = self.supplier.clone() {
                put(format!("{app}/suppliers/cards"), supplier).await?;
            }
            put(format!("{app}/reward-groups/gift"), self.group.clone()).await?;
            put(campaign.clone(), self.plan.clone()).await?;
            self.freeze_at_once(local).await?;
        }
        // Each step below may be repeated, so this also finishes an interrupted start.
        if self.supplier.is_none() {
            let stock = (1..=STOCK).map(|n| format!("https://gift.example/{}/{n:06}", self.app)).collect::<Vec<_>>();
            post(format!("{app}/reward-groups/gift/stock"), json!({ "urls": stock })).await?;
        }
        let state = local.prepare(admin, "GET", &campaign, Value::Null).await?["state"].clone();
        if state == "draft" {
            post(format!("{campaign}/submit"), Value::Null).await?;
        }
        if state == "draft" || state == "pending_approval" {
            post(format!("{campaign}/approve"), Value::Null).await?;
        }
        if let Some(kept) = kept(local, self.app).await {
            return Ok(kept);
        }
        let mint = |mode: &'static str| {
            let minted = post(format!("{app}/keys"), json!({ "scope": "app", "mode": mode }));
            async move { Ok::<_, LocalError>(minted.await?["key"].as_str().unwrap_or_default().to_owned()) }
        };
        let made = DemoApp { app: self.app, key: mint("live").await?, test_key: mint("test").await? };
        keep(local, &made)?;
        Ok(made)
    }
}
