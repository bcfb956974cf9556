//! The common parts of webhooks and partners: a secret that is shown once and can be rotated, and a version by which
//! two admins do not undo each other's changes.

use domain::Error;
use domain::webhook::OVERLAP;
use edge::fields::Whole;
use edge::http::{self, Response};
use jiff::SignedDuration;
use serde::Serialize;

use crate::RequestContext;

/// Fails if a write was refused, unless an earlier attempt of this very write succeeded. `found` is the stored item,
/// with its version.
pub(crate) fn written<T: PartialEq>(kind: &'static str, found: Option<(u64, T)>, wanted: &T) -> Result<(), Error> {
    match found {
        Some((_, found)) if found == *wanted => Ok(()),
        found => Err(Error::VersionConflict { kind, current: found.map_or(0, |(version, _)| version) }),
    }
}

/// Answers 201 with the new item and its secret, which is shown this once.
pub(crate) fn made(view: &impl Serialize, version: u64) -> Response {
    let mut response = http::versioned(view, version);
    response.status_code = 201;
    response
}

/// Returns the time for which the old secret is valid beside the new one.
pub(crate) fn overlap(context: RequestContext<'_>) -> Result<SignedDuration, Error> {
    context.request.json_or_nothing(|fields| {
        let overlap = fields.optional::<Whole<0, 604_800>>("overlap_seconds");
        Some(overlap.map_or(OVERLAP, |overlap| SignedDuration::from_secs(overlap.0)))
    })
}
