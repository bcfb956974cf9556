//! The functions of `template.yaml` on a modelled table, on tokio's paused clock: environments and events as Lambda and
//! API Gateway make them, without sockets. What an environment goes through is the caller's business: benchmarks keep
//! them well, simulations kill and freeze them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws::Settings;
use domain::campaign::history::ChangeKind;
use dynoxide::Database;
use invocation::Invocation;
use jiff::{SignedDuration, Timestamp};
use local::functions::Environments;
use local::functions::{Outside, dispatch};
use local::gateway::{self, HttpRequest, HttpResponse};
use local::push_inbox::PushInbox;
use local::queues::Queues;
use local::template::Template;
use outbound_events::EventBus;
use outbound_kms::AddressCipher;
use outbound_push::Push;
use outbound_push::outbox::Outbox;
use outbound_queue::Queue;
use serde_json::{Value, json};
use store::campaigns::{self, Written};
use store::ledger::{self, Account};
use tokio::time::Instant;

use crate::contention::{Model, Physics, Tape};
use crate::copies;
use crate::event_bridge::EventBridge;
use crate::kms::Kms;
use crate::pinpoint::{self, Asked};
use crate::sqs;

/// A deployment on a model.
pub struct Deployment {
    /// The table.
    pub model: Model,
    /// What is deployed.
    pub template: Template,
    /// What was pushed.
    pub inbox: Arc<PushInbox>,
    /// What was asked of Pinpoint.
    pub asked_of_pinpoint: Asked,
    /// What stands in the template's queues.
    pub queues: Arc<Queues>,
    /// What was asked of SQS.
    pub asked_of_sqs: sqs::Asked,
    /// What was published.
    pub event_bridge: EventBridge,
    /// What was encrypted.
    pub kms: Kms,
    settings: BTreeMap<String, Settings>,
    start: Timestamp,
    began: Instant,
    /// Time that nobody has lived through.
    skipped: Cell<SignedDuration>,
}

/// Where queues are: the end of a URL is the queue's name.
const QUEUES: &str = "https://sqs.example";

/// The template's queues, empty. They have a database of their own, because the model's has the table alone.
fn queues(template: &Template) -> Arc<Queues> {
    let database = Database::memory().unwrap();
    copies::empty_tables(&database);
    Arc::new(Queues::open(template, QUEUES, database).unwrap())
}

/// Who calls, as the authorizer would say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The operator.
    Operator,
    /// A live key of the app.
    App(&'static str),
    /// A test key of the app.
    Test(&'static str),
    /// A public route.
    None,
}

impl Deployment {
    /// An empty deployment at the time `start`. Without a stream the table keeps no record of changes, which long
    /// benchmarks have no use for.
    pub fn new(physics: Physics, start: Timestamp, seed: u64, with_stream: bool) -> Self {
        let mut template = Template::built_in().unwrap();
        if !with_stream {
            template.table.as_object_mut().unwrap().remove("StreamSpecification");
        }
        let own = [
            ("TABLE_NAME", local::database::TABLE),
            ("PINPOINT_APPLICATION_ID", "model"),
            ("PUBLIC_URL", "https://moments.example"),
            ("AWS_ACCESS_KEY_ID", "model"),
            ("AWS_SECRET_ACCESS_KEY", "model"),
        ];
        let settings = template.functions.iter().map(|(name, function)| {
            let own = |variable: &str| own.iter().find(|(name, _)| *name == variable).map(|(_, value)| (*value).into());
            let settings = Settings::read(|variable| own(variable).or(function.variables.get(variable).cloned()));
            (name.clone(), settings.unwrap())
        });
        Self {
            model: Model::new(&template, physics, start, seed),
            inbox: Arc::default(),
            asked_of_pinpoint: Arc::default(),
            queues: queues(&template),
            asked_of_sqs: Arc::default(),
            event_bridge: EventBridge::default(),
            kms: Kms::default(),
            settings: settings.collect(),
            began: Instant::now(),
            skipped: Cell::default(),
            template,
            start,
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        let lived = SignedDuration::try_from(self.began.elapsed()).unwrap();
        invocation::whole_milliseconds(self.start + lived + self.skipped.get())
    }

    /// Passes over some time: it is later at once, and nothing has happened in between.
    pub fn skip(&self, time: SignedDuration) {
        self.skipped.set(self.skipped.get() + time);
    }

    /// A cold environment of a function.
    pub fn environment(&self, function: &str, seed: u64) -> Environments {
        let settings = &self.settings[function];
        Environments::new(self.model.store(settings, seed), settings)
    }

    /// A cold environment with a tape between it and the table.
    pub fn taped_environment(&self, function: &str, seed: u64) -> (Environments, Tape) {
        let (settings, tape) = (&self.settings[function], Tape::default());
        (Environments::new(self.model.taped_store(settings, seed, &tape), settings), tape)
    }

    /// A cold environment's Pinpoint, queues and EventBridge.
    pub fn outside(&self, function: &str, seed: u64) -> Outside {
        let settings = &self.settings[function];
        let transport = pinpoint::transport(Arc::clone(&self.inbox), Arc::clone(&self.asked_of_pinpoint), seed);
        let queue = |queue: &str| self.queue(function, queue, seed);
        let outbox = Outbox::with_push(Push::through(transport, settings), queue, settings);
        Outside {
            cipher: AddressCipher::through(self.kms.transport(), settings),
            outbox,
            bus: EventBus::through(self.event_bridge.transport(), settings),
            aside: queue(&settings.set_aside_queue),
        }
    }

    /// Begins anew with the queues that the template has now.
    pub fn open_queues(&mut self) {
        self.queues = queues(&self.template);
    }

    /// A cold environment's way to a queue of that name; to none without one.
    pub fn queue(&self, function: &str, queue: &str, seed: u64) -> Queue {
        let (queues, asked) = (Arc::clone(&self.queues), Arc::clone(&self.asked_of_sqs));
        let transport = sqs::transport(queues, asked, (self.start, self.began), seed);
        let url = if queue.is_empty() { String::new() } else { format!("{QUEUES}/{queue}") };
        Queue::through(transport, &url, &self.settings[function])
    }

    /// The function of a request and the event that reaches it.
    pub fn request(&self, key: Key, method: &str, target: &str, body: Value) -> (String, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let request = HttpRequest { method: method.into(), target: target.into(), headers, body };
        let (route, mut event) = gateway::event(&self.template, &request, self.now(), "model").unwrap();
        let context = match key {
            Key::Operator => json!({ "scope": "admin", "mode": "live", "key_id": "operator" }),
            Key::App(app) => json!({ "app": app, "scope": "app", "mode": "live", "key_id": "live" }),
            Key::Test(app) => json!({ "app": app, "scope": "app", "mode": "test", "key_id": "test" }),
            Key::None => Value::Null,
        };
        assert_eq!(route.needs_key, !context.is_null(), "{method} {target}");
        if route.needs_key {
            event["requestContext"]["authorizer"] = json!({ "lambda": context });
        }
        (route.function.clone(), event)
    }

    /// How long an invocation of the function may take.
    pub fn patience(&self, function: &str) -> Duration {
        Duration::from_secs(self.template.functions[function].timeout)
    }

    /// An invocation that begins now, in an environment whose clock is off by `skew`.
    pub fn invocation(&self, function: &str, skew: SignedDuration) -> Invocation {
        Invocation::new(self.now() + skew, self.patience(function), "model".to_owned())
    }

    /// A deployment with an app `app`, a group `gift` with so many URLs (5.00 EUR each) and a live campaign `spring` with a
    /// budget for so many rewards.
    pub async fn season(awards: u64, stock: u64, physics: Physics) -> Self {
        let deployment = Self::new(physics, crate::NOW.parse().unwrap(), 3, false);
        let operator = async |method: &str, path: &str, body: Value| {
            deployment.prepare(Key::Operator, method, &format!("/v1/apps/app{path}"), body).await
        };
        operator("PUT", "", json!({"name": "App"})).await;
        operator("PUT", "/reward-groups/gift", crate::group()).await;
        // Nothing is approved without stock: where there is to be none, it is taken out again.
        let urls: Vec<String> = (0..stock.max(1)).map(|n| format!("https://gift.example/{n}")).collect();
        operator("POST", "/reward-groups/gift/stock", json!({"urls": urls})).await;
        // However far the index is behind.
        tokio::time::sleep(Duration::from_secs(600)).await;
        let budget = ("/budget/amount_minor", json!(awards * 500));
        operator("PUT", "/campaigns/spring", crate::campaign_with(&[budget])).await;
        operator("POST", "/campaigns/spring/submit", Value::Null).await;
        operator("POST", "/campaigns/spring/approve", Value::Null).await;
        if stock == 0 {
            operator("POST", "/reward-groups/gift/stock/retire", json!({"urls": urls})).await;
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        deployment
    }

    /// What approval does, with another number of slots than it would choose, each filled with `each`.
    pub async fn approve_with_slots(&self, app: &str, campaign: &str, slots: u16, each: i64) {
        let store = self.environment("manage-campaigns", 0).store;
        let (app, id) = (app.try_into().unwrap(), campaign.try_into().unwrap());
        let campaign = campaigns::get(&store, &app, &id).await.unwrap().unwrap();
        let change = crate::change(&campaign, ChangeKind::Approved);
        assert_eq!(campaigns::approve(&store, &campaign, slots, &change).await.unwrap(), Written::Done);
        let account = Account::whole(&app, &id);
        let budget = ledger::budget(&store, &account).await.unwrap().unwrap();
        ledger::fill(&store, &account, &budget, each).await.unwrap();
    }

    /// Makes a request in an environment of its own; the status and the body of the answer.
    pub async fn call(&self, key: Key, method: &str, target: &str, body: Value) -> (u16, Value) {
        let (function, event) = self.request(key, method, target, body);
        let environment = self.environment(&function, 0);
        let invocation = self.invocation(&function, SignedDuration::ZERO);
        let answer = dispatch(&function, &environment, &self.outside(&function, 0), event, invocation).await.unwrap();
        let HttpResponse { status, body, .. } = gateway::response(&answer);
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Makes a request and expects it to go well: for preparations.
    pub async fn prepare(&self, key: Key, method: &str, target: &str, body: Value) -> Value {
        let (status, body) = self.call(key, method, target, body).await;
        assert!(status < 300, "{method} {target}: {status} {body}");
        body
    }
}
