//! Runs the functions as Lambda does: each invocation has an execution environment to itself, idle or started cold,
//! with the variables of `template.yaml`, JSON in and out, and a deadline. Environments are in this process, where a
//! panic ends only its own; or they are processes of the functions' binaries, frozen between invocations.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws::{Settings, http_client};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use domain::Error;
use edge::answer_size::{LAMBDA_BYTES, escaped};
use edge::runtime;
use invocation::Invocation;
use outbound_api::Api;
use outbound_events::EventBus;
use outbound_identity::IdentityClient;
use outbound_kms::{AddressCipher, CredentialsCipher};
use outbound_push::Push;
use outbound_push::outbox::Outbox;
use outbound_queue::Queue;
use outbound_suppliers::SupplierClient;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::{Consumed, Store};
use supply_reward::Suppliers;
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::process::{Process, ProcessError};
use crate::role::Role;
use crate::role::guard::Guard;
use crate::template::Template;
use crate::{LocalError, lock};

/// Processes of one function at once; further invocations wait.
const PROCESSES: usize = 32;

/// Why an invocation has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// The function returned an error, with the message that Lambda reports.
    #[error("{0}")]
    Failed(String),
    /// The function panicked.
    #[error("the function panicked")]
    Panicked,
    /// The function took longer than its timeout.
    #[error("the function timed out")]
    TimedOut,
}

/// The places of the functions' binaries.
#[derive(Debug, Clone)]
pub struct Binaries {
    /// Holds `<function>`, as Cargo writes it, or `<function>/bootstrap`, as `cargo lambda` does.
    pub folder: PathBuf,
    /// The file for their logs; `None` is standard error.
    pub log: Option<PathBuf>,
}

/// All functions of the template.
pub struct Functions {
    functions: BTreeMap<String, Arc<Function>>,
    clock: Clock,
}

struct Function {
    name: String,
    timeout: Duration,
    host: Host,
}

/// The host of a function's environments.
enum Host {
    InProcess(Box<InProcess>),
    Processes(Processes),
}

struct InProcess {
    settings: Settings,
    store: Store,
    outside: Outside,
    idle: Mutex<Vec<Environments>>,
    consumed: Mutex<Consumed>,
}

struct Processes {
    binary: PathBuf,
    variables: BTreeMap<String, String>,
    log: Option<File>,
    idle: Mutex<Vec<Process>>,
    busy: Mutex<BTreeSet<u32>>,
    at_once: Semaphore,
}

impl Functions {
    /// Reads the template's functions. `overrides` replace variables, `patience` multiplies timeouts.
    pub fn new(
        template: &Template,
        overrides: &BTreeMap<String, String>,
        clock: Clock,
        patience: u32,
        binaries: Option<&Binaries>,
    ) -> Result<Self, LocalError> {
        let mut functions = BTreeMap::new();
        let mut connections = None;
        for (name, function) in &template.functions {
            let mut variables = function.variables.clone();
            variables.extend(overrides.clone());
            let settings = Settings::read(|variable| variables.get(variable).cloned())
                .map_err(|error| LocalError::Template(format!("template.yaml: {name}: {error}")))?;
            let host = match binaries {
                Some(binaries) => Host::Processes(Processes::new(name, variables, binaries)?),
                // All functions share one pool of connections.
                None => {
                    let endpoint = settings.dynamodb_endpoint.as_deref();
                    let connections = connections.get_or_insert_with(|| http_client(endpoint)).clone();
                    Host::InProcess(Box::new(InProcess::new(connections, &function.role, settings)))
                }
            };
            let timeout = Duration::from_secs(function.timeout) * patience;
            functions.insert(name.clone(), Arc::new(Function { name: name.clone(), timeout, host }));
        }
        Ok(Self { functions, clock })
    }

    /// Invokes a function with an event.
    pub async fn invoke(&self, name: &str, event: Value, request_id: &str) -> Result<Value, FunctionError> {
        let Some(function) = self.functions.get(name).map(Arc::clone) else {
            return Err(FunctionError::Failed(format!("there is no function {name}")));
        };
        let (timeout, now, request_id) = (function.timeout, self.clock.now(), request_id.to_owned());
        // A task of its own, so a panic ends the environment and nothing else.
        let running = tokio::spawn(async move {
            match &function.host {
                Host::InProcess(environments) => {
                    let invocation = Invocation::new(now, timeout, request_id);
                    let invoked = environments.invoke(&function.name, event, invocation);
                    tokio::time::timeout(timeout, invoked).await.unwrap_or(Err(FunctionError::TimedOut))
                }
                Host::Processes(processes) => processes.invoke(&function.name, &event, &request_id, timeout).await,
            }
        });
        running.await.unwrap_or(Err(FunctionError::Panicked))
    }

    /// Returns the DynamoDB capacity that a function's idle environments in this process have consumed since the last
    /// call.
    pub fn take_consumed(&self, name: &str) -> Consumed {
        let Some(Host::InProcess(environments)) = self.functions.get(name).map(|function| &function.host) else {
            return Consumed::default();
        };
        let total = lock(&environments.idle).iter().map(|environment| environment.store.meter().read()).sum();
        total - std::mem::replace(&mut *lock(&environments.consumed), total)
    }

    /// Ends every idle environment of a function, as Lambda does after some minutes. The next invocation starts cold.
    pub fn end_environments(&self, name: &str) {
        if let Some(function) = self.functions.get(name) {
            match &function.host {
                Host::InProcess(environments) => {
                    lock(&environments.idle).clear();
                    *lock(&environments.consumed) = Consumed::default();
                }
                Host::Processes(processes) => lock(&processes.idle).clear(),
            }
        }
    }

    /// The processes that work on an invocation now, for tests that kill and freeze them.
    pub fn busy_processes(&self) -> Vec<u32> {
        let busy = self.functions.values().map(|function| match &function.host {
            Host::InProcess(_) => BTreeSet::new(),
            Host::Processes(processes) => lock(&processes.busy).clone(),
        });
        busy.flatten().collect()
    }
}

impl InProcess {
    fn new(connections: SharedHttpClient, role: &Role, settings: Settings) -> Self {
        let guard = Guard::new(role.clone(), &settings.pinpoint_application);
        Self {
            outside: Outside::new(&settings, &guard),
            store: Store::through(guard.before(connections), &settings, StdRng::from_os_rng()),
            settings,
            idle: Mutex::default(),
            consumed: Mutex::default(),
        }
    }

    async fn invoke(&self, name: &str, event: Value, invocation: Invocation) -> Result<Value, FunctionError> {
        let idle = lock(&self.idle).pop();
        let environment = idle.unwrap_or_else(|| Environments::new(self.store.another(), &self.settings));
        let result = dispatch(name, &environment, &self.outside, event, invocation).await;
        lock(&self.idle).push(environment);
        result.map_err(FunctionError::Failed)
    }
}

impl Processes {
    fn new(name: &str, variables: BTreeMap<String, String>, binaries: &Binaries) -> Result<Self, LocalError> {
        let log = binaries.log.as_ref().map(|file| {
            let opened = File::options().create(true).append(true).open(file);
            opened.map_err(|error| LocalError::System(format!("cannot write {}", file.display()), error))
        });
        Ok(Self {
            binary: binary(&binaries.folder, name)?,
            variables,
            log: log.transpose()?,
            idle: Mutex::default(),
            busy: Mutex::default(),
            at_once: Semaphore::new(PROCESSES),
        })
    }

    async fn invoke(
        &self,
        name: &str,
        event: &Value,
        request_id: &str,
        timeout: Duration,
    ) -> Result<Value, FunctionError> {
        let failed = |error: ProcessError| match error {
            ProcessError::TimedOut => FunctionError::TimedOut,
            error => FunctionError::Failed(error.to_string()),
        };
        let _permit = self.at_once.acquire().await;
        let mut process = match self.thawed() {
            Some(process) => process,
            None => Process::start(&self.binary, name, &self.variables, self.log()).await.map_err(failed)?,
        };
        let id = process.id();
        lock(&self.busy).insert(id);
        let answer = process.invoke(event.to_string().into_bytes(), request_id, timeout).await;
        lock(&self.busy).remove(&id);
        let answer = answer.map_err(failed)?;
        // Lambda freezes an environment when it asks for the next event.
        if process.ready().await.is_ok() {
            signal(&process, Signal::STOP);
            lock(&self.idle).push(process);
        }
        let body: Value =
            serde_json::from_slice(&answer.body).map_err(|error| FunctionError::Failed(error.to_string()))?;
        if answer.well {
            return Ok(body);
        }
        Err(FunctionError::Failed(body["errorMessage"].as_str().unwrap_or("the function failed").to_owned()))
    }

    fn thawed(&self) -> Option<Process> {
        let process = lock(&self.idle).pop()?;
        signal(&process, Signal::CONT);
        Some(process)
    }

    fn log(&self) -> Stdio {
        let log = self.log.as_ref().and_then(|log| log.try_clone().ok());
        log.map_or_else(|| Stdio::from(std::io::stderr()), Stdio::from)
    }
}

/// Finds the binary of a function.
fn binary(folder: &Path, name: &str) -> Result<PathBuf, LocalError> {
    let places = [folder.join(name), folder.join(name).join("bootstrap")];
    let found = places.into_iter().find(|place| place.is_file());
    found.ok_or_else(|| {
        let folder = folder.display();
        LocalError::Binaries(format!(
            "there is no binary of {name} in {folder}; `cargo build --release` makes them in target/release"
        ))
    })
}

/// Stops or continues a process. Has no effect on one that ended.
fn signal(process: &Process, signal: Signal) {
    let id = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
    let _ = id.map(|id| kill_process(id, signal));
}

/// A function's clients of AWS, except DynamoDB's.
pub struct Outside {
    /// KMS.
    pub cipher: AddressCipher,
    /// Suppliers of rewards, with KMS for their credentials.
    pub suppliers: Suppliers,
    /// Pinpoint and the queues.
    pub outbox: Outbox,
    /// Moments' own API, for the console.
    pub api: Api,
    /// The identity provider.
    pub identity: IdentityClient,
    /// The bus of domain events.
    pub bus: EventBus,
    /// The queue of stream records that were set aside.
    pub aside: Queue,
    /// The queue of boards to settle or recount.
    pub competitions: Queue,
}

impl Outside {
    /// Makes the clients from the settings, behind the guard. Makes no request.
    pub fn new(settings: &Settings, guard: &Guard) -> Self {
        let to = |endpoint: &Option<String>| guard.before(http_client(endpoint.as_deref()));
        let queues = to(&settings.sqs_endpoint);
        let queue = |url: &str| Queue::through(queues.clone(), url, settings);
        Self {
            cipher: AddressCipher::through(to(&settings.kms_endpoint), settings),
            suppliers: Suppliers::new(
                CredentialsCipher::through(to(&settings.kms_endpoint), settings),
                SupplierClient::new(settings),
            ),
            outbox: Outbox::with_push(Push::through(to(&settings.pinpoint_endpoint), settings), queue, settings),
            aside: queue(&settings.set_aside_queue),
            competitions: queue(&settings.competition_queue),
            api: Api::new(settings),
            identity: IdentityClient::new(settings),
            bus: EventBus::through(to(&settings.events_endpoint), settings),
        }
    }
}

/// An environment of any function: each handler takes the part that its function has.
pub struct Environments {
    /// The connection that all of them share.
    pub store: Store,
    /// Of functions that look at the table.
    pub table: store::Environment,
    /// Of functions that reward.
    pub rewarding: rewarding::Environment,
    /// Of functions that call webhooks.
    pub webhooks: outbound_webhooks::Environment,
    /// Of the function that shows boards.
    pub leaderboards: show_leaderboard::Environment,
}

impl Environments {
    /// A fresh environment, as after a cold start. Makes no request.
    pub fn new(store: Store, settings: &Settings) -> Self {
        Self {
            table: store::Environment::new(store.clone(), settings),
            rewarding: rewarding::Environment::new(store.clone(), settings),
            webhooks: outbound_webhooks::Environment::new(store.clone(), settings),
            leaderboards: show_leaderboard::Environment::new(store.clone(), settings),
            store,
        }
    }
}

/// Calls a function's handler, JSON in and JSON out.
pub async fn dispatch(
    name: &str,
    environment: &Environments,
    outside: &Outside,
    event: Value,
    invocation: Invocation,
) -> Result<Value, String> {
    handling(name, environment, outside, event, invocation)?.await
}

/// A running handler.
type Handling<'a> = Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>>;

/// Separate from [`dispatch`] so that the futures of all functions are not on the stack of the one that runs.
fn handling<'a>(
    name: &str,
    Environments { table, rewarding, webhooks, leaderboards, .. }: &'a Environments,
    Outside { api, identity, outbox, bus, cipher, suppliers, aside, competitions }: &'a Outside,
    event: Value,
    invocation: Invocation,
) -> Result<Handling<'a>, String> {
    match name {
        "allocate-reward" => answer(event, |event| allocate_reward::handle(rewarding, event, invocation)),
        "announce-campaign" => answer(event, |event| announce_campaign::handle(table, outbox, event, invocation)),
        "authorize" => answer(event, |event| authorize::handle(table, event, invocation)),
        "check-eligibility" => answer(event, |event| check_eligibility::handle(table, event, invocation)),
        "console" => answer(event, |event| console::handle(api, event, invocation)),
        "deliver-webhook" => answer(event, |event| deliver_webhook::handle(webhooks, event, invocation)),
        "describe-api" => answer(event, |event| describe_api::handle(event, invocation)),
        "follow-rewards" => answer(event, |event| follow_rewards::handle(rewarding, aside, event, invocation)),
        "fulfil-orders" => answer(event, |event| fulfil_orders::handle(table, cipher, event, invocation)),
        "manage-campaigns" => answer(event, |event| manage_campaigns::handle(rewarding, webhooks, event, invocation)),
        "manage-users" => answer(event, |event| manage_users::handle(table, event, invocation)),
        "publish-events" => {
            let pushes = (!outbox.push.is_off()).then_some(&outbox.pushes);
            answer(event, |event| publish_events::handle(pushes, bus, event, invocation))
        }
        "redeem-reward" => answer(event, |event| redeem_reward::handle(table, event, invocation)),
        "send-notification" => answer(event, |event| send_notification::handle(table, outbox, event, invocation)),
        "settle-competition" => {
            answer(event, |event| settle_competition::handle(rewarding, competitions, event, invocation))
        }
        "show-leaderboard" => {
            answer(event, |event| show_leaderboard::handle(leaderboards, competitions, event, invocation))
        }
        "sign-in" => answer(event, |event| sign_in::handle(table, identity, event, invocation)),
        "supply-reward" => answer(event, |event| supply_reward::handle(table, suppliers, event, invocation)),
        "submit-moment" => answer(event, |event| submit_moment::handle(rewarding, event, invocation)),
        other => Err(format!("template.yaml names function {other}, which is not built into this binary")),
    }
}

/// Lambda's error for an answer that is too large.
const TOO_LARGE: &str = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";

/// True if Lambda would refuse the answer. Only the body can be large.
fn is_too_large(output: &Value) -> bool {
    let body = output["body"].as_str().unwrap_or_default().as_bytes();
    body.len() > LAMBDA_BYTES / 4 && escaped(body) > LAMBDA_BYTES
}

fn read<Event: DeserializeOwned>(event: Value) -> Result<Event, String> {
    serde_json::from_value(event).map_err(|error| format!("the event cannot be read: {error}"))
}

/// Reads the event, and boxes the handler's work where it is made: the work of all handlers would otherwise be on the
/// stack of unoptimised code.
fn answer<'a, Event, Output, Work>(event: Value, make: impl FnOnce(Event) -> Work) -> Result<Handling<'a>, String>
where
    Event: DeserializeOwned,
    Output: Serialize,
    Work: Future<Output = Result<Output, Error>> + Send + 'a,
{
    let handled = Box::pin(make(read(event)?));
    Ok(Box::pin(async move {
        match handled.await {
            Ok(output) => {
                let output = serde_json::to_value(output).map_err(|error| error.to_string())?;
                if is_too_large(&output) { Err(TOO_LARGE.to_owned()) } else { Ok(output) }
            }
            Err(error) => Err(runtime::failure(&error).error_message),
        }
    }))
}
