//! Physical rewards after the award: a page and an API ask the user where to (`address`, `address_form_page`, `form`, held to the
//! rules of the country by `regions` and `rules`), partners claim the orders and tell how far they are (`orders_api`,
//! `order_action`, `import`), and a schedule removes the addresses that nobody needs any more (`removal`). The one function
//! that encrypts and decrypts addresses. Recording the first visit of a redeem link is `redeem-reward`'s business,
//! reminding of a missing address `send-notification`'s.

mod address;
mod address_form_page;
mod form;
mod import;
mod order_action;
mod orders_api;
mod postal_code;
mod regions;
mod removal;
mod rules;
mod table;
mod words;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::id::AppId;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use outbound_kms::AddressCipher;
use serde::{Deserialize, Serialize};
use store::Environment;
use triggers::schedule::Scheduled;

/// What invokes this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// The schedule of `template.yaml`.
    Scheduled(Scheduled),
    /// A request.
    Http(Box<ApiGatewayV2httpRequest>),
}

/// What it answers.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Nothing to say.
    Done {},
    /// The HTTP response.
    Http(Box<Response>),
}

/// Answers one request, or removes addresses.
pub async fn handle(
    environment: &Environment,
    cipher: &AddressCipher,
    event: Event,
    invocation: Invocation,
) -> Result<Answer, Error> {
    match event {
        Event::Scheduled(schedule) => {
            schedule.conclude(invocation.whole_in_time(removal::remove_due(environment, &invocation)).await);
            Ok(Answer::Done {})
        }
        Event::Http(event) => {
            let request = Request::from(*event);
            let context = RequestContext { environment, cipher, request: &request, invocation: &invocation };
            Ok(Answer::Http(Box::new(
                http::answer(&environment.rate_limits, &request, &invocation, answer(context)).await,
            )))
        }
    }
}

/// What every route works with.
#[derive(Clone, Copy)]
struct RequestContext<'a> {
    environment: &'a Environment,
    cipher: &'a AddressCipher,
    request: &'a Request,
    invocation: &'a Invocation,
}

async fn answer(context: RequestContext<'_>) -> Result<Response, Error> {
    let request = context.request;
    match request.route() {
        "GET /r/{reward_id}/address" => return address_form_page::show(context).await,
        "POST /r/{reward_id}/address" => return address_form_page::take(context).await,
        "PUT /v1/rewards/{reward_id}/address" => return address::put(context).await,
        "GET /v1/rewards/{reward_id}/address" => return address::get(context).await,
        _ => {}
    }
    let app: AppId = request.path_id("app", "app")?;
    request.caller()?.require_orders_of(&app)?;
    match request.route() {
        "GET /v1/apps/{app}/orders" => orders_api::list(context, &app).await,
        "GET /v1/apps/{app}/orders/{reward_id}" => orders_api::get(context, &app).await,
        "POST /v1/apps/{app}/orders/import" => import::take(context, &app).await,
        "POST /v1/apps/{app}/orders/{reward_id}/claim" => orders_api::claim(context, &app).await,
        "POST /v1/apps/{app}/orders/{reward_id}/ship" => orders_api::ship(context, &app).await,
        "POST /v1/apps/{app}/orders/{reward_id}/deliver" => orders_api::deliver(context, &app).await,
        "POST /v1/apps/{app}/orders/{reward_id}/return" => orders_api::give_back(context, &app).await,
        "POST /v1/apps/{app}/orders/{reward_id}/lose" => orders_api::lose(context, &app).await,
        route => Err(Error::not_found("route", route)),
    }
}
