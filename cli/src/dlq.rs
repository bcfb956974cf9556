//! `moments dlq`: lists dead letters and moves them back to their queue, with the caller's AWS credentials. SQS moves
//! the messages; this command deletes none.

use std::time::Duration;

use aws::Settings;
use clap::{Args, Subcommand};
use domain::Error;
use indicatif::ProgressBar;
use jiff::Timestamp;
use outbound_queue::{MoveProgress, Queue, ReceivedMessage};
use serde_json::{Value, json};

use crate::api::Failure;
use crate::{bootstrap, output};

const CREDENTIALS: &str = "\
Credentials are read from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
AWS_SESSION_TOKEN; `aws configure export-credentials --format env` prints them
for a profile.";

/// Dead letters: look at them, move them back.
#[derive(Args)]
pub(crate) struct DeadLetters {
    /// The dead-letter queue: its URL, a stack output, or its name on this machine.
    #[arg(long, env = "MOMENTS_DLQ", value_name = "URL", global = true)]
    queue: Option<String>,
    /// The endpoint of SQS outside AWS.
    #[arg(long, value_name = "URL", global = true)]
    endpoint: Option<String>,
    /// Use a `moments local` at this URL.
    #[arg(
        long, value_name = "URL", num_args = 0..=1, default_missing_value = "http://localhost:3000",
        conflicts_with = "endpoint", global = true
    )]
    local: Option<String>,
    /// Print one JSON document, for scripts.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the number of dead letters and some of them. SQS counts each look as a receive.
    #[command(after_help = format!("Examples:
  moments dlq list --queue \\
      https://sqs.eu-central-1.amazonaws.com/123456789012/moments-Dead-1ABC.fifo
  moments dlq list --queue PushDeadLetters --local
  moments dlq list --queue PushDeadLetters --bodies \\
      --local http://localhost:3001

{CREDENTIALS}
Needs sqs:GetQueueAttributes and sqs:ReceiveMessage."))]
    List {
        /// Show the bodies, too. They may be secret: device addresses, reward URLs.
        #[arg(long)]
        bodies: bool,
    },
    /// Move all dead letters back to the queue that gave them up, as new messages, and wait for the end.
    #[command(after_help = format!("Examples:
  moments dlq redrive --queue \\
      https://sqs.eu-central-1.amazonaws.com/123456789012/moments-Dead-1ABC.fifo
  moments dlq redrive --queue PushDeadLetters --local

First repair what made them fail, or they return here. SQS continues if you stop
this command.

{CREDENTIALS}
Needs sqs:GetQueueAttributes, sqs:ListDeadLetterSourceQueues,
sqs:StartMessageMoveTask, sqs:ListMessageMoveTasks, sqs:ReceiveMessage and
sqs:DeleteMessage on the queue, and sqs:SendMessage and sqs:GetQueueAttributes
on the one that gave them up."))]
    Redrive,
}

/// Runs the command against the queue.
pub(crate) async fn run(arguments: DeadLetters) -> Result<(), Failure> {
    let named = arguments.queue.as_deref().filter(|queue| !queue.is_empty());
    let named = named.ok_or_else(|| Failure::new(2, "which queue? set MOMENTS_DLQ, or give --queue"))?;
    let local = arguments.local.map(|local| format!("{}/_local/sqs", local.trim_end_matches('/')));
    let url = match &local {
        Some(local) if !named.contains("://") => format!("{local}/{named}"),
        _ => named.to_owned(),
    };
    let endpoint = arguments.endpoint.or(local);
    let mut settings = bootstrap::settings(&[("TABLE_NAME", Some("none")), ("SQS_ENDPOINT", endpoint.as_deref())])?;
    sign_for_region_of(&url, &mut settings);
    let queue = Queue::new(&url, &settings);
    match arguments.command {
        Command::List { bodies } => list(&queue, bodies, arguments.json).await,
        Command::Redrive => redrive(&queue, arguments.json).await,
    }
}

/// Signs for the region in the queue's URL, since requests to another region do not find the queue.
fn sign_for_region_of(url: &str, settings: &mut Settings) {
    let host = url.strip_prefix("https://sqs.").and_then(|rest| rest.split('/').next());
    if let Some((region, _)) = host.and_then(|host| host.split_once(".amazonaws.")) {
        region.clone_into(&mut settings.region);
    }
}

async fn list(queue: &Queue, bodies: bool, as_json: bool) -> Result<(), Failure> {
    let level = queue.level().await.map_err(failure)?;
    let seen = queue.peek(outbound_queue::MAX_MESSAGES).await.map_err(failure)?;
    let now = local::clock::Clock::system().now();
    let shown: Vec<Value> = seen.into_iter().map(|message| shown(message, now, bodies)).collect();
    if as_json {
        let (arn, messages, in_flight) = (level.arn, level.visible, level.in_flight);
        let all = json!({ "queue_arn": arn, "messages": messages, "in_flight": in_flight, "data": shown });
        return output::print(&all.to_string());
    }
    let in_flight = match level.in_flight {
        0 => String::new(),
        number => format!(" and {number} in flight"),
    };
    output::print(&format!("{} messages{in_flight} in {}", level.visible, level.arn))?;
    if shown.is_empty() {
        return Ok(());
    }
    let columns = "MESSAGE message_id, AGE age, RECEIVED receives, GROUP group";
    let columns = if bodies { format!("{columns}, BODY body") } else { columns.to_owned() };
    output::entries(false, &shown, &columns)
}

fn shown(message: ReceivedMessage, now: Timestamp, bodies: bool) -> Value {
    let seconds = now.as_millisecond().saturating_sub(message.sent).max(0) / 1000;
    let age = match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    };
    let mut shown = json!({
        "message_id": message.message_id,
        "sent_at": Timestamp::from_millisecond(message.sent).ok().map(|sent| sent.to_string()),
        "age": age,
        "receives": message.receives,
        "group": message.group,
    });
    if bodies {
        shown["body"] = json!(message.body);
    }
    shown
}

async fn redrive(queue: &Queue, as_json: bool) -> Result<(), Failure> {
    let level = queue.level().await.map_err(failure)?;
    let earlier = match queue.move_progress(&level.arn).await.map_err(failure)? {
        // SQS makes one move of a queue at a time: this waits for a move that another caller began.
        Some(latest) if is_under_way(&latest) => None,
        latest => {
            if level.visible + level.in_flight == 0 {
                return print_result(as_json, "NOTHING_TO_MOVE", 0, "There is nothing to move.");
            }
            queue.start_move(&level.arn).await.map_err(failure)?;
            latest
        }
    };
    let bar = output::progress_bar(level.visible, "{bar:40} {pos}/{len} moved");
    let end = loop {
        // SQS lists a new move after a moment.
        let listed = queue.move_progress(&level.arn).await.map_err(failure)?;
        if let Some(progress) = listed.filter(|listed| is_later(listed, earlier.as_ref())) {
            if let Some(bar) = &bar {
                bar.set_length(progress.of.unwrap_or(level.visible).max(progress.moved));
                bar.set_position(progress.moved);
            }
            if !is_under_way(&progress) {
                break progress;
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    bar.iter().for_each(ProgressBar::finish_and_clear);
    let MoveProgress { status, moved, reason, .. } = end;
    if status == "COMPLETED" {
        return print_result(
            as_json,
            &status,
            moved,
            &format!("{moved} messages are back in the queue that gave them up."),
        );
    }
    let reason = reason.unwrap_or_else(|| "no reason given".into());
    Err(Failure::unexpected(format!("moving ended as {status} after {moved} messages: {reason}")))
}

fn is_under_way(progress: &MoveProgress) -> bool {
    matches!(progress.status.as_str(), "RUNNING" | "CANCELLING")
}

/// True if a move began after an earlier one.
fn is_later(progress: &MoveProgress, earlier: Option<&MoveProgress>) -> bool {
    earlier.is_none_or(|earlier| progress.started > earlier.started)
}

fn print_result(as_json: bool, status: &str, moved: u64, text: &str) -> Result<(), Failure> {
    let answer = json!({ "status": status, "moved": moved }).to_string();
    output::print(if as_json { &answer } else { text })
}

/// Gives an error of SQS the exit code that the API's answer would have.
fn failure(error: Error) -> Failure {
    let text = error.to_string();
    let code = match error {
        Error::Unavailable(_) => 7,
        Error::Conflict { .. } => 6,
        _ if text.contains("NonExistentQueue") || text.contains("ResourceNotFound") => 5,
        _ if text.contains("AccessDenied") || text.contains("Token") || text.contains("Signature") => 4,
        _ => 1,
    };
    Failure::new(code, text)
}

#[cfg(test)]
mod tests {
    use local::template::TEMPLATE;
    use local::{Local, Options};
    use outbound_queue::Message;

    use super::*;

    /// A system with a FIFO queue `Tests` that gives up at once, to `DeadTests`.
    async fn start() -> Local {
        let queues = "Resources:
  Tests:
    Type: AWS::SQS::Queue
    Properties: { FifoQueue: true, RedrivePolicy: { deadLetterTargetArn: !GetAtt DeadTests.Arn, maxReceiveCount: 1 } }
  DeadTests: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
";
        let template = Some(TEMPLATE.replacen("Resources:\n", queues, 1));
        Local::start(Options { template, ..Options::default() }).await.unwrap()
    }

    fn arguments(local: &Local, queue: &str, command: Command) -> DeadLetters {
        let (queue, local) = (Some(queue.to_owned()), Some(local.api.clone()));
        DeadLetters { queue, endpoint: None, local, json: true, command }
    }

    /// Sends a message to the queue `Tests`.
    async fn send(local: &Local, id: &str) -> Queue {
        let endpoint = format!("{}/_local/sqs", local.api);
        let settings = bootstrap::settings(&[("TABLE_NAME", Some("none")), ("SQS_ENDPOINT", Some(&endpoint))]).unwrap();
        let tests = Queue::new(&format!("{endpoint}/Tests"), &settings);
        let (group, deduplication) = (Some("a".into()), Some(id.into()));
        tests.send(&[Message { body: "{}".into(), group, deduplication, delay_seconds: 0 }]).await.unwrap();
        tests
    }

    /// Sends a message and receives it until the queue gives it up.
    async fn give_up(local: &Local, id: &str) {
        let tests = send(local, id).await;
        for _ in 0..2 {
            tests.peek(1).await.unwrap();
        }
    }

    #[tokio::test]
    async fn dead_letters_go_back_to_where_they_came_from() {
        let local = start().await;
        give_up(&local, "1").await;
        assert_eq!(local.queues().list("DeadTests").len(), 1);
        run(arguments(&local, "DeadTests", Command::List { bodies: false })).await.unwrap();
        assert_eq!(local.queues().list("DeadTests").len(), 1);
        run(arguments(&local, "DeadTests", Command::Redrive)).await.unwrap();
        assert_eq!((local.queues().list("Tests").len(), local.queues().list("DeadTests").len()), (1, 0));
        run(arguments(&local, "DeadTests", Command::Redrive)).await.unwrap();
        local.stop().await;
    }

    #[tokio::test]
    async fn a_move_that_is_under_way_is_waited_for() {
        let local = start().await;
        give_up(&local, "1").await;
        let now = || local::clock::Clock::system().now();
        local.queues().hold_up_moves(true, now()).unwrap();
        let redrive = || run(arguments(&local, "DeadTests", Command::Redrive));
        let second = async {
            while local.queues().moves() == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            redrive().await
        };
        let end = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            local.queues().hold_up_moves(false, now()).unwrap();
        };
        let (first, second, ()) = tokio::join!(redrive(), second, end);
        assert!(first.is_ok() && second.is_ok(), "{:?}", second.map_err(|failure| failure.text));
        assert_eq!((local.queues().list("Tests").len(), local.queues().moves()), (1, 1));
        local.stop().await;
    }

    #[test]
    fn what_an_earlier_move_came_to_is_not_taken_for_the_end_of_this_one() {
        let ended = |started| MoveProgress { status: "COMPLETED".into(), started, moved: 1, of: Some(1), reason: None };
        assert!(is_later(&ended(1), None) && is_later(&ended(2), Some(&ended(1))));
        assert!(!is_later(&ended(1), Some(&ended(1))));
    }

    #[tokio::test]
    async fn failures_end_with_the_codes_of_other_commands() {
        let local = start().await;
        let missing = run(arguments(&local, "Nowhere", Command::Redrive)).await.unwrap_err();
        assert_eq!(missing.code, 5, "{}", missing.text);
        send(&local, "1").await;
        let nowhere = run(arguments(&local, "Tests", Command::Redrive)).await.unwrap_err();
        assert_eq!((nowhere.code, nowhere.text.contains("docs/operating.md")), (6, true), "{}", nowhere.text);
        assert_eq!(local.queues().list("Tests").len(), 1);
        let nameless = DeadLetters { queue: None, ..arguments(&local, "", Command::Redrive) };
        assert_eq!(run(nameless).await.unwrap_err().code, 2);
        let gone = arguments(&local, "DeadTests", Command::Redrive);
        local.stop().await;
        assert_eq!(run(gone).await.unwrap_err().code, 7);
    }

    #[test]
    fn a_body_is_only_shown_where_it_is_asked_for() {
        let message =
            ReceivedMessage { message_id: "1".into(), group: None, sent: 0, receives: 2, body: "secret".into() };
        let now = Timestamp::from_second(7200).unwrap();
        let without = shown(message.clone(), now, false);
        assert_eq!((&without["age"], without.get("body")), (&json!("2 h"), None));
        assert_eq!(shown(message, now, true)["body"], "secret");
    }

    #[test]
    fn requests_are_signed_for_where_the_queue_is() {
        let mut settings = Settings::read(|name| (name == "TABLE_NAME").then(|| "none".to_owned())).unwrap();
        sign_for_region_of("http://localhost:3000/_local/sqs/DeadTests", &mut settings);
        assert_eq!(settings.region, "us-east-1");
        sign_for_region_of("https://sqs.eu-central-1.amazonaws.com/123456789012/dead.fifo", &mut settings);
        assert_eq!(settings.region, "eu-central-1");
    }
}
