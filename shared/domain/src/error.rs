//! Errors, one variant per reaction of the caller. Business refusals (already rewarded, waiting, not eligible) are
//! values instead. An error becomes problem+json (`problem::report`), or a retry of a stream record
//! (`streams::conclude`) or message (`queue_batch::settle`); `runtime::failure` fails a whole invocation.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::campaign::history::FieldChange;
use crate::user_token::TokenFault;

/// An invalid field, by JSON pointer (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field, for example `/moments/0/target`.
    pub pointer: String,
    /// The kind of mistake, for programs.
    pub code: &'static str,
    /// The mistake and its correction, for people.
    pub detail: String,
    /// The values in the detail by their names, for whoever says it in another language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<&'static str, String>,
}

impl FieldError {
    /// Returns a mistake without values.
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.into(), values: BTreeMap::new() }
    }

    /// Adds a value of the detail.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.insert(name, value.to_string());
        self
    }
}

/// The most mistakes that an error lists. A body of 1 MiB can hold more than an answer has room for.
pub const MOST_MISTAKES: usize = 50;

/// The most bytes of a pointer and a detail, so that an error does not echo a long body.
const MOST_POINTER: usize = 512;
const MOST_DETAIL: usize = 800;

/// The most bytes of a value.
const MOST_VALUE: usize = 300;

/// A request's mistakes: the first [`MOST_MISTAKES`], and the number of others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mistakes {
    listed: Vec<FieldError>,
    left_out: usize,
}

impl Mistakes {
    /// Adds a mistake, cut to the bounds.
    pub fn push(&mut self, mistake: FieldError) {
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        let FieldError { pointer, code, detail, values } = mistake;
        self.listed.push(FieldError {
            pointer: short(pointer, MOST_POINTER),
            code,
            detail: short(detail, MOST_DETAIL),
            values: values.into_iter().map(|(name, value)| (name, short(value, MOST_VALUE))).collect(),
        });
    }

    /// True if further mistakes are only counted.
    pub fn is_full(&self) -> bool {
        self.listed.len() >= MOST_MISTAKES
    }

    /// Counts mistakes without listing them.
    pub fn leave_out(&mut self, count: usize) {
        self.left_out += count;
    }

    /// Adds all mistakes of `others`.
    pub fn append(&mut self, others: Self) {
        others.listed.into_iter().for_each(|mistake| self.push(mistake));
        self.left_out += others.left_out;
    }

    /// Returns the listed mistakes.
    pub fn listed(&self) -> &[FieldError] {
        &self.listed
    }

    /// Returns the number of mistakes that are not listed.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns the number of all mistakes.
    pub fn count(&self) -> usize {
        self.listed.len() + self.left_out
    }
}

impl FromIterator<FieldError> for Mistakes {
    fn from_iter<All: IntoIterator<Item = FieldError>>(all: All) -> Self {
        let mut mistakes = Self::default();
        all.into_iter().for_each(|mistake| mistakes.push(mistake));
        mistakes
    }
}

/// Cuts a text to at most `most` bytes and an ellipsis.
pub fn short(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

/// An error by the caller's reaction.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400: correct the request. At least one field is named.
    #[error("the request has {} invalid fields", .0.count())]
    Invalid(Mistakes),
    /// 401: no key, or an unknown one.
    #[error(
        "the header x-api-key must hold a key that is neither mistyped nor revoked; an admin mints one with POST /v1/apps/{{app}}/keys"
    )]
    Unauthenticated,
    /// 401: no user token, or one that is refused.
    #[error("{0}")]
    InvalidToken(TokenFault),
    /// 401: the signature is missing or wrong.
    #[error("{0}")]
    BadSignature(&'static str),
    /// 403: a valid key that does not allow this.
    #[error("{0}")]
    Forbidden(String),
    /// 404: the id is unknown.
    #[error("there is no {kind} {id}")]
    NotFound {
        /// The kind of thing, in the API's words.
        kind: &'static str,
        /// The requested id.
        id: String,
    },
    /// 405: the path has other methods.
    #[error("this path allows {0}")]
    MethodNotAllowed(String),
    /// 409: the state does not allow this; the detail names the state.
    #[error("{detail}")]
    Conflict {
        /// The kind of conflict, for programs.
        code: &'static str,
        /// The state found, and the states needed.
        detail: String,
    },
    /// 409: the caller has seen another version.
    #[error("{kind} is at version {current} now; read it again and decide anew")]
    VersionConflict {
        /// The kind of thing, in the API's words.
        kind: &'static str,
        /// The current version: 0 if it does not exist.
        current: u64,
    },
    /// 409: the caller decides about another version than the one that is there.
    #[error("{kind} was changed since you looked; it is at version {current} now")]
    ChangedSince {
        /// The kind of thing, in the API's words.
        kind: &'static str,
        /// The current version.
        current: u64,
        /// What has changed since the version that the caller has seen.
        changes: Vec<FieldChange>,
    },
    /// 413: the body is too large.
    #[error("the body is larger than 1 MiB")]
    TooLarge,
    /// 415: the route takes another content type.
    #[error("the content type must be {0}")]
    UnsupportedMediaType(&'static str),
    /// 415: the body is compressed, which no route takes.
    #[error("the body is compressed; send it as it is, without content-encoding")]
    Compressed,
    /// 429: the key makes more requests than its app allows.
    #[error("more than {limit} requests a second; wait (an API key: or have the app's rate_limit raised)")]
    RateLimited {
        /// Requests a second.
        limit: u32,
        /// Whole seconds until the next request may pass.
        retry_after: u64,
    },
    /// 503: try again; nothing is lost, and repeating is safe.
    #[error("temporarily unavailable: {0}")]
    Unavailable(String),
    /// 500: a defect or a wrong deployment; the text is for the log, never for the caller.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// Returns a 400 for one field.
    pub fn invalid(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid([FieldError::new(pointer, code, detail)].into_iter().collect())
    }

    /// Returns a 400 for a cursor that the list has not given out.
    pub fn invalid_cursor() -> Self {
        Self::invalid("/cursor", "invalid_parameter", "is not a cursor that this list gave out")
    }

    /// Returns a 404 for an id.
    pub fn not_found(kind: &'static str, id: impl ToString) -> Self {
        Self::NotFound { kind, id: id.to_string() }
    }
}
