//! Handles batches of the DynamoDB stream record by record and answers Lambda where to continue. This is the second of
//! the two translations of an error: into a retry, a record set aside, or a log line.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::dynamodb::EventRecord;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use domain::Error;
use invocation::Invocation;
use store::record;

/// The reaction to a failed record. Of several errors of one record the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reaction {
    /// The record no longer matters: log it.
    Log,
    /// No retry helps: move the record to a queue of its own, so that it blocks nothing.
    SetAside,
    /// The stream delivers it again.
    Retry,
}

fn reaction(error: &Error) -> Reaction {
    match error {
        Error::Unavailable(_) => Reaction::Retry,
        Error::Internal(_) => Reaction::SetAside,
        _ => Reaction::Log,
    }
}

/// The failed records of a batch and their causes, by position.
#[derive(Default)]
pub struct Failures(BTreeMap<usize, (Reaction, String)>);

impl Failures {
    /// Notes an error of some records.
    pub fn note(&mut self, positions: impl IntoIterator<Item = usize>, error: &Error) {
        let failure = (reaction(error), error.to_string());
        for position in positions {
            let noted = self.0.entry(position).or_insert_with(|| failure.clone());
            if failure.0 > noted.0 {
                noted.clone_from(&failure);
            }
        }
    }

    /// Fails if a failed record still matters.
    pub fn into_result(self) -> Result<(), Error> {
        let first = self.0.into_values().find(|(reaction, _)| *reaction != Reaction::Log);
        first.map_or(Ok(()), |(_, cause)| Err(Error::Unavailable(cause)))
    }
}

/// Answers Lambda for records that were handled as a whole: after an error all of them come again.
pub fn all_or_none(records: &[EventRecord], handled: Result<(), Error>) -> DynamoDbEventResponse {
    match (handled, records.first()) {
        (Err(error), Some(first)) => retry_from(first, &error.to_string()),
        _ => DynamoDbEventResponse::default(),
    }
}

/// Handles the records in order, and adds to the failures. After a record that must come again, skips its app's later
/// records but not those of other apps. Lambda redelivers from the first failed record on, so handling must be
/// idempotent. Near the deadline it begins no further record: the rest comes again.
pub async fn handle_each<'a, F>(
    records: &'a [EventRecord],
    invocation: &Invocation,
    failures: &mut Failures,
    mut handle: impl FnMut(&'a EventRecord) -> F,
) where
    F: Future<Output = Result<(), Error>>,
{
    let mut delayed_apps = BTreeSet::new();
    for (position, record) in records.iter().enumerate() {
        let app = record::app(record);
        if delayed_apps.contains(&app) {
            continue;
        }
        if let Err(error) = invocation.in_time(handle(record)).await {
            if reaction(&error) == Reaction::Retry {
                delayed_apps.insert(app);
            }
            failures.note([position], &error);
        }
    }
}

/// Answers Lambda from which record on to deliver again. Sets aside earlier records that no retry helps. A record
/// that can't be set aside comes again, too, so that none is lost.
pub async fn conclude<'a, F>(
    records: &'a [EventRecord],
    invocation: &Invocation,
    failures: Failures,
    set_aside: impl Fn(&'a EventRecord) -> F,
) -> DynamoDbEventResponse
where
    F: Future<Output = Result<(), Error>>,
{
    for (position, (reaction, cause)) in failures.0 {
        let Some(record) = records.get(position) else { continue };
        let sequence = record.change.sequence_number.as_deref();
        match reaction {
            Reaction::Retry => return retry_from(record, &cause),
            Reaction::Log => {
                tracing::error!(stream.sequence = sequence, error.cause = cause, "record cannot be handled");
            }
            Reaction::SetAside => {
                if let Err(error) = set_aside(record).await {
                    return retry_from(record, &error.to_string());
                }
                invocation.metrics.defect();
                tracing::error!(stream.sequence = sequence, error.cause = cause, "record was set aside");
            }
        }
    }
    DynamoDbEventResponse::default()
}

fn retry_from(record: &EventRecord, cause: &str) -> DynamoDbEventResponse {
    let sequence = record.change.sequence_number.clone();
    tracing::warn!(stream.sequence = sequence.as_deref(), error.cause = cause, "records will be retried from here on");
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = sequence;
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures.push(failure);
    response
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use aws_lambda_events::dynamodb::Event;
    use serde_json::json;

    use super::*;

    /// Records of apps, numbered from 1.
    fn records(apps: &[&str]) -> Vec<EventRecord> {
        let records = apps.iter().zip(1..).map(|(app, number)| {
            let keys = json!({"pk": {"S": format!("USER#{app}#ada")}, "sk": {"S": "PROFILE"}});
            let change = json!({
                "ApproximateCreationDateTime": 0, "Keys": keys, "SequenceNumber": number.to_string(), "SizeBytes": 1,
            });
            json!({"eventID": "1", "eventName": "MODIFY", "awsRegion": "local", "dynamodb": change})
        });
        let event: Event = serde_json::from_value(json!({"Records": records.collect::<Vec<_>>()})).unwrap();
        event.records
    }

    fn number(record: &EventRecord) -> String {
        record.change.sequence_number.clone().unwrap()
    }

    /// Handles records by number. Returns those tried, those set aside, and the first that comes again.
    async fn handled(
        apps: &[&str],
        handle: impl Fn(&str) -> Result<(), Error>,
        set_aside: Result<(), &str>,
    ) -> (String, String, String) {
        let invocation =
            Invocation::new("2026-12-01T12:00:00Z".parse().unwrap(), Duration::from_secs(10), "test".into());
        let (records, tried, aside) = (records(apps), RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let mut failures = Failures::default();
        let each = async |record: &EventRecord| {
            tried.borrow_mut().push(number(record));
            handle(&number(record))
        };
        handle_each(&records, &invocation, &mut failures, each).await;
        let put = async |record: &EventRecord| {
            let refused = set_aside.map_err(|text| Error::Unavailable(text.to_owned()));
            refused.map(|()| aside.borrow_mut().push(number(record)))
        };
        let response = conclude(&records, &invocation, failures, put).await;
        let again = response.batch_item_failures.into_iter().filter_map(|failure| failure.item_identifier).collect();
        let (tried, aside): (Vec<String>, Vec<String>) = (tried.take(), aside.take());
        (tried.concat(), aside.concat(), again)
    }

    fn text(parts: [&str; 3]) -> (String, String, String) {
        let [tried, aside, again] = parts.map(str::to_owned);
        (tried, aside, again)
    }

    // "What the field found", A: a record that can't be handled was tried 50 times, and all records behind it waited.
    #[tokio::test]
    async fn a_record_that_panics_or_cannot_be_read_is_set_aside_and_the_others_go_on() {
        let handle = |number: &str| match number {
            "1" => panic!("a defect"),
            "3" => Err(Error::Internal("it cannot be read".into())),
            "4" => Err(Error::not_found("campaign", "spring")),
            _ => Ok(()),
        };
        let apps = ["a", "b", "a", "b", "a"];
        assert_eq!(handled(&apps, handle, Ok(())).await, text(["12345", "13", ""]));
        // The queue refuses it, so the stream keeps it.
        assert_eq!(handled(&apps, handle, Err("no queue")).await, text(["12345", "", "1"]));
    }

    #[tokio::test]
    async fn one_that_must_come_again_holds_up_its_app_and_no_other() {
        let handle = |number: &str| match number {
            "2" => Err(Error::Unavailable("throttled".into())),
            "1" | "5" => Err(Error::Internal("it cannot be read".into())),
            _ => Ok(()),
        };
        // The fifth comes again with all others. It is set aside then.
        let found = handled(&["b", "a", "b", "a", "b"], handle, Ok(())).await;
        assert_eq!(found, text(["1235", "1", "2"]));
    }

    #[test]
    fn of_several_errors_of_a_record_the_greatest_counts() {
        let mut failures = Failures::default();
        failures.note([0, 1, 2], &Error::not_found("campaign", "spring"));
        failures.note([0, 1], &Error::Internal("it cannot be read".into()));
        failures.note([0], &Error::Unavailable("throttled".into()));
        failures.note([0, 1, 2], &Error::not_found("moment", "deposits"));
        let reactions: Vec<Reaction> = failures.0.values().map(|(reaction, _)| *reaction).collect();
        assert_eq!(reactions, [Reaction::Retry, Reaction::SetAside, Reaction::Log]);
    }
}
