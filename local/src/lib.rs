//! Moments on a laptop: every function, route, authorizer, trigger, queue and event rule of `template.yaml`, an
//! embedded DynamoDB, a push inbox and an event bus, in one process. Deployed code never depends on this crate.

pub mod background;
pub mod clock;
pub mod console_key;
pub mod database;
pub mod demo;
mod demo_page;
mod event_bus;
pub mod filter;
pub mod functions;
pub mod gateway;
pub mod inbox_page;
pub mod process;
mod pump;
pub mod push_inbox;
mod queue_pump;
pub mod queues;
pub mod role;
pub mod samples;
mod server;
pub mod supplier_desk;
pub mod template;

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws::Settings;
use domain::id::KeyId;
use domain::identity::{Caller, Mode, Scope};
use domain::secret::ApiKey;
use serde_json::Value;
use store::Store;
use store::keys;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use clock::Clock;
use demo_page::Bank;
use event_bus::EventBus;
use functions::{Binaries, Environments, FunctionError, Functions};
use gateway::{Gateway, HttpRequest, HttpResponse};
use pump::Pump;
use push_inbox::PushInbox;
use queue_pump::QueuePump;
use queues::Queues;
use server::Endpoints;
use supplier_desk::SupplierDesk;
use template::{Schedule, Template};

/// Why the laptop cannot start or do its work.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The template holds something that the laptop does not support.
    #[error("{0}")]
    Template(String),
    /// The embedded database.
    #[error("{0}")]
    Database(String),
    /// The port is taken.
    #[error("port {0} is in use; choose another with --port N, or let the system choose one with --port 0")]
    PortInUse(u16),
    /// This machine does not have the address.
    #[error("{0} is no address of this machine; choose another with --host ADDRESS")]
    NoSuchHost(IpAddr),
    /// Another process uses the data folder.
    #[error("another moments is running in {0}; stop it, or choose another folder with --data")]
    FolderInUse(String),
    /// A function's binary is missing.
    #[error("{0}")]
    Binaries(String),
    /// Anything else from the operating system.
    #[error("{0}: {1}")]
    System(String, std::io::Error),
    /// The API refused a request of the preparation.
    #[error("{0}")]
    Api(String),
}

/// The options of a start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Address to listen at; `None` is the loopback address.
    pub host: Option<IpAddr>,
    /// Port of the API, or of DynamoDB with `database_only`; 0 lets the system choose.
    pub port: u16,
    /// Serves DynamoDB alone, for functions that run elsewhere. Only [`Local::call`] reaches the API then.
    pub database_only: bool,
    /// Folder for the database and the keys; `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// The time that invocations see.
    pub clock: Clock,
    /// True if the stream and the queues are delivered in the background; tests call [`Local::settle`] instead.
    pub pump: bool,
    /// Variables that override the template's.
    pub variables: BTreeMap<String, String>,
    /// Factor on the template's timeouts, for a machine that does everything at once. 0 counts as 1.
    pub patience: u32,
    /// True if the gateway remembers the authorizer's answers, as API Gateway does. Tests see a revoked key at once.
    pub remembers_callers: bool,
    /// Runs each function as a process of its own binary; `None` runs all in this process.
    pub binaries: Option<Binaries>,
    /// A template to use instead of the built-in one, as text: for tests.
    pub template: Option<String>,
    /// The copy that the database in memory begins as: for tests.
    pub saved: Option<Saved>,
}

/// A copy of a database in a file, and its operator's key.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The file that [`Local::save`] wrote.
    pub file: PathBuf,
    /// The operator's key.
    pub admin_key: ApiKey,
}

/// The whole system, running.
pub struct Local {
    /// Base URL of the API; empty with `database_only`.
    pub api: String,
    /// Endpoint of the embedded DynamoDB.
    pub dynamodb: String,
    /// The operator's key, which administers every app.
    pub admin_key: ApiKey,
    /// The functions, for tests that invoke them.
    pub functions: Arc<Functions>,
    /// An execution environment on the same table, for tests below the API.
    pub environments: Environments,
    database: dynoxide::Database,
    endpoints: Endpoints,
    queue_pump: Arc<QueuePump>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    /// The folder of the database and the keys; `None` in memory.
    data: Option<PathBuf>,
    /// The lock on the data folder. It is the last field, so it is released last.
    _lock: Option<File>,
}

impl Local {
    /// Starts everything. Returns when the system answers requests.
    pub async fn start(options: Options) -> Result<Self, LocalError> {
        let mut template = options.template.as_deref().map_or_else(Template::built_in, Template::read)?;
        let lock = options.data.as_deref().map(lock_folder).transpose()?;
        let host = options.host.unwrap_or(Ipv4Addr::LOCALHOST.into());
        let (listener, address) = listen(host, options.port).await?;
        let file = options.data.as_ref().map(|folder| folder.join("moments.db"));
        let copy = options.saved.as_ref().map(|saved| saved.file.as_path());
        let database = database::open(file.as_deref(), &template, copy)?;
        let (api_listener, database_listener, api, dynamodb) = if options.database_only {
            (None, listener, String::new(), format!("http://{address}"))
        } else {
            let (database_listener, database_address) = listen(Ipv4Addr::LOCALHOST.into(), 0).await?;
            (Some(listener), database_listener, format!("http://{address}"), format!("http://{database_address}"))
        };
        let sqs = format!("{api}/_local/sqs");
        template.place_queues(&sqs);
        let template = Arc::new(template);
        let mut variables = variables(&api, &dynamodb);
        variables.extend(options.variables);
        let functions = Arc::new(Functions::new(
            &template,
            &variables,
            options.clock.clone(),
            options.patience.max(1),
            options.binaries.as_ref(),
        )?);
        // A database in memory has no earlier pushes.
        let kept = options.data.as_ref().map(|_| PushInbox::open(database.clone())).transpose()?;
        let inbox = Arc::new(kept.unwrap_or_default());
        let clock = options.clock;
        let gateway = Arc::new(Gateway::new(
            Arc::clone(&template),
            Arc::clone(&functions),
            clock.clone(),
            options.remembers_callers,
        ));
        let schedules = template.schedules.clone();
        let queues = Arc::new(Queues::open(&template, &sqs, database.clone())?);
        queues.release()?;
        let queue_pump = Arc::new(QueuePump::new(&template, &functions, &queues, clock.clone()));
        let bus = Arc::new(EventBus::new(&template, &functions, &database, &clock)?);
        let pump = Arc::new(Pump::new(template, Arc::clone(&functions), database.clone())?);
        let endpoints =
            Endpoints { gateway, inbox, pump, queues, clock, bus, bank: Bank::default(), suppliers: Arc::default() };
        let (stop, _) = watch::channel(false);
        let database_served = server::serve_database(database_listener, database.clone(), stopped(&stop));
        let mut tasks = vec![tokio::spawn(database_served)];
        if let Some(listener) = api_listener {
            tasks.push(tokio::spawn(server::serve(listener, endpoints.clone(), stopped(&stop))));
        }
        if options.pump {
            tasks.extend(carry(&endpoints, &queue_pump, &functions, schedules, &stop));
        }
        let settings = Settings::read(|name| variables.get(name).cloned()).map_err(LocalError::Template)?;
        let environments = Environments::new(Store::new(&settings), &settings);
        let admin_key = match options.saved {
            Some(saved) => saved.admin_key,
            None => admin_key(&environments.store, options.data.as_deref(), endpoints.clock.now()).await?,
        };
        Ok(Self {
            api,
            dynamodb,
            admin_key,
            functions,
            environments,
            database,
            endpoints,
            queue_pump,
            stop,
            tasks,
            data: options.data,
            _lock: lock,
        })
    }

    /// The time on this system's clock.
    pub(crate) fn now(&self) -> jiff::Timestamp {
        self.endpoints.clock.now()
    }

    /// Answers a request as the HTTP server does, without a connection.
    pub async fn call(&self, request: HttpRequest) -> HttpResponse {
        self.endpoints.gateway.call(request).await
    }

    /// Sends JSON with a key, without a connection. Returns the status and the JSON of the answer.
    pub(crate) async fn request(&self, key: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        let headers = [("x-api-key", key), ("content-type", "application/json")];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request = HttpRequest {
            method: method.to_owned(),
            target: path.to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            body,
        };
        let response = self.call(request).await;
        (response.status, serde_json::from_slice(&response.body).unwrap_or(Value::Null))
    }

    /// Like [`Local::request`]. Fails unless the status is 2xx.
    pub(crate) async fn prepare(&self, key: &str, method: &str, path: &str, body: Value) -> Result<Value, LocalError> {
        let (status, answer) = self.request(key, method, path, body).await;
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        Err(LocalError::Api(format!("could not be prepared: {method} {path} answered {status}: {}", answer["detail"])))
    }

    /// Delivers the stream, the queues and the event bus until everything is handled or given up. Ignores delays.
    pub async fn settle(&self) -> Result<(), LocalError> {
        loop {
            self.endpoints.pump.settle().await?;
            let (queues, bus) = (self.queue_pump.settle().await?, self.endpoints.bus.settle().await?);
            if !queues && !bus {
                return Ok(());
            }
        }
    }

    /// Invokes a function as EventBridge Scheduler does.
    pub async fn run_schedule(&self, function: &str) -> Result<Value, FunctionError> {
        self.functions.invoke(function, Schedule::event(), "schedule").await
    }

    /// The queues of the template, for tests.
    pub fn queues(&self) -> &Queues {
        &self.endpoints.queues
    }

    /// The push inbox, for tests that make it fail.
    pub fn inbox(&self) -> &PushInbox {
        &self.endpoints.inbox
    }

    /// The supplier, for tests that look at what it has made.
    pub fn suppliers(&self) -> &SupplierDesk {
        &self.endpoints.suppliers
    }

    /// The latest domain events.
    pub fn events(&self) -> Vec<Value> {
        self.endpoints.bus.list()
    }

    /// All pushes so far.
    pub fn pushes(&self) -> Vec<Value> {
        self.endpoints.inbox.list()
    }

    /// The stream records that were given up.
    pub fn dead_letters(&self) -> Result<Vec<Value>, LocalError> {
        self.endpoints.pump.dead_letters()
    }

    /// Every record of the table's stream, oldest first: for tests that deliver records again.
    pub fn stream_records(&self) -> Result<Vec<Value>, LocalError> {
        let stream = database::stream(&self.database)?;
        let mut records: Vec<Value> = Vec::new();
        loop {
            let after = records.last().and_then(|last| last["dynamodb"]["SequenceNumber"].as_str());
            let more = database::records(&self.database, &stream, after, 1_000)?;
            if more.is_empty() {
                return Ok(records);
            }
            records.extend(more);
        }
    }

    /// Writes a copy of the database to a new file, for [`Options::saved`] and [`Local::restore`].
    pub fn save(&self, file: PathBuf) -> Result<Saved, LocalError> {
        database::save(&self.database, &file)?;
        Ok(Saved { file, admin_key: self.admin_key.clone() })
    }

    /// Replaces the database by a copy. Call it only while nothing runs, and with a copy of a system that began as this
    /// one did: functions, queues and stream readers keep what they hold in memory.
    pub fn restore(&self, saved: &Saved) -> Result<(), LocalError> {
        database::restore(&self.database, &saved.file)
    }

    /// Every item of the table, as DynamoDB JSON.
    pub fn scan(&self) -> Result<Vec<Value>, LocalError> {
        database::scan(&self.database)
    }

    /// Stops taking requests, finishes the running requests and batches, and closes the database.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        for task in std::mem::take(&mut self.tasks) {
            let _ = task.await;
        }
    }
}

/// Starts the background tasks: they deliver the stream, the queues and the bus to the functions, and keep the
/// schedules.
fn carry(
    endpoints: &Endpoints,
    queue_pump: &Arc<QueuePump>,
    functions: &Arc<Functions>,
    schedules: Vec<Schedule>,
    stop: &watch::Sender<bool>,
) -> Vec<JoinHandle<()>> {
    let (stream, stopping) = (Arc::clone(&endpoints.pump), stopped(stop));
    let mut tasks = vec![tokio::spawn(async move { stream.run(stopping).await })];
    let (bus, stopping) = (Arc::clone(&endpoints.bus), stopped(stop));
    tasks.push(tokio::spawn(async move { bus.run(stopping).await }));
    for trigger in queue_pump.workers() {
        let (queue_pump, stopping) = (Arc::clone(queue_pump), stopped(stop));
        tasks.push(tokio::spawn(async move { queue_pump.run(trigger, stopping).await }));
    }
    for schedule in schedules {
        tasks.push(tokio::spawn(keep(schedule, Arc::clone(functions), stopped(stop))));
    }
    tasks
}

/// Invokes a function by its schedule until `stop` resolves. The first time is one period after the start.
async fn keep(schedule: Schedule, functions: Arc<Functions>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return,
            () = tokio::time::sleep(schedule.every) => {}
        }
        let event = schedule.input.clone().unwrap_or_else(Schedule::event);
        if let Err(error) = functions.invoke(&schedule.function, event, "schedule").await {
            tracing::error!(function = schedule.function, error.cause = %error, "a scheduled invocation failed");
        }
    }
}

/// Makes the folder and takes its lock, since two processes on one stream would deliver each record twice. The system
/// releases the lock when the process ends, even after a kill.
fn lock_folder(folder: &Path) -> Result<File, LocalError> {
    let failed = |error| LocalError::System(format!("cannot use folder {}", folder.display()), error);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let lock = File::create(folder.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(LocalError::FolderInUse(folder.display().to_string())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

async fn listen(host: IpAddr, port: u16) -> Result<(TcpListener, SocketAddr), LocalError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AddrInUse => LocalError::PortInUse(port),
        std::io::ErrorKind::AddrNotAvailable => LocalError::NoSuchHost(host),
        _ => LocalError::System(format!("cannot listen on port {port}"), error),
    };
    let listener = TcpListener::bind((host, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// The variables that differ from the template: endpoints, credentials, and no cached catalog.
fn variables(api: &str, dynamodb: &str) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = [
        ("TABLE_NAME", database::TABLE),
        ("DYNAMODB_ENDPOINT", dynamodb),
        ("PINPOINT_ENDPOINT", &format!("{api}/_local/pinpoint")),
        ("SQS_ENDPOINT", &format!("{api}/_local/sqs")),
        ("PINPOINT_APPLICATION_ID", "local"),
        ("PUBLIC_URL", api),
        ("EVENTS_ENDPOINT", &format!("{api}/_local/events")),
        ("API_ENDPOINT", api),
        ("SUPPLIER_ENDPOINT", &format!("{api}/_local/suppliers")),
        ("ALLOW_LOOPBACK_HTTP", "true"),
        // A laptop has no KMS: the table holds addresses and credentials unencrypted.
        ("ADDRESS_KEY", ""),
        ("SUPPLIER_KEY", ""),
        ("CATALOG_SECONDS", "0"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    if api.is_empty() {
        // Without the API's server there is no bus.
        variables.insert("EVENT_BUS".to_owned(), String::new());
    }
    variables
}

/// Locks a mutex, also one that a panic left locked: every value here is whole between two statements.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resolves when the system stops.
fn stopped(stop: &watch::Sender<bool>) -> impl Future<Output = ()> + Send + 'static {
    let mut stop = stop.subscribe();
    async move {
        let _ = stop.wait_for(|stop| *stop).await;
    }
}

/// The operator's key of an earlier start, or a new one. A file that only its owner can read keeps it.
async fn admin_key(store: &Store, folder: Option<&Path>, now: jiff::Timestamp) -> Result<ApiKey, LocalError> {
    let file = folder.map(|folder| folder.join("admin-key"));
    if let Some(file) = &file
        && let Ok(text) = std::fs::read_to_string(file)
    {
        let key = ApiKey::new(text.trim());
        if keys::find(store, &key.hash(), now).await.is_ok_and(|found| found.is_some()) {
            return Ok(key);
        }
    }
    let key = ApiKey::mint(Mode::Live, &mut *store.random());
    let key_id = KeyId::try_from("key_operator").map_err(|error| LocalError::Api(error.to_string()))?;
    let caller = Caller::new(None, Scope::Admin, Mode::Live, key_id);
    keys::mint(store, &key.hash(), &caller, now).await.map_err(|error| LocalError::Api(error.to_string()))?;
    if let Some(file) = file {
        write_secret(&file, key.expose())?;
    }
    Ok(key)
}

/// Writes a file that only its owner can read.
pub(crate) fn write_secret(file: &Path, text: &str) -> Result<(), LocalError> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(file).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| LocalError::System(format!("cannot write {}", file.display()), error))
}
