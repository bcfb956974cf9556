//! The push inbox: speaks Pinpoint's `SendMessages`, keeps what was sent for a look, and answers each address as its
//! beginning asks (`permanent-…`, `temporary-…`, `throttled-…`, `optout-…`).

use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};

/// What was sent, in order. It lives as long as the process.
#[derive(Debug, Default)]
pub struct PushInbox(Mutex<Vec<Value>>);

impl PushInbox {
    /// Takes one `SendMessages` request body and answers with the response body.
    pub fn send_messages(&self, application: &str, request: &Value) -> Value {
        let mut results = Map::new();
        let mut sent = Vec::new();
        for (address, configuration) in request["Addresses"].as_object().into_iter().flatten() {
            let (status, code) = verdict(address);
            results.insert(address.clone(), json!({
                "DeliveryStatus": status, "StatusCode": code, "StatusMessage": "", "MessageId": format!("local-{address}"),
            }));
            let channel = configuration["ChannelType"].as_str().unwrap_or_default();
            let message = &request["MessageConfiguration"][message_of(channel)];
            sent.push(json!({ "address": address, "channel": channel, "delivery_status": status, "message": message }));
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(sent);
        json!({ "ApplicationId": application, "RequestId": "local", "Result": results })
    }

    /// Everything that was sent.
    pub fn list(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn verdict(address: &str) -> (&'static str, u16) {
    match address.split('-').next() {
        Some("permanent") => ("PERMANENT_FAILURE", 410),
        Some("temporary") => ("TEMPORARY_FAILURE", 500),
        Some("throttled") => ("THROTTLED", 429),
        Some("optout") => ("OPT_OUT", 200),
        _ => ("SUCCESSFUL", 200),
    }
}

fn message_of(channel: &str) -> &'static str {
    match channel {
        "APNS" | "APNS_SANDBOX" => "APNSMessage",
        "ADM" => "ADMMessage",
        "BAIDU" => "BaiduMessage",
        "SMS" => "SMSMessage",
        _ => "GCMMessage",
    }
}
