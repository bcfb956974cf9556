//! Judges Pinpoint's result for an address: accepted, to be tried again, or never; and for a final failure, whether it
//! lies in the address or in the app's whole channel, which an operator has to fix. `StatusMessage` holds the push
//! service's own words, so it counts first. It may hold the address and is never kept.

use aws_sdk_pinpoint::types::{DeliveryStatus, MessageResult};
use domain::secret::DeviceAddress;

/// The reaction to a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushVerdict {
    /// The push service took it. The user may not have seen it.
    Accepted,
    /// Never accepted, and nothing to do: opted out, or sent to another device of the same address.
    Final,
    /// May be accepted later: throttled, or a failure that passes.
    Later,
    /// Unknown: it may have been accepted.
    Unknown,
    /// The address belongs to nobody any more.
    TokenGone(&'static str),
    /// The channel accepts no address of the app before its operator fixes something.
    AppRejected(&'static str),
}

impl PushVerdict {
    /// Why the address belongs to nobody any more, if so.
    pub fn token_gone(self) -> Option<&'static str> {
        if let Self::TokenGone(reason) = self { Some(reason) } else { None }
    }
}

/// One address's result.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The reaction.
    pub verdict: PushVerdict,
    /// Pinpoint's delivery status, as it came.
    pub status: String,
    /// Pinpoint's status code.
    pub code: i32,
    /// The address that the push service has for the device now.
    pub updated: Option<DeviceAddress>,
}

/// APNs', FCM's and ADM's words for an address that no longer works:
/// <https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns>,
/// <https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode>,
/// <https://developer.amazon.com/docs/adm/send-message.html>.
const OF_THE_TOKEN: [&str; 6] =
    ["BadDeviceToken", "Unregistered", "NotRegistered", "InvalidRegistration", "MissingRegistration", "ExpiredToken"];

/// Their words for failures of every address. Tokens of another app or sender are among them: if the configuration is
/// wrong, all tokens look like that, and none must be given up for it.
const OF_THE_APP: [&str; 14] = [
    "InvalidProviderToken",
    "ExpiredProviderToken",
    "MissingProviderToken",
    "BadCertificate",
    "BadTopic",
    "MissingTopic",
    "TopicDisallowed",
    "DeviceTokenNotForTopic",
    "SENDER_ID_MISMATCH",
    "MismatchSenderId",
    "THIRD_PARTY_AUTH_ERROR",
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
    "AccessTokenExpired",
];

/// Judges the result of one address. `None` is an address that the answer omits.
pub(super) fn judge(result: Option<&MessageResult>) -> Sent {
    let status = result.and_then(|result| result.delivery_status.clone()).unwrap_or(DeliveryStatus::UnknownFailure);
    let code = result.and_then(|result| result.status_code).unwrap_or_default();
    let words = result.and_then(|result| result.status_message.as_deref()).unwrap_or_default();
    let verdict = match status {
        DeliveryStatus::Successful => PushVerdict::Accepted,
        DeliveryStatus::Duplicate | DeliveryStatus::OptOut => PushVerdict::Final,
        DeliveryStatus::Throttled | DeliveryStatus::TemporaryFailure => PushVerdict::Later,
        DeliveryStatus::PermanentFailure => blame(code, words),
        // A timeout, an unknown failure, and any status that Pinpoint may add.
        _ => PushVerdict::Unknown,
    };
    let updated = result.and_then(|result| result.updated_token.as_deref()).filter(|token| !token.is_empty());
    Sent { verdict, status: status.as_str().to_owned(), code, updated: updated.map(DeviceAddress::new) }
}

/// Returns whether the address or the app causes a permanent failure.
fn blame(code: i32, words: &str) -> PushVerdict {
    let words = words.to_ascii_lowercase();
    let said = |known: &[&'static str]| known.iter().copied().find(|known| words.contains(&known.to_ascii_lowercase()));
    match (said(&OF_THE_APP), said(&OF_THE_TOKEN), code) {
        (Some(reason), ..) => PushVerdict::AppRejected(reason),
        (_, Some(reason), _) => PushVerdict::TokenGone(reason),
        (.., 404 | 410) => PushVerdict::TokenGone("the push service does not know the address"),
        (.., 401 | 403) => PushVerdict::AppRejected("the push service does not accept the app's credentials"),
        // Perhaps the message itself fails: blame neither the address nor the app.
        _ => PushVerdict::Final,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: DeliveryStatus, code: i32, words: &str) -> PushVerdict {
        let result = MessageResult::builder().delivery_status(status).status_code(code).status_message(words).build();
        judge(Some(&result)).verdict
    }

    #[test]
    fn every_status_is_judged() {
        assert_eq!(verdict(DeliveryStatus::Successful, 200, ""), PushVerdict::Accepted);
        assert_eq!(verdict(DeliveryStatus::Duplicate, 200, ""), PushVerdict::Final);
        assert_eq!(verdict(DeliveryStatus::OptOut, 200, ""), PushVerdict::Final);
        assert_eq!(verdict(DeliveryStatus::Throttled, 429, ""), PushVerdict::Later);
        assert_eq!(verdict(DeliveryStatus::TemporaryFailure, 500, ""), PushVerdict::Later);
        assert_eq!(verdict(DeliveryStatus::from("TIMEOUT"), 0, ""), PushVerdict::Unknown);
        assert_eq!(verdict(DeliveryStatus::UnknownFailure, 0, ""), PushVerdict::Unknown);
        assert_eq!(verdict(DeliveryStatus::from("SOMETHING_NEW"), 0, ""), PushVerdict::Unknown);
        assert_eq!(judge(None).verdict, PushVerdict::Unknown);
    }

    #[test]
    fn a_permanent_failure_is_blamed_on_the_address_or_on_the_app() {
        let permanent = |code, words| verdict(DeliveryStatus::PermanentFailure, code, words);
        assert_eq!(permanent(410, r#"{"reason":"Unregistered"}"#), PushVerdict::TokenGone("Unregistered"));
        assert_eq!(permanent(400, "BadDeviceToken"), PushVerdict::TokenGone("BadDeviceToken"));
        assert!(matches!(permanent(404, "Requested entity was not found."), PushVerdict::TokenGone(_)));
        assert_eq!(permanent(403, "InvalidProviderToken"), PushVerdict::AppRejected("InvalidProviderToken"));
        assert_eq!(permanent(403, "sender_id_mismatch"), PushVerdict::AppRejected("SENDER_ID_MISMATCH"));
        assert!(matches!(permanent(401, ""), PushVerdict::AppRejected(_)));
        // With a wrong topic, no token is for the topic: none may be given up for that.
        assert_eq!(permanent(400, "DeviceTokenNotForTopic"), PushVerdict::AppRejected("DeviceTokenNotForTopic"));
        assert_eq!(permanent(413, "PayloadTooLarge"), PushVerdict::Final);
    }

    #[test]
    fn a_new_address_comes_with_the_result() {
        let result = MessageResult::builder().delivery_status(DeliveryStatus::Successful).status_code(200);
        let sent = judge(Some(&result.updated_token("new").build()));
        assert_eq!((sent.verdict, sent.updated), (PushVerdict::Accepted, Some(DeviceAddress::new("new"))));
    }
}
