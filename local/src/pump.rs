//! Lambda's event source mappings: delivers the table's stream to the triggers of `template.yaml`, filtered and in
//! batches, with the partial-batch protocol, bisection, finite retries and a dead-letter list. The database keeps each
//! trigger's position, so a restart goes on there.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::LocalError;
use crate::background::{self, Delays};
use crate::database;
use crate::functions::Functions;
use crate::template::{Template, Trigger};

/// The stream's readers.
pub(crate) struct Pump {
    template: Arc<Template>,
    functions: Arc<Functions>,
    database: Database,
    stream: (String, String),
    readers: Mutex<HashMap<String, Reader>>,
}

/// One trigger's position in the stream.
#[derive(Default)]
struct Reader {
    /// The last record that is done.
    position: Option<String>,
    /// Failed attempts at the record after it.
    attempts: u32,
    /// Size of the next batch, while a failing batch is bisected.
    narrowed: Option<usize>,
    /// Time of the next attempt after a failure.
    not_before: Option<Instant>,
}

impl Pump {
    /// Opens the readers at their last positions.
    pub(crate) fn new(
        template: Arc<Template>,
        functions: Arc<Functions>,
        database: Database,
    ) -> Result<Self, LocalError> {
        let stream = database::stream(&database)?;
        let mut readers = HashMap::new();
        for trigger in &template.triggers {
            let position = database::recall(&database, &checkpoint(trigger))?;
            let position = position.and_then(|position| position.as_str().map(str::to_owned));
            readers.insert(trigger.name.clone(), Reader { position, ..Reader::default() });
        }
        Ok(Self { template, functions, database, stream, readers: Mutex::new(readers) })
    }

    /// Delivers the next batch to each trigger. Returns true if any trigger had records.
    async fn deliver_batches(&self, delays: Delays) -> Result<bool, LocalError> {
        let mut readers = self.readers.lock().await;
        let mut busy = false;
        for trigger in &self.template.triggers {
            let reader = readers.entry(trigger.name.clone()).or_default();
            if delays == Delays::Respected && reader.not_before.is_some_and(|not_before| Instant::now() < not_before) {
                continue;
            }
            busy |= self.deliver_batch(trigger, reader).await?;
        }
        Ok(busy)
    }

    /// Delivers until every record is handled or given up, and ignores delays: for tests.
    pub(crate) async fn settle(&self) -> Result<(), LocalError> {
        while self.deliver_batches(Delays::Ignored).await? {}
        Ok(())
    }

    /// Delivers until `stop` resolves, and finishes the batch at hand.
    pub(crate) async fn run(&self, stop: impl Future<Output = ()>) {
        background::repeat("stream", || self.deliver_batches(Delays::Respected), stop).await;
    }

    /// Returns the records that were given up, oldest first.
    pub(crate) fn dead_letters(&self) -> Result<Vec<Value>, LocalError> {
        Ok(database::recall(&self.database, "dead-letters")?
            .and_then(|list| list.as_array().cloned())
            .unwrap_or_default())
    }

    async fn deliver_batch(&self, trigger: &Trigger, reader: &mut Reader) -> Result<bool, LocalError> {
        let limit = reader.narrowed.unwrap_or(trigger.batch_size);
        let records = database::records(&self.database, &self.stream, reader.position.as_deref(), limit)?;
        let Some(last) = records.last() else { return Ok(false) };
        let passes =
            |record: &&Value| trigger.filters.is_empty() || trigger.filters.iter().any(|filter| filter.matches(record));
        let batch: Vec<Value> = records.iter().filter(passes).cloned().collect();
        if batch.is_empty() {
            return self.advance(trigger, reader, sequence(last)).map(|()| true);
        }
        let request_id = format!("stream-{}", sequence(&batch[0]));
        let answer = self.functions.invoke(&trigger.function, json!({ "Records": batch }), &request_id).await;
        let failed = match &answer {
            Ok(answer) => answer["batchItemFailures"][0]["itemIdentifier"].as_str().map(str::to_owned),
            Err(error) => {
                tracing::error!(trigger.name, error.cause = %error, "batch failed");
                if records.len() > 1 {
                    reader.narrowed = Some(records.len() / 2);
                    return Ok(true);
                }
                Some(sequence(&batch[0]))
            }
        };
        let Some(failed) = failed else {
            return self.advance(trigger, reader, sequence(last)).map(|()| true);
        };
        // Everything before the failed record is done; the record itself comes again until it is given up.
        let at = records.iter().position(|record| sequence(record) == failed).unwrap_or(0);
        if at > 0 {
            self.advance(trigger, reader, sequence(&records[at - 1]))?;
        }
        reader.attempts += 1;
        if reader.attempts > trigger.retries {
            self.give_up(trigger, &records[at])?;
            return self.advance(trigger, reader, failed).map(|()| true);
        }
        let pause = Duration::from_millis(100) * 2_u32.pow(reader.attempts.min(6));
        reader.not_before = Some(Instant::now() + pause);
        Ok(true)
    }

    fn advance(&self, trigger: &Trigger, reader: &mut Reader, position: String) -> Result<(), LocalError> {
        database::remember(&self.database, &checkpoint(trigger), &json!(position))?;
        *reader = Reader { position: Some(position), ..Reader::default() };
        Ok(())
    }

    /// Keeps the record's keys, not its content, as AWS does: the table has the content.
    fn give_up(&self, trigger: &Trigger, record: &Value) -> Result<(), LocalError> {
        tracing::error!(trigger.name, stream.sequence = sequence(record), "record given up");
        let mut list = self.dead_letters()?;
        list.push(json!({
            "trigger": trigger.name,
            "sequence_number": sequence(record),
            "keys": record["dynamodb"]["Keys"],
        }));
        database::remember(&self.database, "dead-letters", &Value::Array(list))
    }
}

fn checkpoint(trigger: &Trigger) -> String {
    format!("checkpoint#{}", trigger.name)
}

fn sequence(record: &Value) -> String {
    record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default().to_owned()
}
