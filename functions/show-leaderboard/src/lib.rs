//! Boards of competitions: the top, a user's neighbours, a list of friends, a user's own ranks. Reads only; a recount
//! of a large board is ordered from `settle-competition`. A test key sees empty boards, because its scores are on none.

mod asked_board;
mod friends;
mod leaderboard;
mod settled;
mod snapshot;
mod user_competitions;

use aws::Settings;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::id::AppId;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use outbound_queue::Queue;
use store::Store;

use snapshot::Snapshots;

/// One execution environment.
pub struct Environment {
    /// The table, and catalogs in memory.
    pub table: store::Environment,
    /// Boards as they were up to a second ago.
    snapshots: Snapshots,
}

impl Environment {
    /// A fresh environment, as after a cold start. Makes no request.
    pub fn new(store: Store, settings: &Settings) -> Self {
        Self { table: store::Environment::new(store, settings), snapshots: Snapshots::default() }
    }
}

/// Answers one request. Recounts of large boards go to `queue`.
pub async fn handle(
    environment: &Environment,
    queue: &Queue,
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
) -> Result<Response, Error> {
    let request = Request::from(event);
    let limits = &environment.table.rate_limits;
    Ok(http::answer(limits, &request, &invocation, answer(environment, queue, &request, &invocation)).await)
}

/// The context of every route.
struct RequestContext<'a> {
    environment: &'a Environment,
    queue: &'a Queue,
    request: &'a Request,
    app: &'a AppId,
    /// True if the caller's key is a test key.
    test: bool,
    invocation: &'a Invocation,
}

async fn answer(
    environment: &Environment,
    queue: &Queue,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let (app, test) = (&request.app_or_admins()?, request.caller()?.is_test());
    let context = &RequestContext { environment, queue, request, app, test, invocation };
    match request.route() {
        "GET /v1/campaigns/{campaign}/leaderboard" => leaderboard::get(context).await,
        "POST /v1/campaigns/{campaign}/leaderboard/query" => friends::query(context).await,
        "GET /v1/users/{user_id}/competitions" => user_competitions::list(context).await,
        route => Err(Error::not_found("route", route)),
    }
}
