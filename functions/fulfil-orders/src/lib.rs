//! Physical rewards after the award: users give their address on a page or through the app (`address`,
//! `address_form_page`, `form`, by the rules in `regions` and `rules`), partners claim the orders and report their
//! progress (`orders_api`, `order_action`, `import`), and a schedule removes the addresses that are no longer needed
//! (`removal`). No other function encrypts or decrypts addresses. `redeem-reward` records the first visit of a redeem
//! link, and `send-notification` reminds users of a missing address.

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

/// The events that invoke this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// The schedule of `template.yaml`.
    Scheduled(Scheduled),
    /// A request.
    Http(Box<ApiGatewayV2httpRequest>),
}

/// The answer to each kind of event.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The empty answer to the schedule.
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

/// The context of every route.
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
    request.require_orders_of(&app)?;
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
