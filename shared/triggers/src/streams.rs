//! DynamoDB stream batches: handing each record to a function's code and telling Lambda where to go on. This is the
//! second of the two translations of an error: into a retry, into a record that is set aside, or into a log line.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::dynamodb::EventRecord;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use domain::Error;
use invocation::Invocation;
use store::record;

/// What becomes of a record that was not handled. Of several errors of one record the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reaction {
    /// It is of no concern any more: a log line.
    PassOver,
    /// No repetition mends it: it leaves the stream for a queue of its own, and holds up nobody there.
    SetAside,
    /// The stream delivers it again.
    Again,
}

fn reaction(error: &Error) -> Reaction {
    match error {
        Error::Unavailable(_) => Reaction::Again,
        Error::Internal(_) => Reaction::SetAside,
        _ => Reaction::PassOver,
    }
}

/// Which records of a batch were not handled, and why, by their position.
#[derive(Default)]
pub struct Failures(BTreeMap<usize, (Reaction, String)>);

impl Failures {
    /// Notes what kept some records from being handled.
    pub fn note(&mut self, positions: impl IntoIterator<Item = usize>, error: &Error) {
        let failure = (reaction(error), error.to_string());
        for position in positions {
            let noted = self.0.entry(position).or_insert_with(|| failure.clone());
            if failure.0 > noted.0 {
                noted.clone_from(&failure);
            }
        }
    }

    /// Fails if a record was not handled that is still of concern.
    pub fn into_result(self) -> Result<(), Error> {
        let first = self.0.into_values().find(|(reaction, _)| *reaction != Reaction::PassOver);
        first.map_or(Ok(()), |(_, cause)| Err(Error::Unavailable(cause)))
    }
}

/// What Lambda is told of records that were handled all at once: if that failed, all of them come again.
pub fn all_or_none(records: &[EventRecord], handled: Result<(), Error>) -> DynamoDbEventResponse {
    match (handled, records.first()) {
        (Err(error), Some(first)) => again(first, &error.to_string()),
        _ => DynamoDbEventResponse::default(),
    }
}

/// Handles the records in order. After one that must come again its app's other records are left for then; other apps' records
/// are handled all the same. Lambda redelivers from the first one on, so handling has to be idempotent. Near the deadline no
/// further record is begun: the rest comes again. Adds to what is noted of the batch already.
pub async fn handle_each<'a, F>(
    records: &'a [EventRecord],
    invocation: &Invocation,
    failures: &mut Failures,
    mut handle: impl FnMut(&'a EventRecord) -> F,
) where
    F: Future<Output = Result<(), Error>>,
{
    let mut held_up = BTreeSet::new();
    for (position, record) in records.iter().enumerate() {
        let app = record::app(record);
        if held_up.contains(&app) {
            continue;
        }
        if let Err(error) = invocation.in_time(handle(record)).await {
            if reaction(&error) == Reaction::Again {
                held_up.insert(app);
            }
            failures.note([position], &error);
        }
    }
}

/// Tells Lambda from where on the records must come again. Those before it that no repetition mends are set aside first; one
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
            Reaction::Again => return again(record, &cause),
            Reaction::PassOver => {
                tracing::error!(stream.sequence = sequence, error.cause = cause, "record cannot be handled");
            }
            Reaction::SetAside => {
                if let Err(error) = set_aside(record).await {
                    return again(record, &error.to_string());
                }
                invocation.metrics.defect();
                tracing::error!(stream.sequence = sequence, error.cause = cause, "record was set aside");
            }
        }
    }
    DynamoDbEventResponse::default()
}

fn again(record: &EventRecord, cause: &str) -> DynamoDbEventResponse {
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

    /// Handles records, each as `handle` says of its number: what was tried, set aside, and from where on it comes again.
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

    // "What the field found", A: a record that can't be handled was tried 50 times, and everybody behind it waited.
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
        // The queue does not take it: then the stream keeps it.
        assert_eq!(handled(&apps, handle, Err("no queue")).await, text(["12345", "", "1"]));
    }

    #[tokio::test]
    async fn one_that_must_come_again_holds_up_its_app_and_no_other() {
        let handle = |number: &str| match number {
            "2" => Err(Error::Unavailable("throttled".into())),
            "1" | "5" => Err(Error::Internal("it cannot be read".into())),
            _ => Ok(()),
        };
        // The fifth comes again with all others, and is set aside then.
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
        assert_eq!(reactions, [Reaction::Again, Reaction::SetAside, Reaction::PassOver]);
    }
}
