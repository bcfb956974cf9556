//! The admin's API: apps with their API keys and token keys, people with their keys and sessions, reward groups and
//! their stock, campaigns with their states and reports, rewards, webhooks with their deliveries, and partners.

mod activity;
mod amendment;
mod app_settings;
mod apps;
mod campaign_body;
mod campaign_list;
mod campaigns;
mod competition_body;
mod deliveries;
mod diff;
mod export;
mod four_eyes;
mod guards_body;
mod keys;
mod lifecycle;
mod messages_body;
mod partners;
mod people;
mod person_keys;
mod preview;
mod report;
mod review;
mod reward_groups;
mod rewards;
mod secrets;
mod sessions;
mod stock;
mod stock_levels;
mod summary;
mod token_keys;
mod void;
mod webhooks;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::id::AppId;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use rewarding::Environment;
use serde::Serialize;

/// Answers one request.
pub async fn handle(
    environment: &Environment,
    webhooks: &outbound_webhooks::Environment,
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
) -> Result<Response, Error> {
    let request = Request::from(event);
    let answer = answer(environment, webhooks, &request, &invocation);
    Ok(http::answer(&environment.rate_limits, &request, &invocation, answer).await)
}

/// The context of every admin route.
#[derive(Clone, Copy)]
struct RequestContext<'a> {
    environment: &'a Environment,
    webhooks: &'a outbound_webhooks::Environment,
    request: &'a Request,
    app: &'a AppId,
    invocation: &'a Invocation,
}

async fn answer(
    environment: &Environment,
    webhooks: &outbound_webhooks::Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    match request.route() {
        "GET /v1/apps" => return apps::list(environment, request, request.caller()?).await,
        "GET /v1/people" => return people::list(environment, request).await,
        "PUT /v1/people/{person}" => return people::put(environment, request, invocation).await,
        "GET /v1/people/{person}" => return people::get(environment, request).await,
        "DELETE /v1/people/{person}" => return people::delete(environment, request, invocation).await,
        "GET /v1/people/{person}/keys" => return person_keys::list(environment, request).await,
        "POST /v1/people/{person}/keys" => return person_keys::mint(environment, request, invocation).await,
        "DELETE /v1/people/{person}/keys/{key}" => return person_keys::revoke(environment, request, invocation).await,
        "POST /v1/sessions" => return sessions::open(environment, request, invocation).await,
        "GET /v1/session" => return sessions::show(request),
        "DELETE /v1/session" => return sessions::close(environment, request).await,
        "GET /v1/rewards/{reward_id}" => return rewards::get(environment, request, invocation).await,
        "POST /v1/rewards/{reward_id}/void" => return void::void(environment, request, invocation).await,
        "POST /v1/rewards/{reward_id}/replace" => return void::replace(environment, request, invocation).await,
        "POST /v1/rewards/{reward_id}/release" => return review::release(environment, request, invocation).await,
        _ => {}
    }
    // A header that cannot be read is a mistake, also where nothing is to be written.
    request.if_match()?;
    let creates = request.route() == "PUT /v1/apps/{app}";
    let app = if creates { request.new_path_id("app")? } else { request.path_id("app", "app")? };
    request.require_admin_of(&app)?;
    let context = RequestContext { environment, webhooks, request, app: &app, invocation };
    match request.route() {
        "PUT /v1/apps/{app}" => apps::put(context).await,
        "GET /v1/apps/{app}" => apps::get(context).await,
        "GET /v1/apps/{app}/keys" => keys::list(context).await,
        "POST /v1/apps/{app}/keys" => keys::mint(context).await,
        "POST /v1/apps/{app}/keys/{key}/rotate" => keys::rotate(context).await,
        "DELETE /v1/apps/{app}/keys/{key}" => keys::revoke(context).await,
        "GET /v1/apps/{app}/token-keys" => token_keys::list(context).await,
        "PUT /v1/apps/{app}/token-keys/{token_key}" => token_keys::put(context).await,
        "GET /v1/apps/{app}/token-keys/{token_key}" => token_keys::get(context).await,
        "DELETE /v1/apps/{app}/token-keys/{token_key}" => token_keys::delete(context).await,
        "GET /v1/apps/{app}/webhooks" => webhooks::list(context).await,
        "PUT /v1/apps/{app}/webhooks/{webhook}" => webhooks::put(context).await,
        "GET /v1/apps/{app}/webhooks/{webhook}" => webhooks::get(context).await,
        "DELETE /v1/apps/{app}/webhooks/{webhook}" => webhooks::delete(context).await,
        "POST /v1/apps/{app}/webhooks/{webhook}/rotate" => webhooks::rotate(context).await,
        "POST /v1/apps/{app}/webhooks/{webhook}/test" => deliveries::test(context).await,
        "GET /v1/apps/{app}/webhooks/{webhook}/deliveries" => deliveries::list(context).await,
        "POST /v1/apps/{app}/webhooks/{webhook}/deliveries/{delivery}/replay" => deliveries::replay(context).await,
        "GET /v1/apps/{app}/partners" => partners::list(context).await,
        "PUT /v1/apps/{app}/partners/{partner}" => partners::put(context).await,
        "GET /v1/apps/{app}/partners/{partner}" => partners::get(context).await,
        "DELETE /v1/apps/{app}/partners/{partner}" => partners::delete(context).await,
        "POST /v1/apps/{app}/partners/{partner}/rotate" => partners::rotate(context).await,
        "PUT /v1/apps/{app}/campaigns/{campaign}" => campaigns::put(context).await,
        "GET /v1/apps/{app}/campaigns/{campaign}" => campaigns::get(context).await,
        "GET /v1/apps/{app}/campaigns" => campaign_list::list(context).await,
        "GET /v1/apps/{app}/campaign-summaries" => campaign_list::summaries(context).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/submit" => lifecycle::submit(context).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/approve" => lifecycle::approve(context).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/reject" => lifecycle::reject(context).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/suspend" => lifecycle::suspend(context).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/resume" => lifecycle::resume(context).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/history" => campaigns::history(context).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/diff" => diff::get(context).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/summary" => summary::get(context).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/activity" => activity::get(context).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/reviews" => review::list(context).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/report" => report::get(context).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/rewards" => export::list(context).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/messages/preview" => preview::post(context).await,
        "PUT /v1/apps/{app}/reward-groups/{group}" => reward_groups::put(context).await,
        "GET /v1/apps/{app}/reward-groups/{group}" => reward_groups::get(context).await,
        "GET /v1/apps/{app}/reward-groups" => reward_groups::list(context).await,
        "POST /v1/apps/{app}/reward-groups/{group}/stock" => stock::load(context).await,
        "GET /v1/apps/{app}/reward-groups/{group}/stock" => stock_levels::get(context).await,
        "POST /v1/apps/{app}/reward-groups/{group}/stock/retire" => stock::retire(context).await,
        "GET /v1/apps/{app}/users/{user_id}/rewards" => rewards::of_user(context).await,
        "POST /v1/apps/{app}/stock/lookup" => rewards::look_up(context).await,
        route => Err(Error::not_found("route", route)),
    }
}

/// One page of an app's groups, which stand sorted by id: the cursor is the last id shown.
fn page_of<T: Serialize>(
    context: RequestContext<'_>,
    all: Vec<T>,
    id: impl Fn(&T) -> &str,
) -> Result<http::List<T>, Error> {
    let page = context.request.page()?;
    let rest = all.into_iter().filter(|entry| page.cursor.as_deref().is_none_or(|after| id(entry) > after));
    Ok(http::List::of(rest.collect(), &page, false, |last| id(last).to_owned()))
}
