//! The functions of `template.yaml` on a modelled table and tokio's paused clock: environments as on Lambda and events
//! as from API Gateway, without sockets. Callers may kill and freeze environments, as simulations do.

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
use local::template::{API_KEY, Template, USER_TOKEN};
use outbound_api::Api;
use outbound_events::EventBus;
use outbound_identity::IdentityClient;
use outbound_kms::{AddressCipher, CredentialsCipher};
use outbound_push::Push;
use outbound_push::outbox::Outbox;
use outbound_queue::Queue;
use outbound_suppliers::SupplierClient;
use serde_json::{Value, json};
use store::campaigns::{self, Written};
use store::ledger::{self, Account};
use supply_reward::Suppliers;
use tokio::time::Instant;

use crate::contention::{Model, Physics, Tape};
use crate::copies;
use crate::event_bridge::EventBridge;
use crate::identity_provider::Provider;
use crate::kms::Kms;
use crate::pinpoint::{self, Asked};
use crate::sqs;
use crate::supplier::Supplier;

/// A deployment on a model.
pub struct Deployment {
    /// The modelled table.
    pub model: Model,
    /// The template.
    pub template: Template,
    /// The push inbox.
    pub inbox: Arc<PushInbox>,
    /// Requests to Pinpoint.
    pub asked_of_pinpoint: Asked,
    /// The template's queues.
    pub queues: Arc<Queues>,
    /// Requests to SQS.
    pub asked_of_sqs: sqs::Asked,
    /// The event bus.
    pub event_bridge: EventBridge,
    /// The key for addresses.
    pub kms: Kms,
    /// The supplier of rewards.
    pub supplier: Supplier,
    /// The identity provider.
    pub identity_provider: Provider,
    settings: BTreeMap<String, Settings>,
    start: Timestamp,
    began: Instant,
    /// Time that [`Deployment::skip`] has skipped.
    skipped: Cell<SignedDuration>,
}

/// The queues' base URL; a URL ends with the queue's name.
const QUEUES: &str = "https://sqs.example";

/// Makes the template's queues, empty, in their own database.
fn queues(template: &Template) -> Arc<Queues> {
    let database = Database::memory().unwrap();
    copies::empty_tables(&database);
    Arc::new(Queues::open(template, QUEUES, database).unwrap())
}

/// The caller, as the authorizer reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The operator.
    Operator,
    /// A live key of the app.
    App(&'static str),
    /// A test key of the app.
    Test(&'static str),
    /// Ada, who owns every app, with her key.
    Person,
    /// Ada with a session.
    Session,
    /// A user of an app, with a user token.
    User(&'static str, &'static str),
    /// A public route.
    None,
}

impl Deployment {
    /// Makes an empty deployment at the time `start`. Long benchmarks need no stream, and so no memory for its records.
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
            supplier: Supplier::new(seed),
            identity_provider: Provider::new("https://id.example", start),
            settings: settings.collect(),
            began: Instant::now(),
            skipped: Cell::default(),
            template,
            start,
        }
    }

    /// Returns the time.
    pub fn now(&self) -> Timestamp {
        let lived = SignedDuration::try_from(self.began.elapsed()).unwrap();
        invocation::whole_milliseconds(self.start + lived + self.skipped.get())
    }

    /// Skips some time: nothing happens in between.
    pub fn skip(&self, time: SignedDuration) {
        self.skipped.set(self.skipped.get() + time);
    }

    /// Makes a cold environment of a function.
    pub fn environment(&self, function: &str, seed: u64) -> Environments {
        let settings = &self.settings[function];
        Environments::new(self.model.store(settings, seed), settings)
    }

    /// Makes a cold environment with a tape before the table.
    pub fn taped_environment(&self, function: &str, seed: u64) -> (Environments, Tape) {
        let (settings, tape) = (&self.settings[function], Tape::default());
        (Environments::new(self.model.taped_store(settings, seed, &tape), settings), tape)
    }

    /// Makes a cold environment's clients of KMS, Pinpoint, the queues and EventBridge.
    pub fn outside(&self, function: &str, seed: u64) -> Outside {
        let settings = &self.settings[function];
        let transport = pinpoint::transport(Arc::clone(&self.inbox), Arc::clone(&self.asked_of_pinpoint), seed);
        let queue = |queue: &str| self.queue(function, queue, seed);
        let outbox = Outbox::with_push(Push::through(transport, settings), queue, settings);
        Outside {
            // Nothing answers there: a journey comes by the pages that call nothing.
            api: Api::new(settings),
            identity: IdentityClient::through(self.identity_provider.transport()),
            cipher: AddressCipher::through(self.kms.transport(), settings),
            suppliers: Suppliers::new(
                CredentialsCipher::through(self.kms.transport(), settings),
                SupplierClient::through(self.supplier.transport()),
            ),
            outbox,
            bus: EventBus::through(self.event_bridge.transport(), settings),
            aside: queue(&settings.set_aside_queue),
            competitions: queue(&settings.competition_queue),
        }
    }

    /// Replaces the queues by the template's current ones, empty.
    pub fn open_queues(&mut self) {
        self.queues = queues(&self.template);
    }

    /// Makes a cold environment's client of a queue. An empty name makes one without a queue.
    pub fn queue(&self, function: &str, queue: &str, seed: u64) -> Queue {
        let (queues, asked) = (Arc::clone(&self.queues), Arc::clone(&self.asked_of_sqs));
        let transport = sqs::transport(queues, asked, (self.start, self.began), seed);
        let url = if queue.is_empty() { String::new() } else { format!("{QUEUES}/{queue}") };
        Queue::through(transport, &url, &self.settings[function])
    }

    /// Returns the function of a request, and its event.
    pub fn request(&self, key: Key, method: &str, target: &str, body: Value) -> (String, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let request = HttpRequest { method: method.into(), target: target.into(), headers, body };
        let (route, mut event) = gateway::event(&self.template, &request, self.now(), "model").unwrap();
        let context = match key {
            Key::Operator => json!({ "scope": "admin", "mode": "live", "key_id": "operator" }),
            Key::App(app) => json!({ "app": app, "scope": "app", "mode": "live", "key_id": "live" }),
            Key::Test(app) => json!({ "app": app, "scope": "app", "mode": "test", "key_id": "test" }),
            Key::Person | Key::Session => {
                let until = (key == Key::Session).then_some("2099-01-01T00:00:00Z");
                json!({
                    "scope": "person", "mode": "live", "key_id": "key_ada", "person": "ada", "person_name": "Ada",
                    "person_kind": "person", "roles": "*:o", "session_until": until,
                })
            }
            Key::User(app, user) => json!({
                "app": app, "scope": "user", "mode": "live", "key_id": "web", "user": user, "token_app": app,
                "expires_at": self.now().as_second() + 900,
            }),
            Key::None => Value::Null,
        };
        let authorizer = match key {
            Key::User(..) => Some(USER_TOKEN),
            Key::None => None,
            _ => Some(API_KEY),
        };
        assert_eq!(route.authorizer.as_deref(), authorizer, "{method} {target}");
        if authorizer.is_some() {
            event["requestContext"]["authorizer"] = json!({ "lambda": context });
        }
        (route.function.clone(), event)
    }

    /// Returns the function's timeout.
    pub fn patience(&self, function: &str) -> Duration {
        Duration::from_secs(self.template.functions[function].timeout)
    }

    /// Makes an invocation that begins now, in an environment with a clock error of `skew`.
    pub fn invocation(&self, function: &str, skew: SignedDuration) -> Invocation {
        Invocation::new(self.now() + skew, self.patience(function), "model".to_owned())
    }

    /// Makes a deployment with an app `app`, a group `gift` with `stock` URLs (5.00 EUR each) and a live campaign
    /// `spring` with a budget for `awards` rewards.
    pub async fn season(awards: u64, stock: u64, physics: Physics) -> Self {
        let deployment = Self::new(physics, crate::NOW.parse().unwrap(), 3, false);
        let operator = async |method: &str, path: &str, body: Value| {
            deployment.prepare(Key::Operator, method, &format!("/v1/apps/app{path}"), body).await
        };
        operator("PUT", "", json!({"name": "App"})).await;
        operator("PUT", "/reward-groups/gift", crate::group()).await;
        // Approval needs stock. An empty group has a URL until then.
        let urls: Vec<String> = (0..stock.max(1)).map(|n| format!("https://gift.example/{n}")).collect();
        operator("POST", "/reward-groups/gift/stock", json!({"urls": urls})).await;
        // Longer than any lag of the index.
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

    /// Approves a campaign with a given number of slots, each filled with `each`.
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

    /// Makes a request in a new environment. Returns the status and the body.
    pub async fn call(&self, key: Key, method: &str, target: &str, body: Value) -> (u16, Value) {
        let (function, event) = self.request(key, method, target, body);
        let environment = self.environment(&function, 0);
        let invocation = self.invocation(&function, SignedDuration::ZERO);
        let answer = dispatch(&function, &environment, &self.outside(&function, 0), event, invocation).await.unwrap();
        let HttpResponse { status, body, .. } = gateway::response(&answer);
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Makes a request that must succeed.
    pub async fn prepare(&self, key: Key, method: &str, target: &str, body: Value) -> Value {
        let (status, body) = self.call(key, method, target, body).await;
        assert!(status < 300, "{method} {target}: {status} {body}");
        body
    }
}
