//! A world for each test: the whole system in memory, at a time of the test's choosing, reached through the gateway.
//! The promises are checked from the table alone, in `promises`.

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
pub mod kms;
pub mod openapi;
mod pinpoint;
pub mod promises;
pub mod published_model;
pub mod receiver;
pub mod simulation;
pub mod sqs;

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

/// When tests happen unless they say otherwise: in the middle of [`campaign`].
pub const NOW: &str = "2026-12-01T12:00:00Z";

/// The whole system. Its functions run in this process, at [`NOW`]; or, if the variable `MOMENTS_BINARIES` names a folder,
/// as processes of the binaries there, at the machine's time.
pub struct World {
    /// What is running.
    pub local: Local,
    /// What time it is there.
    pub clock: Clock,
    /// What processes log.
    log: Option<NamedTempFile>,
    /// The variables that its functions have of their own.
    variables: BTreeMap<String, String>,
}

/// Where the binaries are that functions are to run from.
fn binaries() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "which binaries are tested is the caller's choice")]
    std::env::var_os("MOMENTS_BINARIES").map(PathBuf::from)
}

/// How a world starts whose functions have some variables of their own.
fn options(variables: &[(&str, &str)]) -> Options {
    // Hundreds of requests at once share one machine and one embedded database: nothing here may depend on its speed.
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
    /// The body as JSON, or as text if it is something else; null if there is none.
    pub body: Value,
}

impl Answer {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body, after checking the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// The JSON pointers and codes of a 400.
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
    /// An empty world at [`NOW`].
    pub async fn new() -> Self {
        Self::with_variables(&[]).await
    }

    /// An empty world whose functions have some variables of their own.
    pub async fn with_variables(variables: &[(&str, &str)]) -> Self {
        Self::start(variables, &copies::empty_system(options(variables)).await).await
    }

    /// What the files under `events/` are samples of.
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

    /// Everything that processes have logged so far.
    pub fn log(&self) -> String {
        self.log.as_ref().map(|log| std::fs::read_to_string(log.path()).unwrap()).unwrap_or_default()
    }

    /// Sets the time.
    pub fn set_time(&self, time: &str) {
        self.clock.set(time.parse::<Timestamp>().unwrap());
    }

    /// Lets time pass. Those who begin to wait in the same millisecond are served in no fixed order.
    pub fn pass(&self, time: SignedDuration) {
        self.clock.set(self.clock.now() + time);
    }

    /// Sends a request as it is, and holds the answer to the description of the API.
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

    /// An app with a live and a test key.
    pub async fn app(&self, id: &str) -> App<'_> {
        // Whatever a test sends in one instant is let through.
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

    /// An app `app` with a group `gift` (`urls` URLs in stock, 5.00 EUR each) and a live campaign `spring` (five
    /// deposits, one reward, 500.00 EUR). A world that is still as it was made gets a copy of the first such shop.
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

    /// Every item of the table.
    pub fn items(&self) -> Vec<Value> {
        self.local.scan().unwrap()
    }

    /// Every item whose partition key begins so.
    pub fn items_at(&self, prefix: &str) -> Vec<Value> {
        let at = |item: &Value| item["pk"]["S"].as_str().unwrap().starts_with(prefix);
        self.items().into_iter().filter(at).collect()
    }

    /// Puts an item into the table past everything, as another version of the code would have written it.
    pub async fn put_raw(&self, item: Value) {
        self.raw("PutItem", json!({"TableName": "moments", "Item": item})).await;
    }

    /// Asks the table itself.
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

    /// Delivers the stream and the queues to the end and checks every promise, and what was asked of Pinpoint.
    pub async fn settle(&self) {
        self.local.settle().await.unwrap();
        self.local.inbox().requests().iter().for_each(published_model::check_request);
        let items = self.items();
        promises::check(&items);
        promises::allowances_are_exact(&items);
    }
}

impl App<'_> {
    /// A request with the app's live key.
    pub async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.world.call(&self.key, method, path, body).await
    }

    /// An admin's request below the app.
    pub async fn admin(&self, method: &str, path: &str, body: Value) -> Answer {
        self.world.admin(method, &format!("/v1/apps/{}{path}", self.id), body).await
    }

    /// Puts a reward group.
    pub async fn put_group(&self, id: &str, group: Value) {
        self.admin("PUT", &format!("/reward-groups/{id}"), group).await.expect(200);
    }

    /// Loads `urls` URLs of a group's own, a minute ago: the index would show all of it.
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

    /// Puts a campaign and takes it to approved. Nothing is approved without stock: a group that is to have none has some
    /// until then.
    pub async fn launch(&self, id: &str, campaign: Value) {
        let mut empty = Vec::new();
        for reward in
            campaign["moments"].as_array().unwrap().iter().flat_map(|moment| moment["rewards"].as_array().unwrap())
        {
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

    /// Reports `count` deposits, events `e1` and on, and returns the last outcome.
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

/// The record of a change that an operator makes to a campaign, for tests that reach below the API.
pub fn change(campaign: &Campaign, action: ChangeKind) -> Change {
    let key_id = "key_operator".try_into().unwrap();
    Change {
        version: campaign.version + 1,
        at: NOW.parse().unwrap(),
        key_id,
        action,
        reason: None,
        changes: Vec::new(),
    }
}

/// A batch of one stream record about an item as it is now, as Lambda hands it to a function.
pub fn stream_event(event_name: &str, item: &Value) -> Value {
    json!({"Records": [{
        "eventID": "1", "eventName": event_name, "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "local",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_796_126_400.0, "Keys": {"pk": item["pk"], "sk": item["sk"]},
            "NewImage": item, "SequenceNumber": "100000000000000000001", "SizeBytes": 1, "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }]})
}

/// A group at 5.00 EUR.
pub fn group() -> Value {
    json!({
        "name": "Gift card", "kind": "unique_url", "cpa": {"currency": "EUR", "amount_minor": 500},
        "test_url": "https://gift.example/test",
    })
}

/// How far the time of worlds whose functions are processes is from [`NOW`].
fn shift() -> SignedDuration {
    let now: Timestamp = NOW.parse().unwrap();
    if binaries().is_some() { Clock::system().now().duration_since(now) } else { SignedDuration::ZERO }
}

/// Five deposits between 1 November and 1 January for one reward out of group `gift`; 500.00 EUR.
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

/// [`campaign`] with some fields replaced, by JSON pointer.
pub fn campaign_with(changes: &[(&str, Value)]) -> Value {
    let mut campaign = campaign();
    for (pointer, value) in changes {
        set(&mut campaign, pointer, value.clone());
    }
    campaign
}

/// Sets the value at a JSON pointer, adding the last field if it is not there.
pub fn set(target: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    target.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}"))[name] = value;
}
