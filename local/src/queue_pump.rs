//! Lambda's event source mappings from queues: delivers messages in batches to the functions of `template.yaml` and
//! deletes those that succeed. The queue shows the others again or gives them up.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::LocalError;
use crate::background::{self, Delays};
use crate::clock::Clock;
use crate::functions::Functions;
use crate::queues::{Queues, Received};
use crate::template::{QueueTrigger, Template};

/// Limit of concurrent invocations for one trigger on a laptop.
const AT_ONCE: usize = 4;

/// The queues' readers.
pub(crate) struct QueuePump {
    template: Arc<Template>,
    functions: Arc<Functions>,
    queues: Arc<Queues>,
    clock: Clock,
}

impl QueuePump {
    /// Makes the readers of the template's queues.
    pub(crate) fn new(
        template: &Arc<Template>,
        functions: &Arc<Functions>,
        queues: &Arc<Queues>,
        clock: Clock,
    ) -> Self {
        let (template, functions, queues) = (Arc::clone(template), Arc::clone(functions), Arc::clone(queues));
        Self { template, functions, queues, clock }
    }

    /// Returns each trigger as often as it may run at once.
    pub(crate) fn workers(&self) -> Vec<QueueTrigger> {
        let times = |trigger: &QueueTrigger| vec![trigger.clone(); trigger.at_once.clamp(1, AT_ONCE)];
        self.template.queue_triggers.iter().flat_map(times).collect()
    }

    /// Delivers to a trigger until `stop` resolves, and finishes the batch at hand.
    pub(crate) async fn run(&self, trigger: QueueTrigger, stop: impl Future<Output = ()>) {
        background::repeat(&trigger.name, || self.deliver_batch(&trigger, Delays::Respected), stop).await;
    }

    /// Delivers until every message is handled or given up, and ignores delays: for tests. Returns true if any message
    /// waited.
    pub(crate) async fn settle(&self) -> Result<bool, LocalError> {
        let (mut any, mut more) = (false, true);
        while std::mem::take(&mut more) {
            for trigger in &self.template.queue_triggers {
                more |= self.deliver_batch(trigger, Delays::Ignored).await?;
            }
            any |= more;
        }
        Ok(any)
    }

    /// Delivers one batch to a trigger. Returns true if the queue had messages.
    async fn deliver_batch(&self, trigger: &QueueTrigger, delays: Delays) -> Result<bool, LocalError> {
        let batch = self.queues.receive(&trigger.queue, trigger.batch_size, self.clock.now(), delays)?;
        let Some(first) = batch.first() else { return Ok(false) };
        let request_id = format!("queue-{}", first.message_id);
        let records: Vec<&Value> = batch.iter().map(|message| &message.record).collect();
        let answer = self.functions.invoke(&trigger.function, json!({ "Records": records }), &request_id).await;
        let failed = match answer {
            Ok(answer) if trigger.reports_failures => failed(&answer, &batch),
            Ok(_) => BTreeSet::new(),
            Err(error) => {
                tracing::error!(trigger.name, error.cause = %error, "batch failed");
                return Ok(true);
            }
        };
        for message in batch.iter().filter(|message| !failed.contains(message.message_id.as_str())) {
            self.queues.delete(&trigger.queue, &message.receipt_handle)?;
        }
        Ok(true)
    }
}

/// Returns the ids that the function reports as failed. An unknown or missing id fails the whole batch, as on Lambda.
fn failed<'a>(answer: &Value, batch: &'a [Received]) -> BTreeSet<&'a str> {
    let all = || batch.iter().map(|message| message.message_id.as_str());
    let named = answer["batchItemFailures"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = named.iter().map(|failure| all().find(|id| failure["itemIdentifier"] == *id));
    found.collect::<Option<BTreeSet<_>>>().unwrap_or_else(|| all().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_says_which_of_its_batch_failed() {
        let message =
            |id: &str| Received { message_id: id.to_owned(), receipt_handle: String::new(), record: Value::Null };
        let batch = ["1", "2", "3"].map(message);
        let failed = |answer: Value| failed(&answer, &batch).into_iter().collect::<String>();
        assert_eq!(failed(json!({"batchItemFailures": []})), "");
        assert_eq!(failed(Value::Null), "");
        assert_eq!(failed(json!({"batchItemFailures": [{"itemIdentifier": "2"}]})), "2");
        let unknown = json!({"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "4"}]});
        assert_eq!(failed(unknown), "123", "what was in the batch is not known, so nothing is deleted");
        assert_eq!(failed(json!({"batchItemFailures": [{}]})), "123");
    }
}
