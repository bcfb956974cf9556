//! What webhooks and partners have in common: they hold a secret that is shown once and can be rotated, and a version by which
//! two admins do not undo each other.

use domain::Error;
use domain::webhook::OVERLAP;
use edge::fields::Whole;
use edge::http::{self, Response};
use jiff::SignedDuration;
use serde::Serialize;

use crate::RequestContext;

/// Fails if a write was refused, unless it was by what an earlier attempt of this very write has written. `found` is what
/// stands there, with its version.
pub(crate) fn written<T: PartialEq>(kind: &'static str, found: Option<(u64, T)>, wanted: &T) -> Result<(), Error> {
    match found {
        Some((_, found)) if found == *wanted => Ok(()),
        found => Err(Error::VersionConflict { kind, current: found.map_or(0, |(version, _)| version) }),
    }
}

/// 201 with what was made, and with its secret, this once.
pub(crate) fn made(view: &impl Serialize, version: u64) -> Response {
    let mut response = http::versioned(view, version);
    response.status_code = 201;
    response
}

/// For how long the old secret is to hold beside the new one.
pub(crate) fn overlap(context: RequestContext<'_>) -> Result<SignedDuration, Error> {
    context.request.json_or_nothing(|fields| {
        let overlap = fields.optional::<Whole<0, 604_800>>("overlap_seconds");
        Some(overlap.map_or(OVERLAP, |overlap| SignedDuration::from_secs(overlap.0)))
    })
}
