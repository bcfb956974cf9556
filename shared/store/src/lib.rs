//! The table: one file per entity, whose functions speak the domain. `schema` holds every key, `conditions` every
//! condition. Nothing outside this crate knows an attribute's name. Nothing in it reads the clock, judges a rule or
//! decides what follows a refused condition: callers do.

pub mod announcements;
pub mod apps;
pub mod audits;
pub mod balances;
pub mod boards;
pub mod brackets;
pub mod campaigns;
pub mod catalogs;
pub mod codes;
pub mod competitors;
mod conditions;
pub mod deliveries;
pub mod devices;
mod environment;
pub mod expiries;
mod failure;
pub mod guards;
pub mod history;
mod item;
pub mod keys;
pub mod ladders;
pub mod ledger;
mod meter;
pub mod notices;
pub mod orders;
pub mod partners;
pub mod people;
pub mod places;
pub mod progress;
pub mod record;
pub mod refusals;
pub mod reports;
mod requests;
pub mod reviews;
pub mod reward_changes;
pub mod reward_groups;
pub mod reward_links;
pub mod reward_pages;
pub mod rewards;
pub mod schema;
pub mod scores;
pub mod sessions;
pub mod shipping_addresses;
pub mod sign_ins;
pub mod suppliers;
pub mod thresholds;
pub mod token_keys;
pub mod users;
pub mod webhooks;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws::{Settings, http_client};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use rand::SeedableRng;
use rand::rngs::StdRng;

pub use environment::Environment;
pub use meter::{Consumed, Meter};
pub use requests::Consistency;

/// The longest wait for a connection during initialisation.
const WARM: Duration = Duration::from_secs(1);

/// Attempts at one request before the caller gets `Unavailable`.
const RETRY_ATTEMPTS: u32 = 4;

/// The longest wait before the second attempt, doubled for each further one. The SDK's default of a second suits
/// slower services.
const RETRY_AFTER: Duration = Duration::from_millis(50);

/// Makes the SDK repeat a single write that conflicts with a transaction: by default it repeats only throttling,
/// timeouts and failures. (After a conflict of two transactions, `claim` tries another code and slot instead.)
fn conflicts<E>() -> AwsErrorCodeClassifier<E> {
    AwsErrorCodeClassifier::builder().transient_errors(&["TransactionConflictException"][..]).build()
}

/// One environment's access to the table. Clones are cheap and share the connection, the meter and the generator.
#[derive(Clone)]
pub struct Store {
    client: Client,
    table: String,
    meter: Arc<Meter>,
    random: Arc<Mutex<StdRng>>,
}

impl Store {
    /// Access with these settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::through(http_client(settings.dynamodb_endpoint.as_deref()), settings, StdRng::from_os_rng())
    }

    /// As [`Store::new`], over the given transport and generator, for tests between the SDK and the database. Timeouts
    /// and retries are as deployed.
    pub fn through(transport: SharedHttpClient, settings: &Settings, random: StdRng) -> Self {
        let retries = RetryConfig::standard().with_max_attempts(RETRY_ATTEMPTS).with_initial_backoff(RETRY_AFTER);
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(settings.dynamodb_timeout / 2)
            .operation_attempt_timeout(settings.dynamodb_timeout)
            .operation_timeout(settings.dynamodb_timeout * 5 / 2)
            .build();
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .http_client(transport)
            .retry_config(retries)
            .retry_classifier(conflicts::<PutItemError>())
            .retry_classifier(conflicts::<UpdateItemError>())
            .retry_classifier(conflicts::<DeleteItemError>())
            // Each environment has its own retry budget, as on Lambda, even if many share this process.
            .retry_partition(RetryPartition::custom("moments").build())
            .timeout_config(timeouts)
            .credentials_provider(settings.signing_credentials());
        if let Some(endpoint) = &settings.dynamodb_endpoint {
            config = config.endpoint_url(endpoint);
        }
        let client = Client::from_conf(config.build());
        Self { client, table: settings.table.clone(), meter: Arc::default(), random: Arc::new(Mutex::new(random)) }
    }

    /// Opens the connection (names, TLS, certificates) during initialisation: Lambda then lends a full processor, and
    /// no user waits. Ignores failures, because the first request meets them again.
    pub async fn warm(&self) {
        let _ = tokio::time::timeout(WARM, self.touch()).await;
    }

    /// Another environment on the same connection, with its own meter and generator.
    pub fn another(&self) -> Self {
        let random = StdRng::from_rng(&mut *self.random());
        let (client, table) = (self.client.clone(), self.table.clone());
        Self { client, table, meter: Arc::default(), random: Arc::new(Mutex::new(random)) }
    }

    /// Counts this environment's consumption.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The environment's generator: cryptographically secure, seeded by the operating system.
    pub fn random(&self) -> MutexGuard<'_, StdRng> {
        self.random.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
