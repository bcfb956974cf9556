//! Runs the functions as Lambda does: each invocation has an execution environment to itself, taken from the idle ones
//! or started cold, with the variables of `template.yaml`, JSON in and JSON out, and a deadline. Environments are either
//! here, in this process, where a panic costs only its own; or they are processes of the functions' own binaries, frozen
//! between invocations.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws::{Settings, http_client};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use domain::Error;
use edge::answer::{LAMBDA_BYTES, escaped};
use edge::runtime;
use invocation::Invocation;
use outbound_events::EventBus;
use outbound_kms::AddressCipher;
use outbound_push::Push;
use outbound_push::ways::Ways;
use outbound_queue::Queue;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::{Consumed, Store};
use tokio::sync::Semaphore;

use crate::LocalError;
use crate::clock::Clock;
use crate::process::{Process, ProcessError};
use crate::role::Role;
use crate::role::guard::Guard;
use crate::template::Template;

/// Processes of one function at once; further invocations wait for one of them.
const PROCESSES: usize = 32;

/// Why an invocation has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FunctionError {
    /// The function answered with an error; the message as Lambda reports it.
    #[error("{0}")]
    Failed(String),
    /// The function panicked.
    #[error("the function panicked")]
    Panicked,
    /// It took longer than its timeout.
    #[error("the function timed out")]
    TimedOut,
}

/// Where the functions' own binaries are.
#[derive(Debug, Clone)]
pub struct Binaries {
    /// Holds `<function>`, as Cargo leaves it, or `<function>/bootstrap`, as `cargo lambda` does.
    pub folder: PathBuf,
    /// A file that is given all that they log; otherwise it goes to standard error.
    pub log: Option<PathBuf>,
}

/// Every function of the template.
pub struct Functions {
    functions: BTreeMap<String, Arc<Function>>,
    clock: Clock,
}

struct Function {
    name: String,
    timeout: Duration,
    place: Place,
}

/// Where a function's environments are.
enum Place {
    Here(Box<Here>),
    Processes(Processes),
}

struct Here {
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
    /// The template's functions, their variables overridden by `overrides`, their timeouts `patience` times as long.
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
            let place = match binaries {
                Some(binaries) => Place::Processes(Processes::new(name, variables, binaries)?),
                // One pool of connections for all: what makes an environment is its role and what it remembers.
                None => {
                    let endpoint = settings.dynamodb_endpoint.as_deref();
                    let connections = connections.get_or_insert_with(|| http_client(endpoint)).clone();
                    Place::Here(Box::new(Here::new(connections, &function.role, settings)))
                }
            };
            let timeout = Duration::from_secs(function.timeout) * patience;
            functions.insert(name.clone(), Arc::new(Function { name: name.clone(), timeout, place }));
        }
        Ok(Self { functions, clock })
    }

    /// Invokes a function with an event.
    pub async fn invoke(&self, name: &str, event: Value, request_id: &str) -> Result<Value, FunctionError> {
        let Some(function) = self.functions.get(name).map(Arc::clone) else {
            return Err(FunctionError::Failed(format!("there is no function {name}")));
        };
        let (timeout, now, request_id) = (function.timeout, self.clock.now(), request_id.to_owned());
        // A task of its own: a panic ends the environment and nothing else.
        let running = tokio::spawn(async move {
            match &function.place {
                Place::Here(here) => {
                    let invocation = Invocation::new(now, timeout, request_id);
                    let invoked = here.invoke(&function.name, event, invocation);
                    tokio::time::timeout(timeout, invoked).await.unwrap_or(Err(FunctionError::TimedOut))
                }
                Place::Processes(processes) => processes.invoke(&function.name, &event, &request_id, timeout).await,
            }
        });
        running.await.unwrap_or(Err(FunctionError::Panicked))
    }

    /// What a function has consumed of DynamoDB since it was last asked, over all its environments that are idle and in
    /// this process.
    pub fn take_consumed(&self, name: &str) -> Consumed {
        let Some(Place::Here(here)) = self.functions.get(name).map(|function| &function.place) else {
            return Consumed::default();
        };
        let total = lock(&here.idle).iter().map(|environment| environment.store.meter().read()).sum();
        total - std::mem::replace(&mut *lock(&here.consumed), total)
    }

    /// Ends every idle environment of a function, as Lambda does after some minutes: the next invocation starts cold.
    pub fn end_environments(&self, name: &str) {
        if let Some(function) = self.functions.get(name) {
            match &function.place {
                Place::Here(here) => {
                    lock(&here.idle).clear();
                    *lock(&here.consumed) = Consumed::default();
                }
                Place::Processes(processes) => lock(&processes.idle).clear(),
            }
        }
    }

    /// The processes that are at work on an invocation just now, for tests that kill and freeze them.
    pub fn busy_processes(&self) -> Vec<u32> {
        let places = self.functions.values().map(|function| &function.place);
        let busy = places.map(|place| match place {
            Place::Here(_) => BTreeSet::new(),
            Place::Processes(processes) => lock(&processes.busy).clone(),
        });
        busy.flatten().collect()
    }
}

impl Here {
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
        let _place = self.at_once.acquire().await;
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

/// The binary of a function.
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

/// Stops or continues a process. One that has ended needs neither.
fn signal(process: &Process, signal: Signal) {
    let id = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
    let _ = id.map(|id| kill_process(id, signal));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The ways out of a function to all but the table.
pub struct Outside {
    /// To KMS.
    pub cipher: AddressCipher,
    /// To Pinpoint and the queues.
    pub ways: Ways,
    /// To the bus of domain events.
    pub bus: EventBus,
    /// To the queue of stream records that were set aside.
    pub aside: Queue,
}

impl Outside {
    /// As the settings say, for a function that the guard knows. Makes no request.
    pub fn new(settings: &Settings, guard: &Guard) -> Self {
        let to = |endpoint: &Option<String>| guard.before(http_client(endpoint.as_deref()));
        let queues = to(&settings.sqs_endpoint);
        let queue = |url: &str| Queue::through(queues.clone(), url, settings);
        Self {
            cipher: AddressCipher::through(to(&settings.kms_endpoint), settings),
            ways: Ways::with_push(Push::through(to(&settings.pinpoint_endpoint), settings), queue, settings),
            aside: queue(&settings.set_aside_queue),
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
}

impl Environments {
    /// A fresh environment, as after a cold start. Makes no request.
    pub fn new(store: Store, settings: &Settings) -> Self {
        Self {
            table: store::Environment::new(store.clone(), settings),
            rewarding: rewarding::Environment::new(store.clone(), settings),
            webhooks: outbound_webhooks::Environment::new(store.clone(), settings),
            store,
        }
    }
}

/// Hands an event to a function's handler, JSON in and JSON out.
pub async fn dispatch(
    name: &str,
    environment: &Environments,
    outside: &Outside,
    event: Value,
    invocation: Invocation,
) -> Result<Value, String> {
    handling(name, environment, outside, event, invocation)?.await
}

/// A handler at work.
type Handling<'a> = Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>>;

/// Begun here and polled elsewhere, so that the futures of all functions are not on the stack of the one that runs.
fn handling<'a>(
    name: &str,
    Environments { table, rewarding, webhooks, .. }: &'a Environments,
    Outside { ways, bus, cipher, aside }: &'a Outside,
    event: Value,
    invocation: Invocation,
) -> Result<Handling<'a>, String> {
    Ok(match name {
        "allocate-reward" => answer(allocate_reward::handle(rewarding, aside, read(event)?, invocation)),
        "announce-campaign" => answer(announce_campaign::handle(table, ways, read(event)?, invocation)),
        "authorize" => answer(authorize::handle(table, read(event)?, invocation)),
        "check-eligibility" => answer(check_eligibility::handle(table, read(event)?, invocation)),
        "deliver-webhook" => answer(deliver_webhook::handle(webhooks, read(event)?, invocation)),
        "fulfil-orders" => answer(fulfil_orders::handle(table, cipher, read(event)?, invocation)),
        "manage-campaigns" => answer(manage_campaigns::handle(rewarding, webhooks, read(event)?, invocation)),
        "manage-users" => answer(manage_users::handle(table, read(event)?, invocation)),
        "redeem-reward" => answer(redeem_reward::handle(table, read(event)?, invocation)),
        "send-notification" => answer(send_notification::handle(table, ways, bus, read(event)?, invocation)),
        "submit-moment" => answer(submit_moment::handle(rewarding, read(event)?, invocation)),
        other => return Err(format!("template.yaml names function {other}, which is not built into this binary")),
    })
}

/// What Lambda says of an answer that it does not take.
const TOO_LARGE: &str = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";

/// Whether Lambda would not take the answer: all of it but the body is small.
fn is_too_large(output: &Value) -> bool {
    let body = output["body"].as_str().unwrap_or_default().as_bytes();
    body.len() > LAMBDA_BYTES / 4 && escaped(body) > LAMBDA_BYTES
}

fn read<Event: DeserializeOwned>(event: Value) -> Result<Event, String> {
    serde_json::from_value(event).map_err(|error| format!("the event cannot be read: {error}"))
}

fn answer<'a, Output: Serialize>(handled: impl Future<Output = Result<Output, Error>> + Send + 'a) -> Handling<'a> {
    let handled = Box::pin(handled);
    Box::pin(async move {
        match handled.await {
            Ok(output) => {
                let output = serde_json::to_value(output).map_err(|error| error.to_string())?;
                if is_too_large(&output) { Err(TOO_LARGE.to_owned()) } else { Ok(output) }
            }
            Err(error) => Err(runtime::failure(&error).error_message),
        }
    })
}
