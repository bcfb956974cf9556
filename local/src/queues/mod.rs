//! SQS on a laptop: the queues of `template.yaml` behind SQS's JSON protocol, for the real SDK. `message_store` holds
//! the messages. Messages don't expire and have no attributes, since no function needs either.

mod message_store;
mod moves;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};

use dynoxide::Database;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::background::Delays;
use crate::template::{Queue, Template};
use crate::{LocalError, lock};
use message_store::{Draft, MessageStore, Receipt, Stored};
use moves::Moves;

/// SQS's limit for one request, in bytes, which also holds for old queues.
const MAX_BYTES: usize = 256 * 1024;

/// SQS's limit for hiding a message, in seconds.
const MAX_HIDDEN: u64 = 12 * 60 * 60;

/// All queues of the template.
pub struct Queues {
    /// A queue's URL is this, a slash and its name.
    base: String,
    messages: Mutex<MessageStore>,
    moves: Mutex<Moves>,
}

/// A refusal in SQS's words.
struct Refusal {
    status: u16,
    kind: &'static str,
    text: String,
}

type Answer = Result<Value, Refusal>;

/// A message for a function.
pub struct Received {
    /// The message's id.
    pub message_id: String,
    /// The handle that deletes it.
    pub receipt_handle: String,
    /// The record in Lambda's event.
    pub record: Value,
}

impl Queues {
    /// Opens the template's queues, with the messages that an earlier process left. Their URLs begin with `base`.
    pub fn open(template: &Template, base: &str, database: Database) -> Result<Self, LocalError> {
        let messages = Mutex::new(MessageStore::open(template.queues.clone(), database)?);
        Ok(Self { base: base.trim_end_matches('/').to_owned(), messages, moves: Mutex::default() })
    }

    /// Shows the messages again that an earlier process had received. SQS would wait minutes for the visibility
    /// timeout.
    pub(crate) fn release(&self) -> Result<(), LocalError> {
        self.messages().release()
    }

    /// Answers a request with status and body. `target` is the header `x-amz-target`.
    pub fn call(&self, target: &str, body: &Value, now: Timestamp) -> (u16, Value) {
        let now = now.as_millisecond();
        let answer = match target.strip_prefix("AmazonSQS.").unwrap_or_default() {
            "SendMessage" => self.send_message(body, now),
            "SendMessageBatch" => self.batch(body, |entry| self.send_message(entry, now)),
            "ReceiveMessage" => self.receive_message(body, now),
            "DeleteMessage" => self.delete_message(body, body, now),
            "DeleteMessageBatch" => self.batch(body, |entry| self.delete_message(body, entry, now)),
            "ChangeMessageVisibility" => self.change_visibility(body, body, now),
            "ChangeMessageVisibilityBatch" => self.batch(body, |entry| self.change_visibility(body, entry, now)),
            "GetQueueUrl" => self.get_queue_url(body),
            "GetQueueAttributes" => self.get_queue_attributes(body, now),
            "ListDeadLetterSourceQueues" => self.list_sources(body),
            "PurgeQueue" => self.purge_queue(body),
            "StartMessageMoveTask" => self.start_move(body, now),
            "ListMessageMoveTasks" => self.list_moves(body),
            other => Err(refusal("InvalidAction", format!("The action {other} is not known here."))),
        };
        answer.map_or_else(|refusal| refusal.answer(), |body| (200, body))
    }

    /// Returns the header `x-amzn-query-error` of a refusal: SDKs read the error code from it.
    pub fn query_error(body: &Value) -> Option<String> {
        let (_, kind) = body["__type"].as_str()?.split_once('#')?;
        let code = match kind {
            "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
            "EmptyBatchRequest"
            | "TooManyEntriesInBatchRequest"
            | "BatchEntryIdsNotDistinct"
            | "BatchRequestTooLong"
            | "MessageNotInflight" => format!("AWS.SimpleQueueService.{kind}"),
            kind => kind.to_owned(),
        };
        Some(format!("{code};{}", if kind == "InternalError" { "Receiver" } else { "Sender" }))
    }

    /// Receives the next batch for a function, as `ReceiveMessage` does. If delays are ignored, no message counts as
    /// hidden.
    pub fn receive(
        &self,
        name: &str,
        most: usize,
        now: Timestamp,
        delays: Delays,
    ) -> Result<Vec<Received>, LocalError> {
        let mut messages = self.messages();
        let Some(queue) = messages.queue(name).cloned() else { return Ok(Vec::new()) };
        let taken = messages.take(&queue, most, queue.visibility, now.as_millisecond(), delays)?;
        let received = taken.into_iter().map(|message| Received {
            message_id: message.message_id.clone(),
            receipt_handle: message.receipt(),
            record: json!({
                "messageId": message.message_id,
                "receiptHandle": message.receipt(),
                "body": message.body,
                "attributes": attributes(&queue, &message),
                "messageAttributes": {},
                "md5OfBody": digest(&message.body),
                "eventSource": "aws:sqs",
                "eventSourceARN": arn(name),
                "awsRegion": "us-east-1",
            }),
        });
        Ok(received.collect())
    }

    /// Deletes a message that a function has handled. Ignores an old handle, as SQS does.
    pub fn delete(&self, name: &str, receipt_handle: &str) -> Result<(), LocalError> {
        let mut messages = self.messages();
        match messages.receipt(name, receipt_handle) {
            Receipt::Held(sequence) => messages.delete(name, sequence),
            Receipt::Past | Receipt::Unknown => Ok(()),
        }
    }

    /// Returns all messages of a queue in order, as JSON with bodies: for tests.
    pub fn list(&self, name: &str) -> Vec<Value> {
        self.messages().all(name).into_iter().map(|message| json!(message)).collect()
    }

    fn messages(&self) -> MutexGuard<'_, MessageStore> {
        lock(&self.messages)
    }

    /// Returns the queue of a request. Its name is the end of the URL, so any host name of this machine works.
    fn queue(&self, body: &Value) -> Result<Queue, Refusal> {
        let name = text(body, "QueueUrl")?.rsplit('/').next().unwrap_or_default();
        self.messages().queue(name).cloned().ok_or_else(no_queue)
    }

    fn queue_of_arn(&self, body: &Value, field: &str) -> Result<Option<Queue>, Refusal> {
        let Some(arn) = body[field].as_str() else { return Ok(None) };
        let name = arn.rsplit(':').next().unwrap_or_default();
        let missing =
            || refusal("ResourceNotFoundException", "The resource that you specified for the ARN does not exist.");
        self.messages().queue(name).cloned().map(Some).ok_or_else(missing)
    }

    fn send_message(&self, body: &Value, now: i64) -> Answer {
        let queue = self.queue(body)?;
        let draft = draft(&queue, body)?;
        let digest = digest(draft.body);
        let (message_id, sequence) = self.messages().put(&queue, draft, now)?;
        let mut answer = json!({ "MessageId": message_id, "MD5OfMessageBody": digest });
        if queue.fifo {
            answer["SequenceNumber"] = json!(format!("{sequence:020}"));
        }
        Ok(answer)
    }

    /// Calls `act` for each entry. An entry that fails does not affect the others.
    fn batch(&self, body: &Value, act: impl Fn(&Value) -> Answer) -> Answer {
        self.queue(body)?;
        let entries = body["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
        let ids: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["Id"].as_str()).collect();
        let bytes: usize = entries.iter().filter_map(|entry| entry["MessageBody"].as_str()).map(str::len).sum();
        if entries.is_empty() {
            return Err(refusal("EmptyBatchRequest", "There should be at least one entry in the request."));
        } else if entries.len() > 10 {
            let text = format!("Maximum number of entries per request are 10. You have sent {}.", entries.len());
            return Err(refusal("TooManyEntriesInBatchRequest", text));
        } else if ids.len() < entries.len() {
            return Err(refusal(
                "BatchEntryIdsNotDistinct",
                "Two or more batch entries in the request have the same Id.",
            ));
        } else if bytes > MAX_BYTES {
            let text = format!("Batch requests cannot be longer than {MAX_BYTES} bytes. You have sent {bytes} bytes.");
            return Err(refusal("BatchRequestTooLong", text));
        }
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            let mut whole = entry.clone();
            whole["QueueUrl"] = body["QueueUrl"].clone();
            match act(&whole) {
                Ok(mut answer) => {
                    answer["Id"] = entry["Id"].clone();
                    successful.push(answer);
                }
                Err(refusal) => failed.push(json!({
                    "Id": entry["Id"], "SenderFault": refusal.status < 500, "Code": refusal.kind, "Message": refusal.text,
                })),
            }
        }
        Ok(json!({ "Successful": successful, "Failed": failed }))
    }

    fn receive_message(&self, body: &Value, now: i64) -> Answer {
        let queue = self.queue(body)?;
        let most = number(body, "MaxNumberOfMessages", 1, 1..=10)?;
        let seconds = number(body, "VisibilityTimeout", u64::from(queue.visibility), 0..=MAX_HIDDEN)?;
        let seconds = u32::try_from(seconds).unwrap_or_default();
        let most = usize::try_from(most).unwrap_or(1);
        let taken = self.messages().take(&queue, most, seconds, now, Delays::Respected)?;
        if taken.is_empty() {
            return Ok(json!({}));
        }
        let lists = [&body["MessageSystemAttributeNames"], &body["AttributeNames"]];
        let wanted: Vec<&str> =
            lists.iter().flat_map(|list| list.as_array().into_iter().flatten()).filter_map(Value::as_str).collect();
        let messages = taken.iter().map(|message| {
            let mut attributes = attributes(&queue, message);
            attributes.retain(|name, _| wanted.contains(&"All") || wanted.contains(&name.as_str()));
            json!({
                "MessageId": message.message_id,
                "ReceiptHandle": message.receipt(),
                "MD5OfBody": digest(&message.body),
                "Body": message.body,
                "Attributes": attributes,
            })
        });
        Ok(json!({ "Messages": messages.collect::<Vec<_>>() }))
    }

    fn delete_message(&self, body: &Value, entry: &Value, now: i64) -> Answer {
        let (queue, handle) = (self.queue(body)?, text(entry, "ReceiptHandle")?);
        let mut messages = self.messages();
        match messages.receipt(&queue.name, handle) {
            Receipt::Held(sequence) if queue.fifo && !messages.is_in_flight(&queue.name, sequence, now) => {
                Err(expired(handle))
            }
            Receipt::Held(sequence) => Ok(messages.delete(&queue.name, sequence).map(|()| json!({}))?),
            Receipt::Past => Ok(json!({})),
            Receipt::Unknown => Err(invalid_handle(handle)),
        }
    }

    fn change_visibility(&self, body: &Value, entry: &Value, now: i64) -> Answer {
        let (queue, handle) = (self.queue(body)?, text(entry, "ReceiptHandle")?);
        if entry["VisibilityTimeout"].is_null() {
            return Err(missing("VisibilityTimeout"));
        }
        let seconds = number(entry, "VisibilityTimeout", 0, 0..=MAX_HIDDEN)?;
        let mut messages = self.messages();
        match messages.receipt(&queue.name, handle) {
            Receipt::Held(sequence) if messages.is_in_flight(&queue.name, sequence, now) => {
                let until = now + i64::try_from(seconds * 1000).unwrap_or_default();
                Ok(messages.hide(&queue.name, sequence, until).map(|()| json!({}))?)
            }
            Receipt::Unknown => Err(invalid_handle(handle)),
            _ => Err(refusal("MessageNotInflight", "The specified message isn't in flight.")),
        }
    }

    /// The queues that this one is the dead-letter queue of.
    fn list_sources(&self, body: &Value) -> Answer {
        let queue = self.queue(body)?;
        let messages = self.messages();
        let urls = messages.sources(&queue.name).into_iter().map(|source| format!("{}/{}", self.base, source.name));
        let urls: Vec<String> = urls.collect();
        Ok(json!({ "queueUrls": urls }))
    }

    fn get_queue_url(&self, body: &Value) -> Answer {
        let name = text(body, "QueueName")?;
        self.messages().queue(name).ok_or_else(no_queue)?;
        Ok(json!({ "QueueUrl": format!("{}/{name}", self.base) }))
    }

    fn get_queue_attributes(&self, body: &Value, now: i64) -> Answer {
        let queue = self.queue(body)?;
        let [visible, in_flight, delayed] = self.messages().level(&queue.name, now).map(|number| number.to_string());
        let mut attributes = json!({
            "QueueArn": arn(&queue.name),
            "ApproximateNumberOfMessages": visible,
            "ApproximateNumberOfMessagesNotVisible": in_flight,
            "ApproximateNumberOfMessagesDelayed": delayed,
            "VisibilityTimeout": queue.visibility.to_string(),
            "DelaySeconds": queue.delay.to_string(),
            "MaximumMessageSize": MAX_BYTES.to_string(),
        });
        if queue.fifo {
            attributes["FifoQueue"] = json!("true");
            attributes["ContentBasedDeduplication"] = json!(queue.by_content.to_string());
        }
        if let Some(redrive) = &queue.redrive {
            let policy = json!({ "deadLetterTargetArn": arn(&redrive.queue), "maxReceiveCount": redrive.receives });
            attributes["RedrivePolicy"] = json!(policy.to_string());
        }
        let wanted: Vec<&str> =
            body["AttributeNames"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if let Some(attributes) = attributes.as_object_mut() {
            attributes.retain(|name, _| wanted.contains(&"All") || wanted.contains(&name.as_str()));
        }
        Ok(json!({ "Attributes": attributes }))
    }

    fn purge_queue(&self, body: &Value) -> Answer {
        let queue = self.queue(body)?;
        let mut messages = self.messages();
        for message in messages.all(&queue.name) {
            messages.delete(&queue.name, message.sequence)?;
        }
        Ok(json!({}))
    }
}

impl Refusal {
    fn answer(self) -> (u16, Value) {
        (self.status, json!({ "__type": format!("com.amazonaws.sqs#{}", self.kind), "message": self.text }))
    }
}

impl From<LocalError> for Refusal {
    fn from(error: LocalError) -> Self {
        Self { status: 500, kind: "InternalError", text: error.to_string() }
    }
}

/// Reads a message from a request. Refuses what SQS refuses.
fn draft<'a>(queue: &Queue, body: &'a Value) -> Result<Draft<'a>, Refusal> {
    let (text, group) = (text(body, "MessageBody")?, body["MessageGroupId"].as_str());
    if text.len() > MAX_BYTES {
        let text =
            format!("One or more parameters are invalid. Reason: Message must be shorter than {MAX_BYTES} bytes.");
        return Err(refusal("InvalidParameterValue", text));
    }
    if text.contains(['\u{fffe}', '\u{ffff}']) {
        return Err(refusal("InvalidMessageContents", "The message contains characters outside the allowed set."));
    }
    if body.get("MessageAttributes").is_some_and(|attributes| !attributes.is_null()) {
        return Err(refusal("UnsupportedOperation", "Attributes of messages are not known here."));
    }
    let given = body["MessageDeduplicationId"].as_str();
    for (name, id) in [("MessageGroupId", group), ("MessageDeduplicationId", given)] {
        if id.is_some_and(|id| id.is_empty() || id.len() > 128 || !id.bytes().all(|byte| byte.is_ascii_graphic())) {
            let text = format!("{name} can only include alphanumeric and punctuation characters. 1 to 128 in length.");
            return Err(refusal("InvalidParameterValue", text));
        }
    }
    let delay_seconds = u32::try_from(number(body, "DelaySeconds", 0, 0..=900)?).unwrap_or_default();
    let not_here = |name: &str| {
        let reason = "The request include parameter that is not valid for this queue type.";
        Err(refusal("InvalidParameterValue", format!("Value for parameter {name} is invalid. Reason: {reason}")))
    };
    if queue.fifo && group.is_none() {
        return Err(missing("MessageGroupId"));
    } else if queue.fifo && delay_seconds > 0 {
        return not_here("DelaySeconds");
    } else if !queue.fifo && given.is_some() {
        return not_here("MessageDeduplicationId");
    }
    let by_content = || queue.by_content.then(|| digest(text));
    let deduplication = given.map(str::to_owned).or_else(by_content);
    if queue.fifo && deduplication.is_none() {
        let text = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";
        return Err(refusal("InvalidParameterValue", text));
    }
    Ok(Draft { body: text, group, deduplication, delay_seconds })
}

/// The system attributes of a message.
fn attributes(queue: &Queue, message: &Stored) -> Map<String, Value> {
    let first = message.first_received.unwrap_or_default().to_string();
    let all = [
        ("ApproximateReceiveCount", Some(message.receives.to_string())),
        ("SentTimestamp", Some(message.sent.to_string())),
        ("SenderId", Some("local".to_owned())),
        ("ApproximateFirstReceiveTimestamp", Some(first)),
        ("MessageGroupId", message.group.clone()),
        ("MessageDeduplicationId", message.deduplication.clone()),
        ("SequenceNumber", queue.fifo.then(|| format!("{:020}", message.sequence))),
        ("DeadLetterQueueSourceArn", message.given_up_by.as_deref().map(arn)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
}

fn arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}

fn digest(text: &str) -> String {
    format!("{:x}", md5::compute(text))
}

fn text<'a>(body: &'a Value, field: &str) -> Result<&'a str, Refusal> {
    body[field].as_str().filter(|text| !text.is_empty()).ok_or_else(|| missing(field))
}

fn number(body: &Value, field: &str, default: u64, range: std::ops::RangeInclusive<u64>) -> Result<u64, Refusal> {
    let given = &body[field];
    let value = if given.is_null() { Some(default) } else { given.as_u64() };
    value.filter(|value| range.contains(value)).ok_or_else(|| {
        let reason = format!("Must be between {} and {}, if provided.", range.start(), range.end());
        refusal("InvalidParameterValue", format!("Value {given} for parameter {field} is invalid. Reason: {reason}"))
    })
}

fn refusal(kind: &'static str, text: impl Into<String>) -> Refusal {
    Refusal { status: 400, kind, text: text.into() }
}

fn missing(field: &str) -> Refusal {
    refusal("MissingParameter", format!("The request must contain the parameter {field}."))
}

fn no_queue() -> Refusal {
    refusal("QueueDoesNotExist", "The specified queue does not exist.")
}

fn invalid_handle(handle: &str) -> Refusal {
    refusal("ReceiptHandleIsInvalid", format!("The input receipt handle \"{handle}\" is not a valid receipt handle."))
}

fn expired(handle: &str) -> Refusal {
    let reason = "The receipt handle has expired.";
    refusal("InvalidParameterValue", format!("Value {handle} for parameter ReceiptHandle is invalid. Reason: {reason}"))
}
