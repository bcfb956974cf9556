//! Queues through the real SDK and the laptop's server, and the functions that they feed.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use aws::Settings;
use domain::Error;
use jiff::Timestamp;
use local::clock::Clock;
use local::template::TEMPLATE;
use local::{Local, Options};
use outbound_queue::{Message, Queue};
use serde_json::json;

/// The template with a FIFO queue `Tests` and its dead letters. The queue feeds `function`, a logical id, if given.
fn template(function: Option<&str>) -> String {
    let queues = "Resources:
  Tests:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      VisibilityTimeout: 0
      RedrivePolicy: { deadLetterTargetArn: !GetAtt DeadTests.Arn, maxReceiveCount: 2 }
  DeadTests: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
";
    let mut template = TEMPLATE.replacen("Resources:\n", queues, 1);
    if let Some(function) = function {
        let at = template.find(&format!("\n  {function}:\n")).unwrap();
        let events = at + template[at..].find("      Events:\n").unwrap() + "      Events:\n".len();
        let event = "        Tests: { Type: SQS, Properties: { Queue: !GetAtt Tests.Arn, BatchSize: 1 } }\n";
        template.insert_str(events, event);
    }
    template
}

async fn start(function: Option<&str>, pump: bool) -> Local {
    let clock = Clock::at("2026-12-01T12:00:00Z".parse::<Timestamp>().unwrap());
    let options = Options { template: Some(template(function)), clock, pump, ..Options::default() };
    Local::start(options).await.unwrap()
}

fn queue(local: &Local, name: &str) -> Queue {
    let endpoint = format!("{}/_local/sqs", local.api);
    let settings = Settings::read(|variable| match variable {
        "TABLE_NAME" => Some("none".to_owned()),
        "SQS_ENDPOINT" => Some(endpoint.clone()),
        _ => None,
    });
    Queue::new(&format!("{endpoint}/{name}"), &settings.unwrap())
}

fn message(number: usize) -> Message {
    Message {
        body: json!({ "number": number }).to_string(),
        group: Some(format!("group-{}", number % 3)),
        deduplication: Some(number.to_string()),
        delay_seconds: 0,
    }
}

#[tokio::test]
async fn the_sdk_sends_looks_and_moves_back() {
    let local = start(None, false).await;
    let (tests, dead) = (queue(&local, "Tests"), queue(&local, "DeadTests"));
    let messages: Vec<Message> = (0..23).map(message).collect();
    tests.send(&messages).await.unwrap();
    tests.send(&messages).await.unwrap();
    let level = tests.level().await.unwrap();
    assert_eq!((level.visible, level.in_flight), (23, 0), "the same again was dropped");
    let seen = tests.peek(10).await.unwrap();
    assert_eq!((seen.len(), seen[0].receives, seen[0].body.as_str()), (10, 1, "{\"number\":0}"));
    // After two receives, the third one gives up each of the ten.
    tests.peek(10).await.unwrap();
    tests.peek(10).await.unwrap();
    let level = dead.level().await.unwrap();
    assert_eq!((level.visible, tests.level().await.unwrap().visible), (10, 13));
    assert_eq!(dead.move_progress(&level.arn).await.unwrap(), None);
    dead.start_move(&level.arn).await.unwrap();
    let progress = dead.move_progress(&level.arn).await.unwrap().unwrap();
    assert_eq!((progress.status.as_str(), progress.moved, progress.of), ("COMPLETED", 10, Some(10)));
    assert_eq!(tests.level().await.unwrap().visible, 23);
    local.stop().await;
}

#[tokio::test]
async fn errors_name_the_code_and_never_the_body() {
    let local = start(None, false).await;
    let secret = Message { body: "secret".into(), group: None, ..message(1) };
    let error = queue(&local, "Tests").send(std::slice::from_ref(&secret)).await.unwrap_err();
    assert!(matches!(&error, Error::Internal(text) if text == "send message batch: MissingParameter"), "{error}");
    let error = queue(&local, "Nowhere").send(&[secret]).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "internal error: send message batch: AWS.SimpleQueueService.NonExistentQueue (AWS request local)"
    );
    let error = queue(&local, "Tests").postpone("none", 5).await.unwrap_err().to_string();
    assert!(error.contains("change message visibility: ReceiptHandleIsInvalid"), "{error}");
    local.stop().await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable() {
    let local = start(None, false).await;
    let tests = queue(&local, "Tests");
    local.stop().await;
    let error = tests.send(&[message(1)]).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn what_a_function_cannot_handle_ends_among_the_dead_letters() {
    // It expects domain events, so it answers with an error.
    let local = start(Some("DeliverWebhookFunction"), false).await;
    queue(&local, "Tests").send(&[message(0), message(1)]).await.unwrap();
    local.settle().await.unwrap();
    assert!(local.queues().list("Tests").is_empty());
    let dead = local.queues().list("DeadTests");
    assert_eq!((dead.len(), &dead[0]["receives"], &dead[0]["given_up_by"]), (2, &json!(2), &json!("Tests")));
    local.stop().await;
}

#[tokio::test]
async fn in_the_background_too() {
    let local = start(Some("DeliverWebhookFunction"), true).await;
    queue(&local, "Tests").send(&[message(0), message(1)]).await.unwrap();
    for _ in 0..200 {
        if local.queues().list("DeadTests").len() == 2 {
            return local.stop().await;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("nothing was given up");
}

#[tokio::test]
async fn a_schedule_is_run_when_a_test_says_so() {
    let local = start(None, false).await;
    local.run_schedule("announce-campaign").await.unwrap();
    local.stop().await;
}
