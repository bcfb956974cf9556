//! Errors as RFC 9457 problems: the first of the two translations of an error. Headers are the business of `http`.

use domain::Error;
use domain::campaign::history::FieldChange;
use domain::error::{self, FieldError};
use domain::user_token::TokenFault;
use serde::Serialize;

/// A problem of RFC 9457.
#[derive(Debug, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    /// The HTTP status.
    pub status: u16,
    detail: String,
    code: &'static str,
    request_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// The number of mistakes that are not listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors_left_out: Option<usize>,
    /// What has changed since the version that the caller has seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<FieldChange>,
}

/// The most bytes of a detail.
const MOST_DETAIL: usize = 2_000;

/// Returns an error as the caller sees it. Shows nothing internal.
fn problem(error: &Error, request_id: &str) -> Problem {
    let (status, title, code) = match error {
        Error::Invalid(_) => (400, "The request is invalid", "invalid"),
        Error::Unauthenticated => (401, "A valid API key is needed", "unauthenticated"),
        Error::InvalidToken(TokenFault::Expired) => (401, "The user token has expired", "token_expired"),
        Error::InvalidToken(_) => (401, "A valid user token is needed", "invalid_token"),
        Error::BadSignature(_) => (401, "A valid signature is needed", "invalid_signature"),
        Error::Forbidden(_) => (403, "The key or token does not allow this", "forbidden"),
        Error::NotFound { .. } => (404, "Not found", "not_found"),
        Error::MethodNotAllowed(_) => (405, "Method not allowed", "method_not_allowed"),
        Error::Conflict { code, .. } => (409, "The current state does not allow this", *code),
        Error::VersionConflict { .. } | Error::ChangedSince { .. } => {
            (409, "Somebody else changed it", "version_conflict")
        }
        Error::TooLarge => (413, "The body is too large", "too_large"),
        Error::UnsupportedMediaType(_) | Error::Compressed => (415, "Unsupported media type", "unsupported_media_type"),
        Error::RateLimited { .. } => (429, "Too many requests", "rate_limited"),
        Error::Internal(_) => (500, "Internal error", "internal"),
        Error::Unavailable(_) => (503, "Temporarily unavailable", "unavailable"),
    };
    let detail = match error {
        Error::Internal(_) => "something went wrong on our side; report the request id".to_owned(),
        Error::Unavailable(_) => "nothing was lost; repeat the request after the time in Retry-After".to_owned(),
        Error::Invalid(mistakes) => match mistakes.listed() {
            [only] if only.pointer.is_empty() => format!("the body {}", only.detail),
            [only] => format!("{} {}", only.pointer, only.detail),
            _ => format!("{} fields are invalid; see errors", mistakes.count()),
        },
        other => error::short(other.to_string(), MOST_DETAIL),
    };
    let (errors, left_out) = match error {
        Error::Invalid(mistakes) => (mistakes.listed().to_vec(), mistakes.left_out()),
        _ => (Vec::new(), 0),
    };
    let (kind, request_id) = (format!("urn:moments:problem:{code}"), request_id.to_owned());
    let errors_left_out = Some(left_out).filter(|left_out| *left_out > 0);
    let changes = if let Error::ChangedSince { changes, .. } = error { changes.clone() } else { Vec::new() };
    Problem { kind, title, status, detail, code, request_id, errors, errors_left_out, changes }
}

/// Logs an error and returns it as a problem. Call it once for each error.
pub fn report(error: &Error, request_id: &str) -> Problem {
    let problem = problem(error, request_id);
    let (code, status) = (problem.code, problem.status);
    match error {
        Error::Internal(cause) => tracing::error!(request.id = request_id, error.cause = %cause, "request failed"),
        Error::Unavailable(cause) => {
            tracing::warn!(request.id = request_id, error.cause = %cause, "request refused; repeating it is safe")
        }
        _ => tracing::info!(request.id = request_id, error.code = code, http.status = status, "request refused"),
    }
    problem
}
