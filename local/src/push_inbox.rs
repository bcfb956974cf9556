//! The push inbox: answers Pinpoint's `SendMessages` and keeps what was sent. The prefix of an address chooses its
//! result, so tests can have every delivery status and every failure of a call. `inbox_page` shows the pushes.
//!
//! | prefix | result |
//! |---|---|
//! | `permanent-` | `PERMANENT_FAILURE`, 410: the app was uninstalled |
//! | `badcredentials-` | `PERMANENT_FAILURE`, 403: the application's own key is refused, for every device |
//! | `temporary-`, `throttled-` | `TEMPORARY_FAILURE`, `THROTTLED` |
//! | `timeout-`, `unknown-` | `TIMEOUT`, `UNKNOWN_FAILURE` |
//! | `optout-`, `duplicate-` | `OPT_OUT`, `DUPLICATE` |
//! | `updated-x` | `SUCCESSFUL`, and the device's new address is `renewed-x` |
//! | `missing-` | accepted, but not in the result |
//! | `unreadable-` | the whole call fails with 400: not an address |
//! | `down-` | the whole call fails with 500 |
//! | `flaky-` | every other such call fails with 500, beginning with the first |
//! | anything else | `SUCCESSFUL` |

use std::sync::{Mutex, MutexGuard};

use dynoxide::Database;
use serde_json::{Map, Value, json};

use crate::database;
use crate::{LocalError, lock};

/// The body of a lost answer: nothing that a client can read.
pub const LOST: &str = "the answer is lost";

/// The prefix of a push's note; its number follows.
const PUSH: &str = "push#";

/// All pushes, in order. Without a database they live as long as the process.
#[derive(Default)]
pub struct PushInbox {
    state: Mutex<State>,
    database: Option<Database>,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<Value>,
    requests: Vec<Value>,
    /// Number of calls with a flaky address.
    flaky: u64,
    fail_next: u32,
    down: bool,
    loses_answers: bool,
}

impl PushInbox {
    /// Opens the inbox with the pushes of an earlier process: a push that it accepted counts after a kill, too.
    pub(crate) fn open(database: Database) -> Result<Self, LocalError> {
        let sent = database::recall_all(&database, PUSH)?.into_iter().map(|(_, push)| push).collect();
        let state = Mutex::new(State { sent, ..State::default() });
        Ok(Self { state, database: Some(database) })
    }

    /// Answers a `SendMessages` request with status and body. The inbox does not list a call that fails as a whole.
    pub fn send_messages(&self, application: &str, request: &Value) -> (u16, Value) {
        let mut state = self.state();
        state.requests.push(request.clone());
        if state.down {
            return broken(503, "the inbox is down");
        } else if state.fail_next > 0 {
            state.fail_next -= 1;
            return broken(500, "this call was to fail");
        }
        let addresses = request["Addresses"].as_object().cloned().unwrap_or_default();
        let any = |beginning: &str| addresses.keys().any(|address| address.starts_with(beginning));
        if any("flaky-") {
            state.flaky += 1;
        }
        if any("down-") || (any("flaky-") && state.flaky % 2 == 1) {
            return broken(500, "an address asked for it");
        }
        if any("unreadable-") {
            return (400, json!({ "__type": "BadRequestException", "Message": "no address", "RequestID": "local" }));
        }
        let mut results = Map::new();
        for (address, configuration) in addresses {
            let verdict = verdict(&address);
            let push = listed(&address, &configuration, &request["MessageConfiguration"], verdict.as_ref());
            if let Some(database) = &self.database
                && let Err(error) = database::remember(database, &format!("{PUSH}{:020}", state.sent.len()), &push)
            {
                tracing::error!(error.cause = %error, "the inbox cannot be written");
                return broken(500, "the inbox cannot be written");
            }
            state.sent.push(push);
            if let Some(Verdict { status, code, text }) = verdict {
                let mut result = json!({
                    "DeliveryStatus": status, "StatusCode": code, "StatusMessage": text,
                    "MessageId": format!("local-{address}"),
                });
                if let Some(rest) = address.strip_prefix("updated-") {
                    result["UpdatedToken"] = json!(format!("renewed-{rest}"));
                }
                results.insert(address, result);
            }
        }
        if state.loses_answers {
            return (200, Value::from(LOST));
        }
        (200, json!({ "ApplicationId": application, "RequestId": "local", "Result": results }))
    }

    /// Returns every accepted push, with its channel's message and its overrides.
    pub fn list(&self) -> Vec<Value> {
        self.state().sent.clone()
    }

    /// Returns the body of every request, failed ones included.
    pub fn requests(&self) -> Vec<Value> {
        self.state().requests.clone()
    }

    /// Makes the next `calls` calls fail.
    pub fn fail_next(&self, calls: u32) {
        self.state().fail_next = calls;
    }

    /// Makes all calls fail from now on, or none.
    pub fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    /// Turns lost answers on or off: calls are accepted and listed, but their answers are unreadable.
    pub fn lose_answers(&self, loses: bool) {
        self.state().loses_answers = loses;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// The result for an address.
struct Verdict {
    status: &'static str,
    code: u16,
    /// The words of APNs or FCM, if they refuse.
    text: &'static str,
}

/// Returns the result for an address, or `None` if the answer omits it.
fn verdict(address: &str) -> Option<Verdict> {
    let (status, code, text) = match address.split_once('-').map_or("", |(beginning, _)| beginning) {
        "permanent" => ("PERMANENT_FAILURE", 410, "Unregistered"),
        "badcredentials" => ("PERMANENT_FAILURE", 403, "InvalidProviderToken"),
        "temporary" => ("TEMPORARY_FAILURE", 500, "InternalServerError"),
        "throttled" => ("THROTTLED", 429, "TooManyRequests"),
        "optout" => ("OPT_OUT", 200, ""),
        "duplicate" => ("DUPLICATE", 200, ""),
        "timeout" => ("TIMEOUT", 504, ""),
        "unknown" => ("UNKNOWN_FAILURE", 500, ""),
        "missing" => return None,
        _ => ("SUCCESSFUL", 200, ""),
    };
    Some(Verdict { status, code, text })
}

fn listed(address: &str, configuration: &Value, messages: &Value, verdict: Option<&Verdict>) -> Value {
    let channel = configuration["ChannelType"].as_str().unwrap_or_default();
    let mut overrides = configuration.clone();
    if let Some(overrides) = overrides.as_object_mut() {
        overrides.remove("ChannelType");
    }
    json!({
        "address": address,
        "channel": channel,
        "delivery_status": verdict.map(|verdict| verdict.status),
        "status_code": verdict.map(|verdict| verdict.code),
        "status_message": verdict.map(|verdict| verdict.text),
        "message": messages[message_of(channel)],
        "default_push_message": messages["DefaultPushNotificationMessage"],
        "default_message": messages["DefaultMessage"],
        "overrides": overrides,
    })
}

fn broken(status: u16, text: &str) -> (u16, Value) {
    (status, json!({ "__type": "InternalServerErrorException", "Message": text, "RequestID": "local" }))
}

fn message_of(channel: &str) -> &'static str {
    match channel {
        "APNS" | "APNS_SANDBOX" | "APNS_VOIP" | "APNS_VOIP_SANDBOX" => "APNSMessage",
        "ADM" => "ADMMessage",
        "BAIDU" => "BaiduMessage",
        "SMS" => "SMSMessage",
        _ => "GCMMessage",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(inbox: &PushInbox, addresses: &[&str]) -> (u16, Value) {
        let addresses = addresses.iter().map(|address| ((*address).to_owned(), json!({"ChannelType": "GCM"})));
        let message = json!({"GCMMessage": {"Title": "Well done"}});
        let request = json!({"Addresses": Value::Object(addresses.collect()), "MessageConfiguration": message});
        inbox.send_messages("app", &request)
    }

    #[test]
    fn each_address_is_answered_as_its_beginning_asks() {
        let inbox = PushInbox::default();
        for (address, status, code) in [
            ("token", "SUCCESSFUL", 200),
            ("permanent-1", "PERMANENT_FAILURE", 410),
            ("badcredentials-1", "PERMANENT_FAILURE", 403),
            ("temporary-1", "TEMPORARY_FAILURE", 500),
            ("throttled-1", "THROTTLED", 429),
            ("optout-1", "OPT_OUT", 200),
            ("duplicate-1", "DUPLICATE", 200),
            ("timeout-1", "TIMEOUT", 504),
            ("unknown-1", "UNKNOWN_FAILURE", 500),
            ("updated-1", "SUCCESSFUL", 200),
        ] {
            let result = send(&inbox, &[address]).1["Result"][address].clone();
            assert_eq!((&result["DeliveryStatus"], &result["StatusCode"]), (&json!(status), &json!(code)), "{address}");
            let renewed = if address == "updated-1" { json!("renewed-1") } else { Value::Null };
            assert_eq!(result.get("UpdatedToken").cloned().unwrap_or_default(), renewed, "{address}");
        }
        let (_, answer) = send(&inbox, &["missing-1", "token"]);
        assert_eq!(answer["Result"].as_object().map(Map::len), Some(1));
        assert_eq!(inbox.list().len(), 12);
        assert_eq!(inbox.list()[0]["message"]["Title"], "Well done");
    }

    #[test]
    fn calls_fail_as_a_whole_as_they_are_told() {
        let inbox = PushInbox::default();
        let statuses = |calls: usize, address: &str| -> Vec<u16> {
            (0..calls).map(|_| send(&inbox, &["token", address]).0).collect()
        };
        assert_eq!(statuses(2, "down-1"), [500, 500]);
        assert_eq!(statuses(4, "flaky-1"), [500, 200, 500, 200]);
        assert_eq!(statuses(1, "unreadable-1"), [400]);
        inbox.fail_next(2);
        assert_eq!(statuses(3, "other"), [500, 500, 200]);
        inbox.set_down(true);
        assert_eq!(statuses(1, "other"), [503]);
        inbox.set_down(false);
        let before = inbox.list().len();
        inbox.lose_answers(true);
        assert_eq!((statuses(1, "other"), inbox.list().len()), (vec![200], before + 2));
        assert_eq!(inbox.requests().len(), 12);
    }
}
