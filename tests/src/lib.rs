//! A world for each test: the whole system in memory, behind the gateway, at a time that the test sets. `promises`
//! checks the promises from the table alone.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "this crate is tests all the way down"
)]

pub mod contention;
mod copies;
pub mod deployment;
pub mod document;
pub mod event_bridge;
pub mod identity_provider;
pub mod kms;
pub mod openapi;
mod pinpoint;
pub mod promises;
pub mod published_model;
pub mod receiver;
pub mod simulation;
pub mod sqs;
pub mod supplier;

use std::collections::BTreeMap;
use std::path::PathBuf;

use copies::{Made, Unpacked};
use domain::campaign::Campaign;
use domain::campaign::history::{Change, ChangeKind};
use jiff::{SignedDuration, Timestamp};
use local::clock::Clock;
use local::functions::Binaries;
use local::gateway::HttpRequest;
use local::{Local, Options};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

/// The default time of tests, in the middle of [`campaign`].
pub const NOW: &str = "2026-12-01T12:00:00Z";

/// The whole system. Its functions run in this process, at [`NOW`]. If the variable `MOMENTS_BINARIES` names a folder,
/// they run as processes of the binaries there, at the machine's time.
pub struct World {
    /// The running system.
    pub local: Local,
    /// Its clock.
    pub clock: Clock,
    /// The processes' log.
    log: Option<NamedTempFile>,
    /// The functions' variables that differ from the template.
    variables: BTreeMap<String, String>,
}

/// Returns the folder of the binaries to test, if any.
fn binaries() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "which binaries are tested is the caller's choice")]
    std::env::var_os("MOMENTS_BINARIES").map(PathBuf::from)
}

/// Returns the options of a world with these variables.
fn options(variables: &[(&str, &str)]) -> Options {
    // Hundreds of concurrent requests share a machine and an embedded database, so no test may depend on their speed.
    let patient = ("DYNAMODB_TIMEOUT_SECONDS", "60");
    let variables = std::iter::once(&patient).chain(variables);
    let binaries = binaries().map(|folder| Binaries { folder, log: None });
    Options {
        clock: if binaries.is_some() { Clock::system() } else { Clock::at(NOW.parse().unwrap()) },
        variables: variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        patience: 30,
        binaries,
        ..Options::default()
    }
}

/// An app in a world.
pub struct App<'a> {
    /// The world.
    pub world: &'a World,
    /// The app's id.
    pub id: String,
    /// A live key of scope `app`.
    pub key: String,
    /// A test key of scope `app`.
    pub test_key: String,
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as JSON, or else as text; null if it is empty.
    pub body: Value,
}

impl Answer {
    /// Returns a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Checks the status. Returns the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// Returns the JSON pointers and codes of a 400.
    #[track_caller]
    pub fn field_errors(self) -> Vec<(String, String)> {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let body = self.expect(400);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = body["errors"].as_array().unwrap().iter();
        errors.map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
    }
}

impl World {
    /// Starts an empty world at [`NOW`].
    pub async fn new() -> Self {
        Self::with_variables(&[]).await
    }

    /// Starts an empty world with these variables.
    pub async fn with_variables(variables: &[(&str, &str)]) -> Self {
        Self::start(variables, &copies::empty_system(options(variables)).await).await
    }

    /// Starts the world of the sample events under `events/`.
    pub async fn with_samples() -> Self {
        let make = || async {
            let world = Self::new().await;
            local::samples::prepare(&world.local, world.clock.now()).await.unwrap();
            world.settle().await;
            Made::of(&world.local, None)
        };
        Self::start(&[], &copies::named("samples".to_owned(), make).await.unpack()).await
    }

    async fn start(variables: &[(&str, &str)], begin: &Unpacked) -> Self {
        let log = binaries().map(|_| NamedTempFile::new().unwrap());
        let at = log.as_ref().map(|log| log.path().to_owned());
        let options = Options { saved: Some(begin.saved.clone()), ..options(variables) };
        let binaries = options.binaries.map(|binaries| Binaries { log: at, ..binaries });
        let (clock, variables) = (options.clock.clone(), options.variables.clone());
        let local = Local::start(Options { binaries, ..options }).await.unwrap();
        Self { local, clock, log, variables }
    }

    /// Returns the processes' log.
    pub fn log(&self) -> String {
        self.log.as_ref().map(|log| std::fs::read_to_string(log.path()).unwrap()).unwrap_or_default()
    }

    /// Sets the time.
    pub fn set_time(&self, time: &str) {
        self.clock.set(time.parse::<Timestamp>().unwrap());
    }

    /// Advances the clock. Users who join the line in the same millisecond have no fixed order.
    pub fn pass(&self, time: SignedDuration) {
        self.clock.set(self.clock.now() + time);
    }

    /// Sends a request, and checks the answer against the API's description.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let content_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let sent = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = HttpRequest { method: method.into(), target: path.into(), headers: sent, body: body.to_vec() };
        let response = self.local.call(request).await;
        let content_type = content_type.map(|(_, value)| *value);
        openapi::check(method, path, body, content_type, response.status, &response.headers, &response.body);
        let text = || json!(String::from_utf8_lossy(&response.body));
        let body = serde_json::from_slice(&response.body).unwrap_or_else(|_| text());
        let body = if response.body.is_empty() { Value::Null } else { body };
        Answer { status: response.status, headers: response.headers, body }
    }

    /// Sends JSON with a key.
    pub async fn call(&self, key: &str, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        self.send(method, path, &[("x-api-key", key), ("content-type", "application/json")], &body).await
    }

    /// Sends JSON with the operator's key.
    pub async fn admin(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call(self.local.admin_key.expose(), method, path, body).await
    }

    /// Makes an app with a live and a test key.
    pub async fn app(&self, id: &str) -> App<'_> {
        // High enough for everything that a test sends at once.
        let app = json!({"name": id, "rate_limit": {"requests_per_second": 100_000, "burst": 100_000}});
        self.admin("PUT", &format!("/v1/apps/{id}"), app).await.expect(200);
        let mut keys = Vec::new();
        for mode in ["live", "test"] {
            let minted =
                self.admin("POST", &format!("/v1/apps/{id}/keys"), json!({"scope": "app", "mode": mode})).await;
            keys.push(minted.expect(201)["key"].as_str().unwrap().to_owned());
        }
        let test_key = keys.pop().unwrap();
        App { world: self, id: id.to_owned(), key: keys.pop().unwrap(), test_key }
    }

    /// Makes an app `app` with a group `gift` (`urls` URLs in stock, 5.00 EUR each) and a live campaign `spring` (five
    /// deposits, one reward, 500.00 EUR). An unchanged world gets a copy of the first such shop.
    pub async fn shop(&self, urls: usize) -> App<'_> {
        let is_at_the_beginning = binaries().is_some() || self.clock.now() == NOW.parse().unwrap();
        if !is_at_the_beginning || self.items().len() > 1 {
            return self.make_shop(urls).await;
        }
        let make = || async {
            let app = self.make_shop(urls).await;
            Made::of(&self.local, Some((app.key, app.test_key)))
        };
        let shop = copies::named(format!("a shop with {urls} URLs, {:?}", self.variables), make).await;
        self.local.restore(&shop.unpack().saved).unwrap();
        let (key, test_key) = shop.app_keys.clone().unwrap();
        App { world: self, id: "app".to_owned(), key, test_key }
    }

    async fn make_shop(&self, urls: usize) -> App<'_> {
        let app = self.app("app").await;
        app.put_group("gift", group()).await;
        app.stock("gift", urls).await;
        app.launch("spring", campaign()).await;
        app
    }

    /// Returns every item of the table, except the audit's: it has an entry of each request that succeeded, also of one
    /// that changed nothing.
    pub fn items(&self) -> Vec<Value> {
        let is_other = |item: &Value| !item["pk"]["S"].as_str().unwrap().starts_with("AUDIT#");
        self.local.scan().unwrap().into_iter().filter(is_other).collect()
    }

    /// Returns the entries of the audit.
    pub fn audit_items(&self) -> Vec<Value> {
        let is_entry = |item: &Value| item["pk"]["S"].as_str().unwrap().starts_with("AUDIT#");
        self.local.scan().unwrap().into_iter().filter(is_entry).collect()
    }

    /// Returns every item whose partition key has the prefix.
    pub fn items_at(&self, prefix: &str) -> Vec<Value> {
        let at = |item: &Value| item["pk"]["S"].as_str().unwrap().starts_with(prefix);
        self.items().into_iter().filter(at).collect()
    }

    /// Puts an item into the table directly, as another version of the code would have.
    pub async fn put_raw(&self, item: Value) {
        self.raw("PutItem", json!({"TableName": "moments", "Item": item})).await;
    }

    /// Sends a request to the table directly.
    pub async fn raw(&self, operation: &str, body: Value) {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let host = self.local.dynamodb.trim_start_matches("http://");
        let body = body.to_string();
        let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
        let request = format!(
            "POST / HTTP/1.1\r\nhost: {host}\r\nx-amz-target: DynamoDB_20120810.{operation}\r\n\
             content-type: application/x-amz-json-1.0\r\n\
             authorization: AWS4-HMAC-SHA256 Credential=local/20261201/us-east-1/dynamodb/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\
             x-amz-date: 20261201T120000Z\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// Delivers the stream and the queues to the end. Checks every promise, all requests to Pinpoint, and each domain
    /// event against the API's description.
    pub async fn settle(&self) {
        self.local.settle().await.unwrap();
        for event in self.local.events() {
            let (event_type, detail) = (&event["detail-type"], &event["detail"]);
            let payload = json!({"type": event_type, "timestamp": detail["occurred_at"], "data": detail["data"]});
            openapi::check_event(&payload);
        }
        self.local.inbox().requests().iter().for_each(published_model::check_request);
        let items = self.items();
        promises::check(&items);
        promises::allowances_are_exact(&items);
    }
}

impl App<'_> {
    /// Sends a request with the app's live key.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.world.call(&self.key, method, path, body).await
    }

    /// Sends an admin's request below the app's path.
    pub async fn admin(&self, method: &str, path: &str, body: Value) -> Answer {
        self.world.admin(method, &format!("/v1/apps/{}{path}", self.id), body).await
    }

    /// Puts a reward group.
    pub async fn put_group(&self, id: &str, group: Value) {
        self.admin("PUT", &format!("/reward-groups/{id}"), group).await.expect(200);
    }

    /// Loads `urls` URLs into a group, dated a minute ago, so that the index shows them.
    pub async fn stock(&self, group: &str, urls: usize) {
        let list: Vec<String> = (0..urls).map(|n| format!("https://gift.example/{group}/{n}")).collect();
        if !list.is_empty() {
            let loaded = self.load(&format!("/reward-groups/{group}/stock"), &json!({"urls": list})).await;
            assert_eq!(loaded["accepted"], urls);
        }
    }

    async fn load(&self, path: &str, urls: &Value) -> Value {
        let now = self.world.clock.now();
        self.world.clock.set(now - SignedDuration::from_secs(60));
        let loaded = self.admin("POST", path, urls.clone()).await;
        self.world.clock.set(now);
        loaded.expect(200)
    }

    /// Puts, submits and approves a campaign. Approval needs stock, so an empty group has a URL until then.
    pub async fn launch(&self, id: &str, campaign: Value) {
        let mut empty = Vec::new();
        let rewards = campaign["moments"].as_array().unwrap().iter().filter_map(|moment| moment["rewards"].as_array());
        let prizes = campaign["competition"]["prizes"].as_array();
        for reward in rewards.chain(prizes).flatten() {
            let path = format!("/reward-groups/{}/stock", reward["reward_group_id"].as_str().unwrap());
            if self.admin("GET", &path, Value::Null).await.expect(200)["available"] == 0 {
                let urls = json!({"urls": [format!("https://gift.example/{id}{path}")]});
                assert_eq!(self.load(&path, &urls).await["accepted"], 1);
                empty.push((path, urls));
            }
        }
        self.admin("PUT", &format!("/campaigns/{id}"), campaign).await.expect(200);
        self.admin("POST", &format!("/campaigns/{id}/submit"), Value::Null).await.expect(200);
        self.admin("POST", &format!("/campaigns/{id}/approve"), Value::Null).await.expect(200);
        for (path, urls) in empty {
            self.admin("POST", &format!("{path}/retire"), urls).await.expect(200);
        }
    }

    /// Reports a deposit.
    pub async fn deposit(&self, user: &str, event: &str) -> Answer {
        self.call("POST", "/v1/moments", json!({"user_id": user, "action": "deposit", "event_id": event})).await
    }

    /// Reports `count` deposits, from event `e1` on. Returns the last outcome.
    pub async fn deposits(&self, user: &str, count: usize) -> Value {
        let mut last = Value::Null;
        for n in 1..=count {
            last = self.deposit(user, &format!("e{n}")).await.expect(200)["outcomes"][0].clone();
        }
        last
    }

    /// Asks for a reward of `spring`.
    pub async fn ask(&self, user: &str) -> Answer {
        let body = json!({"user_id": user, "campaign_id": "spring", "moment_id": "deposits"});
        self.call("POST", "/v1/rewards", body).await
    }
}

/// Returns the history record of an operator's change, for tests below the API.
pub fn change(campaign: &Campaign, action: ChangeKind) -> Change {
    let key_id = "key_operator".try_into().unwrap();
    Change {
        version: campaign.version + 1,
        at: NOW.parse().unwrap(),
        key_id,
        person_id: None,
        minted_by: domain::person::MintedBy::default(),
        action,
        reason: None,
        changes: Vec::new(),
    }
}

/// Returns Lambda's event with one stream record of an item.
pub fn stream_event(event_name: &str, item: &Value) -> Value {
    json!({"Records": [{
        "eventID": "1", "eventName": event_name, "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "local",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_796_126_400.0, "Keys": {"pk": item["pk"], "sk": item["sk"]},
            "NewImage": item, "SequenceNumber": "100000000000000000001", "SizeBytes": 1, "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }]})
}

/// A reward group at 5.00 EUR.
pub fn group() -> Value {
    json!({
        "name": "Gift card", "kind": "unique_url", "cpa": {"currency": "EUR", "amount_minor": 500},
        "test_url": "https://gift.example/test",
    })
}

/// The difference of the machine's time from [`NOW`], if functions are processes.
fn shift() -> SignedDuration {
    let now: Timestamp = NOW.parse().unwrap();
    if binaries().is_some() { Clock::system().now().duration_since(now) } else { SignedDuration::ZERO }
}

/// A campaign from 1 November to 1 January: five deposits earn a reward of group `gift`; 500.00 EUR.
pub fn campaign() -> Value {
    let date = |date: &str| date.parse::<Timestamp>().unwrap() + shift();
    json!({
        "name": "Spring", "kind": "surprise",
        "starts_at": date("2026-11-01T00:00:00Z"), "ends_at": date("2027-01-01T00:00:00Z"),
        "budget": {"currency": "EUR", "amount_minor": 50_000},
        "moments": [{
            "moment_id": "deposits", "action": "deposit", "count": "events", "target": 5,
            "rewards": [{"reward_group_id": "gift"}],
            "messages": {"achievement": {
                "en": {"title": "Well done", "body": "Here is your gift card."},
                "de": {"title": "Gut gemacht", "body": "Hier ist Ihr Gutschein."},
            }},
        }],
    })
}

/// A competition from 1 November to 1 January: the highest quantity of `lap` ranks, and the best two win a gift.
pub fn competition() -> Value {
    let mut competition = campaign();
    set(&mut competition, "/kind", json!("competition"));
    set(
        &mut competition,
        "/competition",
        json!({
            "score": "highest", "prizes": [{"ranks": [1, 2], "reward_group_id": "gift"}],
        }),
    );
    let messages = competition["moments"][0]["messages"].clone();
    set(&mut competition, "/moments", json!([{"moment_id": "laps", "action": "lap", "messages": messages}]));
    competition
}

/// Returns [`campaign`] with fields replaced, by JSON pointer.
pub fn campaign_with(changes: &[(&str, Value)]) -> Value {
    let mut campaign = campaign();
    for (pointer, value) in changes {
        set(&mut campaign, pointer, value.clone());
    }
    campaign
}

/// Sets the value at a JSON pointer. Adds the last field if it is missing.
pub fn set(target: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    target.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}"))[name] = value;
}
