//! One SQS queue: sends, postpones received messages, and for operators reads dead letters and moves them back. Lambda
//! receives the messages, `queue_batch` handles them, and `push_work` is the message of the queue of pushes.

pub mod push_work;
pub mod queue_batch;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use aws::{Settings, http_client};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::RequestId;
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry};
use domain::Error;

/// The most messages of one request, sent or received.
pub const MAX_MESSAGES: usize = 10;

/// The most bytes of all bodies of one request. Every queue takes them, however old and however it is set up.
pub const MAX_BYTES: usize = 256 * 1024;

/// The longest time for which a message can be postponed.
const MAX_SECONDS: u32 = 12 * 60 * 60;

/// Attempts to send a message that SQS refuses without blaming it.
const ATTEMPTS: u32 = 3;

/// A queue.
pub struct Queue {
    client: Client,
    /// Empty if no queue is configured.
    url: String,
}

/// A message to send. Bodies hold secrets: they appear in no log, and in no error.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// JSON.
    pub body: String,
    /// SQS delivers the messages of one group in order, one batch at a time. A FIFO queue needs it. SQS allows up to
    /// 128 letters, digits and punctuation marks here and in the id below: hash (SHA-256, in hex) other texts.
    pub group: Option<String>,
    /// A FIFO queue drops a message with the id of one sent in the last five minutes. A standard queue refuses it.
    pub deduplication: Option<String>,
    /// Seconds before the message becomes visible, up to 900. A FIFO queue refuses all but 0.
    pub delay_seconds: u32,
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[Message of {} bytes, redacted]", self.body.len())
    }
}

/// The number of messages in a queue. SQS counts approximately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueLevel {
    /// The queue's ARN.
    pub arn: String,
    /// Messages that can be received.
    pub visible: u64,
    /// Messages that are received and neither deleted nor visible again.
    pub in_flight: u64,
}

/// A message that [`Queue::peek`] showed.
#[derive(Clone)]
pub struct ReceivedMessage {
    /// Its id.
    pub message_id: String,
    /// Its group, in a FIFO queue.
    pub group: Option<String>,
    /// The time of sending, in milliseconds since 1970.
    pub sent: i64,
    /// The number of receives; each look counts as one.
    pub receives: u32,
    /// Holds secrets.
    pub body: String,
}

/// The progress of moving dead letters back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveProgress {
    /// `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLING` or `CANCELLED`.
    pub status: String,
    /// The time of the start, in milliseconds since 1970.
    pub started: i64,
    /// Messages moved.
    pub moved: u64,
    /// Messages to move, if SQS knows.
    pub of: Option<u64>,
    /// The reason of a failure.
    pub reason: Option<String>,
}

impl Queue {
    /// The queue at a URL. Makes no request. With an empty URL, every request fails with [`Error::Internal`].
    pub fn new(url: &str, settings: &Settings) -> Self {
        Self::through(http_client(settings.sqs_endpoint.as_deref()), url, settings)
    }

    /// As [`Queue::new`], over a transport that stands in for SQS in tests.
    pub fn through(transport: SharedHttpClient, url: &str, settings: &Settings) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(3))
            .operation_timeout(Duration::from_secs(8))
            .build();
        let mut config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .http_client(transport)
            // A FIFO queue drops a message that is sent twice. Other handlers accept it: SQS delivers at least once.
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(timeouts)
            .credentials_provider(settings.signing_credentials());
        if let Some(endpoint) = &settings.sqs_endpoint {
            config = config.endpoint_url(endpoint);
        }
        Self { client: Client::from_conf(config.build()), url: url.to_owned() }
    }

    /// Sends messages in as few requests as SQS allows. After an error some may be in the queue; sending all of them
    /// again is safe in the sense of [`Message::deduplication`]. If SQS refuses one of a request and takes later ones,
    /// their group gets out of order: send messages whose order matters from one sender, one per request.
    pub async fn send(&self, messages: &[Message]) -> Result<(), Error> {
        for batch in batches(messages) {
            self.send_batch(batch).await?;
        }
        Ok(())
    }

    /// Hides a received message for this time from now on; zero shows it. SQS allows 12 hours from the receive.
    pub async fn postpone(&self, receipt_handle: &str, seconds: u32) -> Result<(), Error> {
        let seconds = i32::try_from(seconds.min(MAX_SECONDS)).unwrap_or_default();
        let request = self.client.change_message_visibility().queue_url(self.url()?).receipt_handle(receipt_handle);
        let answer = request.visibility_timeout(seconds).send().await;
        answer.map(|_| ()).map_err(|error| classified("change message visibility", &error))
    }

    /// Returns the number of messages.
    pub async fn level(&self) -> Result<QueueLevel, Error> {
        let names = [
            QueueAttributeName::QueueArn,
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let request = self.client.get_queue_attributes().queue_url(self.url()?);
        let answer = request.set_attribute_names(Some(names.to_vec())).send().await;
        let attributes =
            answer.map_err(|error| classified("get queue attributes", &error))?.attributes.unwrap_or_default();
        let number = |name| attributes.get(&name).and_then(|text: &String| text.parse().ok()).unwrap_or_default();
        Ok(QueueLevel {
            arn: attributes.get(&QueueAttributeName::QueueArn).cloned().unwrap_or_default(),
            visible: number(QueueAttributeName::ApproximateNumberOfMessages),
            in_flight: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        })
    }

    /// Reads up to [`MAX_MESSAGES`] messages without hiding them. SQS counts it as a receive.
    pub async fn peek(&self, most: usize) -> Result<Vec<ReceivedMessage>, Error> {
        let most = i32::try_from(most.clamp(1, MAX_MESSAGES)).unwrap_or(1);
        let request = self.client.receive_message().queue_url(self.url()?).max_number_of_messages(most);
        let request = request.visibility_timeout(0).message_system_attribute_names(MessageSystemAttributeName::All);
        let answer = request.send().await.map_err(|error| classified("receive message", &error))?;
        let seen = answer.messages.unwrap_or_default().into_iter().map(|message| {
            let attributes = message.attributes.unwrap_or_default();
            let number =
                |name| attributes.get(&name).and_then(|text: &String| text.parse::<i64>().ok()).unwrap_or_default();
            ReceivedMessage {
                message_id: message.message_id.unwrap_or_default(),
                group: attributes.get(&MessageSystemAttributeName::MessageGroupId).cloned(),
                sent: number(MessageSystemAttributeName::SentTimestamp),
                receives: u32::try_from(number(MessageSystemAttributeName::ApproximateReceiveCount))
                    .unwrap_or_default(),
                body: message.body.unwrap_or_default(),
            }
        });
        Ok(seen.collect())
    }

    /// Starts to move all messages of the dead-letter queue with this ARN back to their source. SQS goes on alone.
    pub async fn start_move(&self, arn: &str) -> Result<(), Error> {
        // SQS doesn't know the source of messages that a function itself sent there, so the request must name it.
        let sources = self.client.list_dead_letter_source_queues().queue_url(self.url()?).send().await;
        let sources = sources.map_err(|error| classified("list dead letter source queues", &error))?.queue_urls;
        let [source] = &sources[..] else {
            let detail = match sources.len() {
                // It holds records of a stream or events of the bus, or is no dead-letter queue at all.
                0 => "no queue sends its dead letters here, so they cannot be moved back; see docs/operating.md, \
                      \"Dead letters\" (records of the table's stream) or \"Events that were given up\" (domain events)"
                    .to_owned(),
                number => format!("{number} queues send their dead letters here, so the target is not clear"),
            };
            return Err(Error::Conflict { code: "no_source", detail });
        };
        let to = Self { client: self.client.clone(), url: source.clone() }.level().await?.arn;
        let answer = self.client.start_message_move_task().source_arn(arn).destination_arn(to).send().await;
        answer.map(|_| ()).map_err(|error| classified("start message move task", &error))
    }

    /// Returns the progress of the latest move out of the dead-letter queue with this ARN, if one was ever started.
    pub async fn move_progress(&self, arn: &str) -> Result<Option<MoveProgress>, Error> {
        let answer = self.client.list_message_move_tasks().source_arn(arn).max_results(1).send().await;
        let tasks = answer.map_err(|error| classified("list message move tasks", &error))?.results.unwrap_or_default();
        Ok(tasks.into_iter().next().map(|task| MoveProgress {
            status: task.status.unwrap_or_default(),
            started: task.started_timestamp,
            moved: u64::try_from(task.approximate_number_of_messages_moved).unwrap_or_default(),
            of: task.approximate_number_of_messages_to_move.and_then(|number| u64::try_from(number).ok()),
            reason: task.failure_reason,
        }))
    }

    fn url(&self) -> Result<&str, Error> {
        if self.url.is_empty() {
            return Err(Error::Internal("no queue is configured: its URL is empty".into()));
        }
        Ok(&self.url)
    }

    async fn send_batch(&self, messages: &[Message]) -> Result<(), Error> {
        let mut left: Vec<(String, &Message)> =
            messages.iter().enumerate().map(|(at, message)| (at.to_string(), message)).collect();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(100) * 2_u32.pow(attempt - 1)).await;
            }
            let entries = left.iter().map(|(id, message)| entry(id, message)).collect::<Result<Vec<_>, _>>()?;
            let request = self.client.send_message_batch().queue_url(self.url()?).set_entries(Some(entries));
            let answer = request.send().await.map_err(|error| classified("send message batch", &error))?;
            if let Some(refused) = answer.failed.iter().find(|refused| refused.sender_fault) {
                // No retry helps. The code alone: the text may quote the message.
                return Err(Error::Internal(format!("send message batch: {}", refused.code)));
            }
            left.retain(|(id, _)| answer.failed.iter().any(|refused| refused.id == *id));
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(Error::Unavailable(format!("send message batch: {} of {} were refused", left.len(), messages.len())))
    }
}

/// Splits the messages, in order, by the limits of a request. A message beyond them goes alone, and SQS refuses it.
fn batches(messages: &[Message]) -> Vec<&[Message]> {
    let (mut pieces, mut from, mut bytes) = (Vec::new(), 0, 0);
    for (at, message) in messages.iter().enumerate() {
        if at - from == MAX_MESSAGES || (at > from && bytes + message.body.len() > MAX_BYTES) {
            pieces.push(&messages[from..at]);
            (from, bytes) = (at, 0);
        }
        bytes += message.body.len();
    }
    if from < messages.len() {
        pieces.push(&messages[from..]);
    }
    pieces
}

fn entry(id: &str, message: &Message) -> Result<SendMessageBatchRequestEntry, Error> {
    let delay = i32::try_from(message.delay_seconds).ok().filter(|delay| *delay > 0);
    SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(sendable(&message.body))
        .set_message_group_id(message.group.clone())
        .set_message_deduplication_id(message.deduplication.clone())
        .set_delay_seconds(delay)
        .build()
        .map_err(|_| Error::Internal("send message batch: an entry is incomplete".into()))
}

/// Returns the body with the two characters escaped that JSON and user ids may hold and SQS refuses. No retry would
/// help there: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn sendable(body: &str) -> Cow<'_, str> {
    if !body.contains(['\u{fffe}', '\u{ffff}']) {
        return Cow::Borrowed(body);
    }
    Cow::Owned(body.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff"))
}

/// Returns `Unavailable` where a retry is safe, or else `Internal`. Drops SQS's own text, which may quote the message.
fn classified<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata,
{
    let broken = match error {
        SdkError::TimeoutError(_) => Some("Timeout"),
        SdkError::DispatchFailure(_) => Some("DispatchFailure"),
        SdkError::ResponseError(_) => Some("ResponseError"),
        _ => None,
    };
    let code = error.code().or(broken).unwrap_or("Unknown");
    let text = format!("{operation}: {code} (AWS request {})", error.request_id().unwrap_or("none"));
    let passes = broken.is_some()
        || error.raw_response().is_some_and(|response| response.status().is_server_error())
        || code.contains("Throttl");
    if passes { Error::Unavailable(text) } else { Error::Internal(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: usize) -> Message {
        Message { body: "x".repeat(bytes), group: None, deduplication: None, delay_seconds: 0 }
    }

    #[test]
    fn what_sqs_refuses_in_a_text_is_escaped_and_read_back() {
        let body = serde_json::to_string("ada\u{ffff}\u{fffe}").unwrap();
        let sent = sendable(&body);
        assert_eq!(sent, "\"ada\\uffff\\ufffe\"");
        assert_eq!(serde_json::from_str::<String>(&sent).unwrap(), "ada\u{ffff}\u{fffe}");
        assert!(matches!(sendable("{}"), Cow::Borrowed("{}")));
    }

    #[test]
    fn a_request_holds_ten_messages_and_no_more_than_sqs_takes() {
        let sizes = |messages: &[Message]| batches(messages).iter().map(|batch| batch.len()).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&vec![message(1); 23]), [10, 10, 3]);
        assert_eq!(sizes(&vec![message(100_000); 5]), [2, 2, 1]);
        assert_eq!(sizes(&[message(1), message(MAX_BYTES + 1), message(1)]), [1, 1, 1]);
    }

    #[test]
    fn a_body_is_not_shown() {
        let message = Message { body: "secret".into(), ..message(0) };
        assert_eq!(format!("{message:?}"), "[Message of 6 bytes, redacted]");
    }

    #[tokio::test]
    async fn a_queue_that_is_not_configured_says_so() {
        let settings = Settings::read(|name| (name == "TABLE_NAME").then(|| "t".to_owned())).unwrap();
        let queue = Queue::new("", &settings);
        let error = queue.send(&[message(1)]).await.unwrap_err();
        assert!(matches!(&error, Error::Internal(text) if text.contains("no queue is configured")), "{error}");
    }
}
