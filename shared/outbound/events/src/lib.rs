//! Publishes domain events on Amazon EventBridge with `PutEvents`. Rules on the bus choose the receivers.

use std::time::Duration;

use aws::{Settings, http_client};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::config::retry::RetryConfig;
use aws_sdk_eventbridge::config::timeout::TimeoutConfig;
use aws_sdk_eventbridge::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::operation::RequestId;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use domain::Error;
use domain::event::DomainEvent;

/// The source of every domain event.
pub const SOURCE: &str = "moments";

/// The most events of one call.
const MAX_ENTRIES: usize = 10;

/// The destination of domain events.
pub enum EventBus {
    /// To a bus of EventBridge; on a laptop, to one that speaks the same protocol.
    EventBridge {
        /// The same SDK client in both cases.
        client: Box<Client>,
        /// The bus's name.
        bus: String,
    },
    /// Nowhere: no bus is configured.
    Off,
}

/// The error if EventBridge did not take every event.
#[derive(Debug)]
pub struct Unpublished {
    /// The index of the first event not taken. Later ones may have been.
    pub first: usize,
    /// The cause.
    pub error: Error,
}

impl EventBus {
    /// The bus of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::through(http_client(settings.events_endpoint.as_deref()), settings)
    }

    /// As [`EventBus::new`], over a transport that stands in for EventBridge in tests.
    pub fn through(transport: SharedHttpClient, settings: &Settings) -> Self {
        if settings.event_bus.is_empty() {
            return Self::Off;
        }
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(5))
            .build();
        let mut config = aws_sdk_eventbridge::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .http_client(transport)
            // The stream retries the records whose events were not taken. No other layer retries.
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .credentials_provider(settings.signing_credentials());
        if let Some(endpoint) = &settings.events_endpoint {
            config = config.endpoint_url(endpoint);
        }
        let client = Box::new(Client::from_conf(config.build()));
        Self::EventBridge { client, bus: settings.event_bus.clone() }
    }

    /// Publishes the events in order, up to the first that is not taken. An event that is published again keeps its id.
    pub async fn publish(&self, events: &[DomainEvent]) -> Result<(), Unpublished> {
        let Self::EventBridge { client, bus } = self else { return Ok(()) };
        for (number, chunk) in events.chunks(MAX_ENTRIES).enumerate() {
            let first = number * MAX_ENTRIES;
            let entries = chunk.iter().map(|event| entry(event, bus)).collect::<Result<Vec<_>, _>>();
            let entries = entries.map_err(|error| Unpublished { first, error })?;
            let answer = client.put_events().set_entries(Some(entries)).send().await;
            let answer = answer.map_err(|error| {
                let (code, request_id) = (error.code().unwrap_or("no answer"), error.request_id().unwrap_or("none"));
                Unpublished {
                    first,
                    error: Error::Unavailable(format!("put events: {code} (AWS request {request_id})")),
                }
            })?;
            if let Some((at, code)) = refused(&answer) {
                let error = Error::Unavailable(format!("put events: {code}"));
                return Err(Unpublished { first: first + at, error });
            }
        }
        Ok(())
    }
}

/// Returns the first entry that was not taken, and its code. A call succeeds even if EventBridge takes no entry.
fn refused(answer: &aws_sdk_eventbridge::operation::put_events::PutEventsOutput) -> Option<(usize, String)> {
    if answer.failed_entry_count() == 0 {
        return None;
    }
    let codes = answer.entries().iter().map(|entry| entry.error_code().map(str::to_owned));
    let found = codes.enumerate().find_map(|(at, code)| Some((at, code?)));
    Some(found.unwrap_or((0, "an entry failed".into())))
}

fn entry(event: &DomainEvent, bus: &str) -> Result<PutEventsRequestEntry, Error> {
    let detail = serde_json::to_string(event).map_err(|error| Error::Internal(format!("a domain event: {error}")))?;
    Ok(PutEventsRequestEntry::builder()
        .source(SOURCE)
        .detail_type(&event.event_type)
        .detail(detail)
        .time(DateTime::from_millis(event.occurred_at.as_millisecond()))
        .event_bus_name(bus)
        .build())
}
