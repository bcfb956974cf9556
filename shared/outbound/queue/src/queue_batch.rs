//! Handles a batch of SQS messages and answers Lambda which must come again. It gives no message up: SQS counts the
//! receives and moves a message to the dead-letter queue by the redrive policy.

use std::collections::BTreeMap;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};
use domain::Error;
use futures_util::future::join_all;
use invocation::Invocation;

/// Handles the messages. Lambda deletes those that are not in the response. Groups of a FIFO queue run at the same
/// time, the messages of a group in order: after a failure its later ones are returned untried. SQS counts those as
/// received, too, and delivers nothing of a group while one of its messages is hidden: `hold_up` can show them again
/// sooner than the queue would. Near the deadline it begins no further message: the rest comes again.
pub async fn settle<'a, F, H>(
    messages: &'a [SqsMessage],
    invocation: &Invocation,
    handle: impl Fn(&'a SqsMessage) -> F,
    hold_up: impl Fn(&'a SqsMessage) -> H,
) -> SqsBatchResponse
where
    F: Future<Output = Result<(), Error>>,
    H: Future<Output = ()>,
{
    let mut groups: BTreeMap<String, Vec<&'a SqsMessage>> = BTreeMap::new();
    for (at, message) in messages.iter().enumerate() {
        // Each message of a standard queue is a group of its own. No group's name begins with a space.
        let group = group(message).map_or_else(|| format!(" {at}"), str::to_owned);
        groups.entry(group).or_default().push(message);
    }
    let handled = groups.into_values().map(|group| settle_group(group, invocation, &handle, &hold_up));
    let mut response = SqsBatchResponse::default();
    for message in join_all(handled).await.into_iter().flatten() {
        let mut failure = BatchItemFailure::default();
        // Without an id Lambda takes the whole batch as failed, which loses nothing.
        failure.item_identifier = message.message_id.clone().unwrap_or_default();
        response.batch_item_failures.push(failure);
    }
    response
}

/// Handles the messages of a group in order, up to the first failure. Returns those that must come again.
async fn settle_group<'a, F, H>(
    group: Vec<&'a SqsMessage>,
    invocation: &Invocation,
    handle: &impl Fn(&'a SqsMessage) -> F,
    hold_up: &impl Fn(&'a SqsMessage) -> H,
) -> Vec<&'a SqsMessage>
where
    F: Future<Output = Result<(), Error>>,
    H: Future<Output = ()>,
{
    for (at, message) in group.iter().enumerate() {
        if let Err(error) = invocation.in_time(handle(message)).await {
            tracing::warn!(
                queue.message = message.message_id.as_deref(),
                queue.receives = message.attributes.get("ApproximateReceiveCount").map(String::as_str),
                queue.held_up = group.len() - at - 1,
                error.cause = %error,
                "message will come again, or go to the dead letters"
            );
            for later in &group[at + 1..] {
                hold_up(later).await;
            }
            return group.into_iter().skip(at).collect();
        }
    }
    Vec::new()
}

/// Returns the group of a FIFO queue's message. A standard queue's group orders nothing, and has no sequence number.
fn group(message: &SqsMessage) -> Option<&str> {
    message.attributes.get("SequenceNumber")?;
    message.attributes.get("MessageGroupId").map(String::as_str)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use aws_lambda_events::sqs::SqsEvent;
    use serde_json::json;

    use super::*;

    fn event(fifo: bool, messages: &[(&str, &str)]) -> SqsEvent {
        let records = messages.iter().map(|(id, group)| {
            let mut attributes = json!({"MessageGroupId": group});
            if fifo {
                attributes["SequenceNumber"] = json!("1");
            }
            json!({"messageId": id, "body": "{}", "attributes": attributes})
        });
        serde_json::from_value(json!({"Records": records.collect::<Vec<_>>()})).unwrap()
    }

    async fn tried_and_failed(event: &SqsEvent, left: Duration, bad: &str) -> (Vec<String>, Vec<String>) {
        let invocation = Invocation::new("2026-12-01T12:00:00Z".parse().unwrap(), left, "test".into());
        let (tried, held_up) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let response = settle(
            &event.records,
            &invocation,
            async |message: &SqsMessage| {
                let id = message.message_id.clone().unwrap();
                let refused = id == bad;
                tried.borrow_mut().push(id);
                if refused { Err(Error::Unauthenticated) } else { Ok(()) }
            },
            async |message: &SqsMessage| held_up.borrow_mut().push(message.message_id.clone().unwrap()),
        )
        .await;
        assert!(held_up.take().iter().all(|id| !tried.borrow().contains(id)));
        let failed = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier);
        (tried.take(), failed.collect())
    }

    #[tokio::test]
    async fn a_failure_holds_up_its_group_and_no_other() {
        let event = event(true, &[("1", "a"), ("2", "b"), ("3", "a"), ("4", "b")]);
        let (tried, failed) = tried_and_failed(&event, Duration::from_secs(10), "1").await;
        assert_eq!((tried.join(""), failed.join("")), ("124".into(), "13".into()));
    }

    #[tokio::test]
    async fn in_a_standard_queue_every_message_is_on_its_own() {
        let event = event(false, &[("1", "a"), ("2", "a"), ("3", "a")]);
        let (tried, failed) = tried_and_failed(&event, Duration::from_secs(10), "2").await;
        assert_eq!((tried.join(""), failed.join("")), ("123".into(), "2".into()));
    }

    #[tokio::test]
    async fn what_there_is_no_time_for_comes_again() {
        let event = event(true, &[("1", "a"), ("2", "b")]);
        let (tried, failed) = tried_and_failed(&event, Duration::ZERO, "").await;
        assert_eq!((tried.join(""), failed.join("")), (String::new(), "12".into()));
    }
}
