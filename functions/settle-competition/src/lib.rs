//! Settles competitions: freezes boards whose window has ended, counts them, and gives the prizes. The schedule
//! (`ended_windows`) finds the boards, a queue carries each of them from step to step (`board_work`).

mod board_work;
mod bracket_entrants;
mod bracket_prizes;
mod bracket_results;
mod bracket_view;
mod brackets_api;
mod competitors_api;
mod count;
mod ended_windows;
mod merge;
mod pay;
mod results;
mod settle;
mod settlement_api;
mod settlement_view;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::Error;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use outbound_queue::{Queue, queue_batch};
use rewarding::Environment;
use serde::{Deserialize, Serialize};
use store::boards::BoardId;
use store::ladders;
use triggers::schedule::Scheduled;

use board_work::{BoardWork, Work};

/// The events that invoke this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Boards.
    Queue(SqsEvent),
    /// The schedule of `template.yaml`.
    Scheduled(Scheduled),
    /// A request.
    Http(Box<ApiGatewayV2httpRequest>),
}

/// The answer to each kind of event.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The messages that must come again.
    Queue(SqsBatchResponse),
    /// The empty answer to the schedule.
    Done {},
    /// The HTTP response.
    Http(Box<Response>),
}

/// Answers one request, handles a batch of the queue, or makes one call of the schedule.
pub async fn handle(
    environment: &Environment,
    queue: &Queue,
    event: Event,
    invocation: Invocation,
) -> Result<Answer, Error> {
    match event {
        Event::Queue(event) => {
            let work = |message| work(environment, queue, message, &invocation);
            let hold_up = |_| std::future::ready(());
            Ok(Answer::Queue(queue_batch::settle(&event.records, &invocation, work, hold_up).await))
        }
        Event::Scheduled(schedule) => {
            schedule.conclude(invocation.in_time(ended_windows::look(environment, queue, &invocation)).await);
            Ok(Answer::Done {})
        }
        Event::Http(event) => {
            let request = Request::from(*event);
            let answer = route(environment, queue, &request, &invocation);
            Ok(Answer::Http(Box::new(http::answer(&environment.rate_limits, &request, &invocation, answer).await)))
        }
    }
}

/// Does the work that one message of the queue asks for.
async fn work(
    environment: &Environment,
    queue: &Queue,
    message: &SqsMessage,
    invocation: &Invocation,
) -> Result<(), Error> {
    let work = BoardWork::read(message.body.as_deref().unwrap_or_default())?;
    match work.work {
        Work::Settle => settle::go_on(environment, queue, work.board(), invocation).await,
        Work::Recount => recount(environment, work.board(), invocation).await,
    }
}

/// Counts the ranks of a large running board anew, for whoever looks at it.
async fn recount(environment: &Environment, board: BoardId<'_>, invocation: &Invocation) -> Result<(), Error> {
    let (store, now) = (&environment.store, invocation.by_now());
    let catalog = environment.catalogs.of(store, board.app, now).await?;
    let competition = catalog.campaign(board.campaign)?.competition.as_ref();
    if let Some(competition) = competition {
        let ladder = ladders::recount(store, board, competition.score, now).await?;
        tracing::info!(
            app.id = %board.app, campaign.id = %board.campaign, board.window = %board.window,
            board.players = ladder.players, "board recounted"
        );
    }
    Ok(())
}

/// Answers a request. Each group of routes has a file of its own.
async fn route(
    environment: &Environment,
    queue: &Queue,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let below = request.route().split_once("/campaigns/{campaign}/").map_or("", |(_, below)| below);
    match below.split('/').next() {
        Some("settlement") => settlement_api::answer(environment, queue, request, invocation).await,
        Some("bracket") => brackets_api::answer(environment, request, invocation).await,
        Some("competitors") => competitors_api::answer(environment, queue, request, invocation).await,
        _ => Err(Error::not_found("route", request.route())),
    }
}
