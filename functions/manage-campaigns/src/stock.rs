//! Loading stock: reward URLs as a JSON list. Every good URL lands even when others are bad, and loading the same list
//! again changes nothing.

use futures_util::StreamExt as _;
use futures_util::stream;
use serde::Serialize;
use shared::Error;
use shared::fields::{FromField, Mistake, Value};
use shared::http::{self, Response};
use shared::id::RewardGroupId;
use shared::reward_group::RewardKind;
use shared::secret::RewardUrl;
use shared::store::{codes, reward_groups};
use tokio::time::Instant;

use crate::Desk;

/// URLs that are written at the same time.
const AT_ONCE: usize = 64;

/// As many as fit into a body.
const MAX_URLS: usize = 100_000;

#[derive(Serialize)]
struct Loaded {
    accepted: u64,
    duplicate: u64,
    invalid: Vec<InvalidLine>,
}

/// A line that was not loaded. It is named by its number, from 1: the text may be a secret.
#[derive(Serialize)]
struct InvalidLine {
    line: usize,
    reason: String,
}

enum Line {
    Accepted,
    Duplicate,
    Invalid(InvalidLine),
}

pub(crate) async fn load(desk: Desk<'_>) -> Result<Response, Error> {
    let urls = desk.request.json(|fields| fields.array("urls", 1..=MAX_URLS))?;
    let group = crate::reward_groups::existing(desk).await?;
    if group.kind == RewardKind::SharedUrl {
        let detail = "a shared_url group has one URL for everyone and no stock; PUT the group to change its url";
        return Err(Error::Conflict { code: "no_stock", detail: detail.into() });
    }
    let (id, began) = (&group.reward_group_id, Instant::now());
    let load = |(index, value): (usize, Value)| async move { line(desk, id, index + 1, &value).await };
    let mut lines = stream::iter(urls.into_iter().enumerate()).map(load).buffer_unordered(AT_ONCE);
    let mut loaded = Loaded { accepted: 0, duplicate: 0, invalid: Vec::new() };
    let mut failure = None;
    while let Some(line) = lines.next().await {
        match line {
            Ok(Line::Accepted) => loaded.accepted += 1,
            Ok(Line::Duplicate) => loaded.duplicate += 1,
            Ok(Line::Invalid(line)) => loaded.invalid.push(line),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    loaded.invalid.sort_unstable_by_key(|invalid| invalid.line);
    // Also for what was there already: an earlier call may have died before it came here. And also after a failure: what
    // landed is for those who wait.
    if loaded.accepted + loaded.duplicate > 0 {
        // As of now, and not of the beginning: loading takes its time, and the index follows from here.
        let now = desk.invocation.now + began.elapsed();
        reward_groups::restocked(&desk.environment.store, desk.app, id, now).await?;
    }
    if let Some(error) = failure {
        return Err(error);
    }
    tracing::info!(
        app.id = %desk.app, group.id = %group.reward_group_id, stock.accepted = loaded.accepted,
        stock.duplicate = loaded.duplicate, stock.invalid = loaded.invalid.len(), "stock loaded"
    );
    Ok(http::json(200, &loaded))
}

async fn line(desk: Desk<'_>, group: &RewardGroupId, line: usize, value: &Value) -> Result<Line, Error> {
    let url = match RewardUrl::from_field(value) {
        Ok(url) => url,
        Err(Mistake(_, reason)) => return Ok(Line::Invalid(InvalidLine { line, reason })),
    };
    if Instant::now() >= desk.invocation.deadline {
        return Err(Error::Unavailable("stock: out of time; load it again, what is there is skipped".into()));
    }
    let accepted = codes::import(&desk.environment.store, desk.app, group, &url, desk.invocation.now).await?;
    Ok(if accepted { Line::Accepted } else { Line::Duplicate })
}
