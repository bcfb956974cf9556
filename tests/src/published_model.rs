//! Checks bodies against AWS's published model of Pinpoint's `SendMessages` (`models/pinpoint-send-messages.json`), and
//! against limits from its documentation. The service refuses violations; an emulator does not.

use std::sync::LazyLock;

use serde_json::Value;

/// Limit of a call's addresses and endpoints together:
/// <https://docs.aws.amazon.com/pinpoint/latest/apireference/apps-application-id-messages.html>
const MAX_ADDRESSES: usize = 100;

/// Limits of a raw payload in bytes, by the member of the message configuration:
/// <https://docs.aws.amazon.com/pinpoint/latest/developerguide/quotas.html>
const MAX_RAW_BYTES: [(&str, usize); 4] =
    [("APNSMessage", 4096), ("GCMMessage", 4096), ("BaiduMessage", 4096), ("ADMMessage", 6144)];

static MODEL: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../models/pinpoint-send-messages.json")).unwrap());

/// Fails with all mistakes in the body of a request.
#[track_caller]
pub fn check_request(body: &Value) {
    let mistakes = mistakes_of_request(body);
    assert!(mistakes.is_empty(), "Pinpoint would refuse this: {mistakes:#?}");
}

/// Fails with all mistakes in the body of a successful answer.
#[track_caller]
pub fn check_response(body: &Value) {
    let mut mistakes = Vec::new();
    compare(payload("SendMessagesResponse"), body, "", &mut mistakes);
    assert!(mistakes.is_empty(), "Pinpoint would not answer this: {mistakes:#?}");
}

/// Returns all mistakes in the body of a request, each with its JSON pointer.
pub fn mistakes_of_request(body: &Value) -> Vec<String> {
    let mut mistakes = Vec::new();
    compare(payload("SendMessagesRequest"), body, "", &mut mistakes);
    let count = |name: &str| body[name].as_object().map_or(0, serde_json::Map::len);
    let sum = count("Addresses") + count("Endpoints");
    if !(1..=MAX_ADDRESSES).contains(&sum) {
        mistakes.push(format!("/Addresses: {sum} addresses and endpoints, and 1 to {MAX_ADDRESSES} are taken"));
    }
    for (message, most) in MAX_RAW_BYTES {
        let bytes = body["MessageConfiguration"][message]["RawContent"].as_str().map_or(0, str::len);
        if bytes > most {
            mistakes.push(format!("/MessageConfiguration/{message}/RawContent: {bytes} bytes, and {most} are taken"));
        }
    }
    mistakes
}

/// Returns the shape of a request's or response's body.
fn payload(shape: &str) -> &'static str {
    let shape = &MODEL["shapes"][shape];
    let member = shape["payload"].as_str().unwrap();
    shape["members"][member]["shape"].as_str().unwrap()
}

fn compare(name: &str, value: &Value, at: &str, mistakes: &mut Vec<String>) {
    let shape = &MODEL["shapes"][name];
    let fits = match shape["type"].as_str().unwrap() {
        "structure" => value.is_object(),
        "map" => value.is_object(),
        "list" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "string" | "blob" => value.is_string(),
        other => panic!("{name}: the model has a type {other}, which is not known here"),
    };
    if !fits {
        mistakes.push(format!("{at}: is no {}", shape["type"].as_str().unwrap()));
        return;
    }
    bounds(shape, value, at, mistakes);
    match value {
        Value::Object(members) if shape["type"] == "structure" => structure(shape, members, at, mistakes),
        Value::Object(entries) => {
            for (key, value) in entries {
                compare(shape["key"]["shape"].as_str().unwrap(), &Value::from(key.as_str()), at, mistakes);
                compare(shape["value"]["shape"].as_str().unwrap(), value, &format!("{at}/{key}"), mistakes);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                compare(shape["member"]["shape"].as_str().unwrap(), value, &format!("{at}/{index}"), mistakes);
            }
        }
        Value::String(text) => {
            if let Some(known) = shape["enum"].as_array()
                && !known.iter().any(|known| known == text.as_str())
            {
                mistakes.push(format!("{at}: {text} is none of {}", shape["enum"]));
            }
        }
        _ => {}
    }
}

fn structure(shape: &Value, members: &serde_json::Map<String, Value>, at: &str, mistakes: &mut Vec<String>) {
    for required in shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(required) {
            mistakes.push(format!("{at}/{required}: is required"));
        }
    }
    for (name, value) in members {
        match shape["members"][name]["shape"].as_str() {
            Some(shape) => compare(shape, value, &format!("{at}/{name}"), mistakes),
            None => mistakes.push(format!("{at}/{name}: is unknown")),
        }
    }
}

/// Checks the limits of a number, or of the length of anything else.
fn bounds(shape: &Value, value: &Value, at: &str, mistakes: &mut Vec<String>) {
    let size = match value {
        Value::String(text) => i64::try_from(text.chars().count()).ok(),
        Value::Array(values) => i64::try_from(values.len()).ok(),
        Value::Object(entries) => i64::try_from(entries.len()).ok(),
        number => number.as_i64(),
    };
    let Some(size) = size else { return };
    if shape["min"].as_i64().is_some_and(|min| size < min) || shape["max"].as_i64().is_some_and(|max| size > max) {
        mistakes.push(format!("{at}: {size} is not between {} and {}", shape["min"], shape["max"]));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::set;

    fn request() -> Value {
        json!({
            "Addresses": {"token": {"ChannelType": "GCM", "Substitutions": {"name": ["Ada"]}}},
            "MessageConfiguration": {"APNSMessage": {"Title": "Well done", "Badge": 1, "Action": "URL"}},
            "TraceId": "1",
        })
    }

    #[track_caller]
    fn refused(pointer: &str, value: Value, mistake: &str) {
        let mut body = request();
        set(&mut body, pointer, value);
        let mistakes = mistakes_of_request(&body);
        assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        assert!(mistakes[0].starts_with(mistake), "{mistakes:?}");
    }

    #[test]
    fn what_pinpoint_takes_is_taken() {
        check_request(&request());
        check_response(&json!({
            "ApplicationId": "app", "RequestId": "1",
            "Result": {"token": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, "UpdatedToken": "other"}},
        }));
    }

    #[test]
    fn an_unknown_member_is_refused() {
        refused("/Adresses", json!({}), "/Adresses: is unknown");
        refused(
            "/MessageConfiguration/APNSMessage/ImageUrl",
            json!("x"),
            "/MessageConfiguration/APNSMessage/ImageUrl:",
        );
    }

    #[test]
    fn a_missing_member_is_refused() {
        let mut body = request();
        body.as_object_mut().unwrap().remove("MessageConfiguration");
        assert_eq!(mistakes_of_request(&body), ["/MessageConfiguration: is required"]);
    }

    #[test]
    fn a_wrong_word_or_type_is_refused() {
        refused("/Addresses/token/ChannelType", json!("FCM"), "/Addresses/token/ChannelType: FCM is none of");
        refused(
            "/MessageConfiguration/APNSMessage/Badge",
            json!("1"),
            "/MessageConfiguration/APNSMessage/Badge: is no",
        );
        refused(
            "/MessageConfiguration/APNSMessage/Badge",
            json!(1_i64 << 40),
            "/MessageConfiguration/APNSMessage/Badge:",
        );
        refused("/Addresses/token/Substitutions", json!({"name": "Ada"}), "/Addresses/token/Substitutions/name: is no");
        refused("/Context", json!({"a": 1}), "/Context/a: is no string");
    }

    #[test]
    fn what_only_the_documentation_forbids_is_refused() {
        let addresses = |number: usize| (0..number).map(|n| (n.to_string(), json!({"ChannelType": "GCM"}))).collect();
        refused("/Addresses", Value::Object(addresses(0)), "/Addresses: 0 addresses");
        refused("/Addresses", Value::Object(addresses(101)), "/Addresses: 101 addresses");
        let mut body = request();
        set(&mut body, "/Addresses", Value::Object(addresses(100)));
        check_request(&body);
        set(&mut body, "/Endpoints", json!({"one": {}}));
        assert_eq!(mistakes_of_request(&body).len(), 1, "both count together");
        let raw = json!("x".repeat(4097));
        refused(
            "/MessageConfiguration/APNSMessage/RawContent",
            raw,
            "/MessageConfiguration/APNSMessage/RawContent: 4097",
        );
    }

    #[test]
    fn bounds_of_the_model_are_held() {
        let mut mistakes = Vec::new();
        for value in [json!(1), json!(4), json!("ab"), json!("abcd"), json!([1, 2, 3, 4]), json!({"a": 1, "b": 2})] {
            bounds(&json!({"min": 2, "max": 3}), &value, "/at", &mut mistakes);
        }
        assert_eq!(mistakes.len(), 4, "{mistakes:?}");
    }
}
