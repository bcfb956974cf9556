//! The Moments Console: HTML pages for people, rendered from the public API. `visit` reads a request and calls the API
//! with the session in its cookie, `screens` has a file for each screen, `page` what all pages share. The function reads
//! no table: the API alone decides who may do what (`docs/decisions/0061-the-console-calls-the-api.md`).

mod amounts;
mod assets;
mod changes;
mod competition_wording;
mod figures;
mod forecast;
mod form;
mod language;
mod mistakes;
mod page;
mod refusal;
mod reward_wording;
mod rule_rows;
mod rule_wording;
mod screens;
mod session;
mod texts;
mod times;
mod visit;
mod wording;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use edge::http::Response;
use invocation::Invocation;
use outbound_api::Api;

use crate::refusal::Refusal;
use crate::visit::Visit;

/// Answers one request.
pub async fn handle(api: &Api, event: ApiGatewayV2httpRequest, invocation: Invocation) -> Result<Response, Error> {
    let visit = Visit::new(api, event, invocation.now);
    if let Some(asset) = assets::find(&visit) {
        return Ok(asset);
    }
    let answer = async {
        visit.refuse_other_sites()?;
        screens::show(&visit).await
    };
    let answer = invocation.whole_in_time(async { Ok(answer.await) }).await;
    Ok(match answer.unwrap_or(Err(Refusal::Busy(1))) {
        Ok(response) => response,
        Err(refusal) => refusal::show(&visit, &refusal, &invocation.request_id).await,
    })
}
