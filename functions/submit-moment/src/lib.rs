//! `POST /v1/moments` and `/v1/moments/batch`: an app reports what its users did. Each event is counted once towards
//! every moment it matches, and what it completes is rewarded in the same invocation. If this function dies in between,
//! `follow-rewards` finishes from the stream.

mod body;
mod count;
mod guards;
mod known_user;
mod score;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::error::FieldError;
use domain::id::EventId;
use domain::request_mode::RequestMode;
use edge::http::{self, Request, Response};
use edge::problem::{self, Problem};
use edge::{answer_size, json};
use futures_util::StreamExt as _;
use futures_util::stream;
use invocation::Invocation;
use rewarding::Environment;
use rewarding::outcome::Outcome;
use serde::Serialize;
use serde_json::Value;

use body::Event;
use count::Submission;

/// Moments in one batch.
const MAX_BATCH: usize = 100;

/// The warning for a caller who gives two events one id.
const EVENT_DIFFERS: &str = "an event with this id was counted before, with another quantity, time or other attributes; this one \
                             does not count: give each event an id of its own";

/// Users of one batch whose moments are counted at the same time.
const USERS_AT_ONCE: usize = 16;

/// Campaigns that are counted at the same time, over all users: as many connections as an environment opens to the
/// table.
const CAMPAIGNS_AT_ONCE: usize = 32;

/// Answers one request.
pub async fn handle(
    environment: &Environment,
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
) -> Result<Response, Error> {
    let request = Request::from(event);
    Ok(http::answer(&environment.rate_limits, &request, &invocation, route(environment, &request, &invocation)).await)
}

async fn route(environment: &Environment, request: &Request, invocation: &Invocation) -> Result<Response, Error> {
    let mode = request.mode()?;
    match request.route() {
        "POST /v1/moments" => {
            let app = request.caller()?.app_or_user()?;
            let event = request.json(|fields| match request.user() {
                Some(user) => body::own_event(fields, user),
                None => body::event(fields, app, invocation.now),
            })?;
            let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
            if request.user().is_some() {
                check_client_action(&catalog, &event)?;
            }
            let share = Share { room: answer_size::MAX_BYTES, at_once: CAMPAIGNS_AT_ONCE };
            Ok(http::json(200, &submit(environment, &catalog, mode, share, event, invocation).await?))
        }
        "POST /v1/moments/batch" => {
            let app = request.caller()?.app()?;
            let entries = request.document()?.entries("moments", 1..=MAX_BATCH)?;
            let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
            Ok(http::json(200, &submit_batch(environment, &catalog, mode, &entries, invocation).await))
        }
        route => Err(Error::not_found("route", route)),
    }
}

/// Fails for an action that the app does not let its users' clients report. A client can lie.
fn check_client_action(catalog: &Catalog, event: &Event) -> Result<(), Error> {
    if catalog.app.client_actions.contains(&event.action) {
        return Ok(());
    }
    Err(Error::Forbidden(format!(
        "a user token may not report the action {}: have the app's backend report it, or an admin add it to the app's \
         client_actions",
        event.action
    )))
}

/// The share of a request's resources that one event may use.
#[derive(Clone, Copy)]
struct Share {
    /// Bytes of the answer, for its outcomes.
    room: usize,
    /// Campaigns that are counted side by side.
    at_once: usize,
}

/// The answer to one event.
#[derive(Serialize)]
struct Submitted {
    event_id: EventId,
    duplicate: bool,
    outcomes: Vec<Outcome>,
    /// The number of outcomes that the answer has no room for. They hold all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcomes_left_out: Option<usize>,
    /// The parts of the event that were ignored, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<FieldError>,
}

async fn submit(
    environment: &Environment,
    catalog: &Catalog,
    mode: RequestMode,
    share: Share,
    mut event: Event,
    invocation: &Invocation,
) -> Result<Submitted, Error> {
    event.user.resolve_marketplace(catalog);
    let counted = count::count(environment, catalog, mode, &event, share.at_once, invocation);
    let Submission { duplicate, differs, mut outcomes } = invocation.in_time(counted).await?;
    let left_out = answer_size::cut(&mut outcomes, share.room);
    let outcomes_left_out = Some(left_out).filter(|left_out| *left_out > 0);
    let mut warnings = event.user.warnings;
    if differs {
        warnings.push(FieldError::new(event.event_id_at, "event_differs", EVENT_DIFFERS));
    }
    Ok(Submitted { event_id: event.event_id, duplicate, outcomes, outcomes_left_out, warnings })
}

#[derive(Serialize)]
struct Batch {
    results: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Submitted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Submits each entry by itself: one that is refused does not touch the others. The moments of one user are counted in
/// the order given; different users at the same time.
async fn submit_batch(
    environment: &Environment,
    catalog: &Catalog,
    mode: RequestMode,
    entries: &[json::Entry],
    invocation: &Invocation,
) -> Batch {
    let mut users: Vec<(String, Vec<usize>)> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let user = entry.value.get("user_id").and_then(Value::as_str).unwrap_or_default();
        match users.iter_mut().find(|(known, _)| known == user) {
            Some((_, indexes)) => indexes.push(index),
            None => users.push((user.to_owned(), vec![index])),
        }
    }
    // Each event has its share of the answer, so a large one leaves out nothing of another.
    let users_at_once = USERS_AT_ONCE.min(users.len());
    let share = Share { room: answer_size::MAX_BYTES / entries.len(), at_once: CAMPAIGNS_AT_ONCE / users_at_once };
    let one_user = |(_, indexes): (String, Vec<usize>)| async move {
        let mut results = Vec::with_capacity(indexes.len());
        for index in indexes {
            let pointer = format!("/moments/{index}");
            let app = &catalog.app.app_id;
            let event = entries[index].read(&pointer, |fields| body::event(fields, app, invocation.now));
            let result = match event {
                Ok(event) => submit(environment, catalog, mode, share, event, invocation).await,
                Err(error) => Err(error),
            };
            results.push((index, entry(result, invocation)));
        }
        results
    };
    let mut results: Vec<(usize, Entry)> =
        stream::iter(users).map(one_user).buffer_unordered(users_at_once).concat().await;
    results.sort_by_key(|(index, _)| *index);
    Batch { results: results.into_iter().map(|(_, entry)| entry).collect() }
}

fn entry(result: Result<Submitted, Error>, invocation: &Invocation) -> Entry {
    match result {
        Ok(submitted) => Entry { status: 200, body: Some(submitted), problem: None },
        Err(error) => {
            let problem = problem::report(&error, &invocation.request_id);
            Entry { status: problem.status, body: None, problem: Some(problem) }
        }
    }
}
