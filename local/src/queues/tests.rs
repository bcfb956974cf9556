//! Sends the SDK's requests to queues in their own embedded database.

use domain::instant::Sum as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;
use crate::database;
use crate::template::Redrive;

/// A FIFO queue `Pushes` and a standard one `Wishes`, each with its dead letters after two receives.
struct World {
    template: Template,
    database: Database,
    queues: Queues,
    now: Timestamp,
}

impl World {
    fn new() -> Self {
        let mut template = Template::built_in().unwrap();
        for (name, fifo) in [("Pushes", true), ("Wishes", false)] {
            let dead = format!("Dead{name}");
            for (name, redrive) in [(name, Some(Redrive { queue: dead.clone(), receives: 2 })), (dead.as_str(), None)] {
                let name = name.to_owned();
                let queue = Queue { name: name.clone(), fifo, by_content: false, visibility: 30, delay: 0, redrive };
                template.queues.insert(name, queue);
            }
        }
        let database = database::open(None, &template, None).unwrap();
        let queues = Queues::open(&template, "http://localhost/_local/sqs", database.clone()).unwrap();
        Self { template, database, queues, now: "2026-12-01T12:00:00Z".parse().unwrap() }
    }

    fn restart(&mut self) {
        self.queues = Queues::open(&self.template, "http://localhost/_local/sqs", self.database.clone()).unwrap();
    }

    fn pass(&mut self, seconds: i64) {
        self.now = self.now.plus(SignedDuration::from_secs(seconds));
    }

    #[track_caller]
    fn ask(&self, action: &str, queue: &str, mut body: Value) -> Value {
        body["QueueUrl"] = json!(format!("http://localhost/_local/sqs/{queue}"));
        let (status, answer) = self.queues.call(&format!("AmazonSQS.{action}"), &body, self.now);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    #[track_caller]
    fn refused(&self, action: &str, queue: &str, mut body: Value) -> String {
        body["QueueUrl"] = json!(format!("http://localhost/_local/sqs/{queue}"));
        let (status, answer) = self.queues.call(&format!("AmazonSQS.{action}"), &body, self.now);
        assert_eq!(status, 400, "{answer}");
        Queues::query_error(&answer).unwrap()
    }

    fn push(&self, group: &str, body: &str) -> Value {
        let body = json!({"MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": body});
        self.ask("SendMessage", "Pushes", body)
    }

    /// Receives all visible messages. Returns bodies and handles.
    fn receive(&self, queue: &str) -> Vec<(String, String)> {
        let answer = self.ask("ReceiveMessage", queue, json!({"MaxNumberOfMessages": 10}));
        let text = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        messages.iter().map(|message| (text(message, "Body"), text(message, "ReceiptHandle"))).collect()
    }

    fn bodies(&self, queue: &str) -> String {
        self.receive(queue).into_iter().map(|(body, _)| body).collect()
    }

    fn delete(&self, queue: &str, handle: &str) {
        self.ask("DeleteMessage", queue, json!({"ReceiptHandle": handle}));
    }
}

#[test]
fn a_group_stays_in_order_and_nothing_overtakes_what_is_in_flight() {
    let mut world = World::new();
    for (group, body) in [("a", "1"), ("a", "2"), ("b", "3")] {
        world.push(group, body);
    }
    let first = world.ask("ReceiveMessage", "Pushes", json!({}));
    assert_eq!(first["Messages"][0]["Body"], "1");
    assert_eq!(world.bodies("Pushes"), "3", "the rest of group a waits for the first");
    world.delete("Pushes", first["Messages"][0]["ReceiptHandle"].as_str().unwrap());
    assert_eq!(world.bodies("Pushes"), "2");
    world.pass(31);
    world.push("a", "4");
    assert_eq!(world.bodies("Pushes"), "234", "what came back comes first");
}

#[test]
fn what_is_postponed_holds_up_its_group() {
    let mut world = World::new();
    world.push("a", "1");
    world.push("a", "2");
    let received = world.receive("Pushes");
    for ((_, handle), seconds) in received.iter().zip([300, 0]) {
        let body = json!({"ReceiptHandle": handle, "VisibilityTimeout": seconds});
        world.ask("ChangeMessageVisibility", "Pushes", body);
    }
    assert_eq!(world.bodies("Pushes"), "");
    world.pass(301);
    assert_eq!(world.bodies("Pushes"), "12");
}

#[test]
fn the_same_deduplication_id_is_dropped_for_five_minutes() {
    let mut world = World::new();
    let first = world.push("a", "1");
    let handle = world.receive("Pushes").remove(0).1;
    world.delete("Pushes", &handle);
    world.restart();
    world.pass(299);
    assert_eq!(world.push("a", "1")["MessageId"], first["MessageId"]);
    assert_eq!(world.bodies("Pushes"), "");
    world.pass(2);
    assert_ne!(world.push("a", "1")["MessageId"], first["MessageId"]);
    assert_eq!(world.bodies("Pushes"), "1");
}

#[test]
fn what_is_received_too_often_goes_to_the_dead_letters_and_back() {
    for queue in ["Pushes", "Wishes"] {
        let mut world = World::new();
        let dead = format!("Dead{queue}");
        let group = json!({"MessageBody": "1", "MessageGroupId": "a"});
        if queue == "Pushes" {
            world.push("a", "1")
        } else {
            world.ask("SendMessage", queue, group)
        };
        for _ in 0..2 {
            assert_eq!(world.bodies(queue), "1");
            world.pass(31);
        }
        assert_eq!(world.bodies(queue), "");
        let level = json!({"AttributeNames": ["ApproximateNumberOfMessages", "QueueArn"]});
        let level = world.ask("GetQueueAttributes", &dead, level)["Attributes"].clone();
        assert_eq!(level["ApproximateNumberOfMessages"], "1");
        world.ask("StartMessageMoveTask", &dead, json!({"SourceArn": level["QueueArn"]}));
        let moves = world.ask("ListMessageMoveTasks", &dead, json!({"SourceArn": level["QueueArn"]}));
        assert_eq!((&moves["Results"][0]["Status"], world.queues.list(&dead).len()), (&json!("COMPLETED"), 0));
        assert_eq!(world.bodies(queue), "1", "it begins anew");
    }
}

#[test]
fn a_restart_loses_no_message_and_no_count() {
    let mut world = World::new();
    world.push("a", "1");
    world.push("b", "2");
    let handle = world.receive("Pushes").remove(1).1;
    world.delete("Pushes", &handle);
    world.restart();
    assert_eq!(world.bodies("Pushes"), "", "it is still hidden");
    world.pass(31);
    let again = world.ask("ReceiveMessage", "Pushes", json!({"MessageSystemAttributeNames": ["All"]}));
    assert_eq!(again["Messages"][0]["Attributes"]["ApproximateReceiveCount"], "2");
    assert_eq!(again["Messages"].as_array().unwrap().len(), 1);
    world.pass(31);
    assert_eq!(world.bodies("Pushes"), "");
    world.restart();
    assert_eq!(world.queues.list("DeadPushes")[0]["body"], "1");
}

#[test]
fn a_delayed_message_comes_later() {
    let mut world = World::new();
    world.ask("SendMessage", "Wishes", json!({"MessageBody": "1", "DelaySeconds": 60}));
    assert_eq!(world.bodies("Wishes"), "");
    world.pass(60);
    assert_eq!(world.bodies("Wishes"), "1");
}

#[test]
fn a_batch_is_answered_entry_by_entry() {
    let world = World::new();
    let good = json!({"Id": "good", "MessageBody": "{}", "MessageGroupId": "a", "MessageDeduplicationId": "d"});
    let bad = json!({"Id": "bad", "MessageBody": "{}"});
    let answer = world.ask("SendMessageBatch", "Pushes", json!({"Entries": [good, bad]}));
    assert_eq!(answer["Successful"][0]["Id"], "good");
    assert_eq!(answer["Successful"][0]["MD5OfMessageBody"], "99914b932bd37a50b983c5e7c90ae93b");
    assert_eq!((&answer["Failed"][0]["Id"], &answer["Failed"][0]["Code"]), (&json!("bad"), &json!("MissingParameter")));
}

#[test]
fn what_sqs_refuses_is_refused_and_changes_nothing() {
    let mut world = World::new();
    let send = |body: Value| ("SendMessage", body);
    let whole = |name: &str, value: Value| {
        let mut body = json!({"MessageBody": "{}", "MessageGroupId": "a", "MessageDeduplicationId": "d"});
        body[name] = value;
        send(body)
    };
    for ((action, body), code) in [
        (send(json!({"MessageGroupId": "a"})), "MissingParameter"),
        (whole("MessageGroupId", Value::Null), "MissingParameter"),
        (whole("MessageDeduplicationId", Value::Null), "InvalidParameterValue"),
        (whole("MessageGroupId", json!("a b")), "InvalidParameterValue"),
        (whole("MessageDeduplicationId", json!("x".repeat(129))), "InvalidParameterValue"),
        (whole("DelaySeconds", json!(1)), "InvalidParameterValue"),
        (whole("MessageBody", json!("x".repeat(MAX_BYTES + 1))), "InvalidParameterValue"),
        (("SendMessageBatch", json!({"Entries": []})), "AWS.SimpleQueueService.EmptyBatchRequest"),
        (("DeleteMessage", json!({"ReceiptHandle": "?"})), "ReceiptHandleIsInvalid"),
        (("ReceiveMessage", json!({"MaxNumberOfMessages": 11})), "InvalidParameterValue"),
    ] {
        assert_eq!(world.refused(action, "Pushes", body.clone()), format!("{code};Sender"), "{action} {body}");
    }
    let nowhere = world.refused("SendMessage", "Nowhere", json!({"MessageBody": "{}"}));
    assert_eq!(nowhere, "AWS.SimpleQueueService.NonExistentQueue;Sender");
    assert!(world.queues.list("Pushes").is_empty());

    world.push("a", "1");
    let handle = world.receive("Pushes").remove(0).1;
    world.pass(31);
    let late = json!({"ReceiptHandle": handle, "VisibilityTimeout": 5});
    assert_eq!(world.refused("DeleteMessage", "Pushes", late.clone()), "InvalidParameterValue;Sender");
    let code = world.refused("ChangeMessageVisibility", "Pushes", late);
    assert_eq!(code, "AWS.SimpleQueueService.MessageNotInflight;Sender");
    assert_eq!(world.queues.list("Pushes").len(), 1);
}
