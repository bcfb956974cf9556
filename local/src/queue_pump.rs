//! Lambda's event source mappings from queues: carries messages in batches to the functions of `template.yaml`, deletes what
//! succeeded and leaves the rest to the queue, which shows it again or gives it up.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::LocalError;
use crate::clock::Clock;
use crate::functions::Functions;
use crate::queues::{Queues, Received};
use crate::template::{QueueTrigger, Template};

/// The most invocations at once for one trigger: a laptop is no region.
const AT_ONCE: usize = 4;

/// The queues' readers.
pub(crate) struct QueuePump {
    template: Arc<Template>,
    functions: Arc<Functions>,
    queues: Arc<Queues>,
    clock: Clock,
}

impl QueuePump {
    /// Readers of the template's queues.
    pub(crate) fn new(
        template: &Arc<Template>,
        functions: &Arc<Functions>,
        queues: &Arc<Queues>,
        clock: Clock,
    ) -> Self {
        let (template, functions, queues) = (Arc::clone(template), Arc::clone(functions), Arc::clone(queues));
        Self { template, functions, queues, clock }
    }

    /// What is to run in the background: a trigger, as often as it may be at work at once.
    pub(crate) fn workers(&self) -> Vec<QueueTrigger> {
        let times = |trigger: &QueueTrigger| vec![trigger.clone(); trigger.at_once.clamp(1, AT_ONCE)];
        self.template.queue_triggers.iter().flat_map(times).collect()
    }

    /// Feeds a trigger until `stop` resolves, and finishes the batch at hand.
    pub(crate) async fn run(&self, trigger: QueueTrigger, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let pause = match self.step(&trigger, true).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => Duration::from_millis(50),
                Err(error) => {
                    tracing::error!(trigger.name, error.cause = %error, "the queue cannot be read");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Delivers until every message is handled or given up, whatever hides it meanwhile: for tests. `true` if there was
    /// anything to do.
    pub(crate) async fn settle(&self) -> Result<bool, LocalError> {
        let mut busy = false;
        loop {
            let mut busy_now = false;
            for trigger in &self.template.queue_triggers {
                busy_now |= self.step(trigger, false).await?;
            }
            if !busy_now {
                return Ok(busy);
            }
            busy = true;
        }
    }

    /// Feeds a trigger one batch. `true` if there was one.
    async fn step(&self, trigger: &QueueTrigger, patience: bool) -> Result<bool, LocalError> {
        let batch = self.queues.receive(&trigger.queue, trigger.batch_size, self.clock.now(), patience)?;
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

/// What the function says failed. As on Lambda an id that was not in the batch, or none, fails it all.
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
