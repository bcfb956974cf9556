//! Rewards that a supplier makes at the moment of need: the page that orders one when its user opens the link
//! (`open_page`), and an app's suppliers (`suppliers_api`, `supplier_body`, `trial`). No other function reads
//! suppliers' credentials or calls suppliers. `redeem-reward` records the opening before, in one conditional write.

mod open_page;
mod supplier_body;
mod suppliers;
mod suppliers_api;
mod trial;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::id::AppId;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use store::Environment;
pub use suppliers::Suppliers;

/// Answers one request.
pub async fn handle(
    environment: &Environment,
    suppliers: &Suppliers,
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
) -> Result<Response, Error> {
    let request = Request::from(event);
    let context = RequestContext { environment, suppliers, request: &request, invocation: &invocation };
    Ok(http::answer(&environment.rate_limits, &request, &invocation, Box::pin(answer(context))).await)
}

/// The context of every route.
#[derive(Clone, Copy)]
struct RequestContext<'a> {
    environment: &'a Environment,
    suppliers: &'a Suppliers,
    request: &'a Request,
    invocation: &'a Invocation,
}

async fn answer(context: RequestContext<'_>) -> Result<Response, Error> {
    let request = context.request;
    if request.route() == "GET /r/{reward_id}/open" {
        return open_page::answer(context).await;
    }
    let app: AppId = request.path_id("app", "app")?;
    request.require_admin_of(&app)?;
    match request.route() {
        "GET /v1/apps/{app}/suppliers" => suppliers_api::list(context, &app).await,
        "GET /v1/apps/{app}/suppliers/{supplier}" => suppliers_api::get(context, &app).await,
        "PUT /v1/apps/{app}/suppliers/{supplier}" => suppliers_api::put(context, &app).await,
        "DELETE /v1/apps/{app}/suppliers/{supplier}" => suppliers_api::delete(context, &app).await,
        "POST /v1/apps/{app}/suppliers/{supplier}/test" => trial::answer(context, &app).await,
        route => Err(Error::not_found("route", route)),
    }
}
