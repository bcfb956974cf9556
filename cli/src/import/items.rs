//! `moments stock import --count`: items of a physical group, which need no URL of their own. Each is a numbered URL that
//! opens nothing and is shown to nobody, so the same count again changes nothing, and a higher one adds the difference.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::finish;
use super::journal::Counts;
use crate::api::{Api, AppConnection, Call, Failure, in_path};
use crate::output::{self, number, text};

pub(super) fn load(
    api: &Api,
    connection: &AppConnection,
    group: &str,
    count: u32,
    per_request: u16,
    stop: &AtomicBool,
) -> Result<(), Failure> {
    let (began, app) = (std::time::Instant::now(), connection.app()?);
    let path = format!("/v1/apps/{}/reward-groups/{}", in_path(&app), in_path(group));
    let found = api.call(&Call::get(&path))?;
    if text(&found, "kind") != "physical" {
        let text = format!(
            "--count is for physical groups, but {group} is {}: its users need a URL each",
            text(&found, "kind")
        );
        return Err(Failure::new(2, text));
    }
    let (path, group) = (format!("{path}/stock"), in_path(group));
    let bar = output::progress_bar(count.into(), "{bar:40} {human_pos} of {human_len} items");
    let mut counts = Counts::default();
    for first in (1..=count).step_by(per_request.into()) {
        if stop.load(Ordering::Relaxed) {
            return Err(Failure::new(130, format!("stopped at item {first}; the same command adds the rest")));
        }
        let last = count.min(first + u32::from(per_request) - 1);
        // The name is reserved (RFC 2606): it never leads anywhere.
        let urls: Vec<_> = (first..=last).map(|item| format!("https://item.invalid/{group}/{item}")).collect();
        let answer = api.call(&Call::post(&path, json!({ "urls": urls })))?;
        counts.accepted += number(&answer, "accepted");
        counts.duplicate += number(&answer, "duplicate");
        counts.invalid += number(&answer, "invalid_count");
        if let Some(bar) = &bar {
            bar.set_position(last.into());
        }
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    finish(api.json, counts, counts.rows(), began)
}
