//! What can go wrong, with one variant per reaction of the caller. Refusals that belong to the business (already
//! rewarded, waiting, not eligible) are not errors: they are values that callers match. An error is translated in two
//! places, to problem+json (`problem::report`) and to a retry of a stream record (`streams::conclude`) or a message
//! (`queue_batch::settle`); what reaches the runtime (`runtime::failure`) fails a whole invocation.

use serde::Serialize;

/// One field that is wrong, by JSON pointer (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where, for example `/moments/0/target`.
    pub pointer: String,
    /// What kind of mistake, for programs.
    pub code: &'static str,
    /// What is wrong and what would be right, for people.
    pub detail: String,
}

/// Mistakes that an error lists. An answer has no room for all that a body of 1 MiB can hold.
pub const MOST_MISTAKES: usize = 50;

/// What a pointer and a detail take at most, in bytes: what a caller sends is not sent back at any length.
const MOST_POINTER: usize = 512;
const MOST_DETAIL: usize = 800;

/// What is wrong with a request: the first [`MOST_MISTAKES`], and how many more there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mistakes {
    listed: Vec<FieldError>,
    left_out: usize,
}

impl Mistakes {
    /// Adds one, cut to what an error shows.
    pub fn push(&mut self, mistake: FieldError) {
        if self.is_full() {
            self.left_out += 1;
            return;
        }
        let FieldError { pointer, code, detail } = mistake;
        self.listed.push(FieldError {
            pointer: short(pointer, MOST_POINTER),
            code,
            detail: short(detail, MOST_DETAIL),
        });
    }

    /// Whether further ones are only counted.
    pub fn is_full(&self) -> bool {
        self.listed.len() >= MOST_MISTAKES
    }

    /// Counts so many more without listing them.
    pub fn leave_out(&mut self, count: usize) {
        self.left_out += count;
    }

    /// Adds all of others.
    pub fn append(&mut self, others: Self) {
        others.listed.into_iter().for_each(|mistake| self.push(mistake));
        self.left_out += others.left_out;
    }

    /// Those that are listed.
    pub fn listed(&self) -> &[FieldError] {
        &self.listed
    }

    /// How many are not.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// How many there are.
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

/// A text, cut to so many bytes.
pub fn short(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

/// See the file's first lines.
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
    /// 401: what is to be signed is not, or not so that it holds.
    #[error("{0}")]
    BadSignature(&'static str),
    /// 403: a valid key that does not allow this.
    #[error("{0}")]
    Forbidden(String),
    /// 404: nothing of that kind has that id.
    #[error("there is no {kind} {id}")]
    NotFound {
        /// What was looked for, in the words of the API.
        kind: &'static str,
        /// The id as it was asked for.
        id: String,
    },
    /// 405: the path exists, with other methods.
    #[error("this path allows {0}")]
    MethodNotAllowed(String),
    /// 409: the thing is in a state that does not allow this; the detail names the state found.
    #[error("{detail}")]
    Conflict {
        /// What kind of conflict, for programs.
        code: &'static str,
        /// Which state was found, and which would be needed.
        detail: String,
    },
    /// 409: the thing is not in the version that the caller has seen.
    #[error("{kind} is at version {current} now; read it again and decide anew")]
    VersionConflict {
        /// What it is, in the words of the API.
        kind: &'static str,
        /// The version it has: 0 if there is none.
        current: u64,
    },
    /// 413: the body is too large.
    #[error("the body is larger than 1 MiB")]
    TooLarge,
    /// 415: the body is not declared as something that the route takes.
    #[error("the content type must be {0}")]
    UnsupportedMediaType(&'static str),
    /// 415: the body is compressed, which no route takes.
    #[error("the body is compressed; send it as it is, without content-encoding")]
    Compressed,
    /// 429: the key makes more requests than its app allows.
    #[error("this key makes more than {limit} requests a second; wait, or have the app's rate_limit raised")]
    RateLimited {
        /// Requests a second.
        limit: u32,
        /// Whole seconds until there is room again.
        retry_after: u64,
    },
    /// 503: try again; nothing was lost and repeating is safe.
    #[error("temporarily unavailable: {0}")]
    Unavailable(String),
    /// 500: a defect or a wrong deployment; the text is for the log, never for the caller.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// One invalid field.
    pub fn invalid(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid([FieldError { pointer: pointer.into(), code, detail: detail.into() }].into_iter().collect())
    }

    /// Nothing has that id.
    pub fn not_found(kind: &'static str, id: impl ToString) -> Self {
        Self::NotFound { kind, id: id.to_string() }
    }
}
