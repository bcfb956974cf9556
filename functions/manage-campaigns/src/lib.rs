//! The admin's API: apps with their API keys and token keys, people with their keys and sessions, reward groups and
//! their stock, campaigns with their states and reports, rewards, webhooks with their deliveries, and partners.

mod activity;
mod amendment;
mod app_settings;
mod apps;
mod audit;
mod campaign_body;
mod campaign_list;
mod campaigns;
mod competition_body;
mod deliveries;
mod diff;
mod export;
mod forecast;
mod four_eyes;
mod guards_body;
mod keys;
mod lifecycle;
mod messages_body;
mod partners;
mod people;
mod person_identity;
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

use std::pin::Pin;

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
        "GET /v1/people" => return boxed(|| people::list(environment, request)).await,
        "PUT /v1/people/{person}" => return boxed(|| people::put(environment, request, invocation)).await,
        "GET /v1/people/{person}" => return boxed(|| people::get(environment, request)).await,
        "DELETE /v1/people/{person}" => return boxed(|| people::delete(environment, request, invocation)).await,
        "GET /v1/people/{person}/keys" => return boxed(|| person_keys::list(environment, request)).await,
        "POST /v1/people/{person}/keys" => return boxed(|| person_keys::mint(environment, request, invocation)).await,
        "DELETE /v1/people/{person}/keys/{key}" => {
            return boxed(|| person_keys::revoke(environment, request, invocation)).await;
        }
        "POST /v1/sessions" => return boxed(|| sessions::open(environment, request, invocation)).await,
        "GET /v1/session" => return sessions::show(request),
        "DELETE /v1/session" => return boxed(|| sessions::close(environment, request)).await,
        "GET /v1/rewards/{reward_id}" => return boxed(|| rewards::get(environment, request, invocation)).await,
        "POST /v1/rewards/{reward_id}/void" => return boxed(|| void::void(environment, request, invocation)).await,
        "POST /v1/rewards/{reward_id}/replace" => {
            return boxed(|| void::replace(environment, request, invocation)).await;
        }
        "POST /v1/rewards/{reward_id}/release" => {
            return boxed(|| review::release(environment, request, invocation)).await;
        }
        _ => {}
    }
    // A header that cannot be read is a mistake, also where nothing is to be written.
    request.if_match()?;
    let creates = request.route() == "PUT /v1/apps/{app}";
    let app = if creates { request.new_path_id("app")? } else { request.path_id("app", "app")? };
    request.require_admin_of(&app)?;
    let context = RequestContext { environment, webhooks, request, app: &app, invocation };
    Box::pin(audit::recorded(context, of_app(context))).await
}

/// Answers a request about the app in the path.
async fn of_app(context: RequestContext<'_>) -> Result<Response, Error> {
    match context.request.route() {
        "PUT /v1/apps/{app}" => boxed(|| apps::put(context)).await,
        "GET /v1/apps/{app}" => boxed(|| apps::get(context)).await,
        "GET /v1/apps/{app}/audit" => boxed(|| audit::list(context)).await,
        "GET /v1/apps/{app}/keys" => boxed(|| keys::list(context)).await,
        "POST /v1/apps/{app}/keys" => boxed(|| keys::mint(context)).await,
        "POST /v1/apps/{app}/keys/{key}/rotate" => boxed(|| keys::rotate(context)).await,
        "DELETE /v1/apps/{app}/keys/{key}" => boxed(|| keys::revoke(context)).await,
        "GET /v1/apps/{app}/token-keys" => boxed(|| token_keys::list(context)).await,
        "PUT /v1/apps/{app}/token-keys/{token_key}" => boxed(|| token_keys::put(context)).await,
        "GET /v1/apps/{app}/token-keys/{token_key}" => boxed(|| token_keys::get(context)).await,
        "DELETE /v1/apps/{app}/token-keys/{token_key}" => boxed(|| token_keys::delete(context)).await,
        "GET /v1/apps/{app}/webhooks" => boxed(|| webhooks::list(context)).await,
        "PUT /v1/apps/{app}/webhooks/{webhook}" => boxed(|| webhooks::put(context)).await,
        "GET /v1/apps/{app}/webhooks/{webhook}" => boxed(|| webhooks::get(context)).await,
        "DELETE /v1/apps/{app}/webhooks/{webhook}" => boxed(|| webhooks::delete(context)).await,
        "POST /v1/apps/{app}/webhooks/{webhook}/rotate" => boxed(|| webhooks::rotate(context)).await,
        "POST /v1/apps/{app}/webhooks/{webhook}/test" => boxed(|| deliveries::test(context)).await,
        "GET /v1/apps/{app}/webhooks/{webhook}/deliveries" => boxed(|| deliveries::list(context)).await,
        "POST /v1/apps/{app}/webhooks/{webhook}/deliveries/{delivery}/replay" => {
            boxed(|| deliveries::replay(context)).await
        }
        "GET /v1/apps/{app}/partners" => boxed(|| partners::list(context)).await,
        "PUT /v1/apps/{app}/partners/{partner}" => boxed(|| partners::put(context)).await,
        "GET /v1/apps/{app}/partners/{partner}" => boxed(|| partners::get(context)).await,
        "DELETE /v1/apps/{app}/partners/{partner}" => boxed(|| partners::delete(context)).await,
        "POST /v1/apps/{app}/partners/{partner}/rotate" => boxed(|| partners::rotate(context)).await,
        "PUT /v1/apps/{app}/campaigns/{campaign}" => boxed(|| campaigns::put(context)).await,
        "GET /v1/apps/{app}/campaigns/{campaign}" => boxed(|| campaigns::get(context)).await,
        "GET /v1/apps/{app}/campaigns" => boxed(|| campaign_list::list(context)).await,
        "GET /v1/apps/{app}/campaign-summaries" => boxed(|| campaign_list::summaries(context)).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/submit" => boxed(|| lifecycle::submit(context)).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/approve" => boxed(|| lifecycle::approve(context)).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/reject" => boxed(|| lifecycle::reject(context)).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/suspend" => boxed(|| lifecycle::suspend(context)).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/resume" => boxed(|| lifecycle::resume(context)).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/history" => boxed(|| campaigns::history(context)).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/diff" => boxed(|| diff::get(context)).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/forecast" => boxed(|| forecast::get(context)).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/summary" => boxed(|| summary::get(context)).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/activity" => boxed(|| activity::get(context)).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/reviews" => boxed(|| review::list(context)).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/report" => boxed(|| report::get(context)).await,
        "GET /v1/apps/{app}/campaigns/{campaign}/rewards" => boxed(|| export::list(context)).await,
        "POST /v1/apps/{app}/campaigns/{campaign}/messages/preview" => boxed(|| preview::post(context)).await,
        "PUT /v1/apps/{app}/reward-groups/{group}" => boxed(|| reward_groups::put(context)).await,
        "GET /v1/apps/{app}/reward-groups/{group}" => boxed(|| reward_groups::get(context)).await,
        "GET /v1/apps/{app}/reward-groups" => boxed(|| reward_groups::list(context)).await,
        "POST /v1/apps/{app}/reward-groups/{group}/stock" => boxed(|| stock::load(context)).await,
        "GET /v1/apps/{app}/reward-groups/{group}/stock" => boxed(|| stock_levels::get(context)).await,
        "POST /v1/apps/{app}/reward-groups/{group}/stock/retire" => boxed(|| stock::retire(context)).await,
        "GET /v1/apps/{app}/users/{user_id}/rewards" => boxed(|| rewards::of_user(context)).await,
        "POST /v1/apps/{app}/stock/lookup" => boxed(|| rewards::look_up(context)).await,
        route => Err(Error::not_found("route", route)),
    }
}

/// Makes a route's work where it is boxed: unoptimised code would otherwise have the work of all routes on its stack.
fn boxed<'a, Work>(make: impl FnOnce() -> Work) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send + 'a>>
where
    Work: Future<Output = Result<Response, Error>> + Send + 'a,
{
    Box::pin(make())
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
