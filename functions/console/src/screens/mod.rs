//! The screens, a file for each with its template under `templates/`. To add one: its file here, its addresses in
//! [`show`], its link in `templates/base.html` or on the screen that leads to it, its texts in every file of `texts/`.

mod apps;
mod campaign;
mod campaigns;
mod edit;
mod edit_basics;
mod edit_messages;
mod edit_moment;
mod edit_rules;
mod live;
mod new_campaign;
mod review;
pub(crate) mod sign_in;

use edge::http::Response;

use crate::page::app_address;
use crate::refusal::Refusal;
use crate::session::lead_to;
use crate::visit::Visit;

/// The campaign of an address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The app.
    pub(crate) app: &'a str,
    /// The campaign.
    pub(crate) campaign: &'a str,
}

impl Place<'_> {
    /// The address of the campaign's pages.
    pub(crate) fn address(&self) -> String {
        crate::page::campaign_address(self.app, self.campaign)
    }

    /// The campaign's path in the API.
    pub(crate) fn path(&self) -> String {
        crate::page::campaign_path(self.app, self.campaign)
    }
}

/// Finds the screen of an address. A form posts to the address that shows it.
pub(crate) async fn show(visit: &Visit<'_>) -> Result<Response, Refusal> {
    let path: Vec<&str> = visit.path.iter().map(String::as_str).collect();
    match (visit.is_post, path.as_slice()) {
        (false, []) => Ok(lead_to(if visit.session.is_some() { "/console/apps" } else { "/console/sign-in" })),
        (false, ["sign-in"]) => Ok(sign_in::show(visit)),
        (true, ["sign-in"]) => Box::pin(sign_in::take(visit)).await,
        (true, ["sign-out"]) => sign_in::sign_out(visit).await,
        (true, ["language"]) => sign_in::choose_language(visit),
        (false, ["apps"]) => apps::show(visit).await,
        (false, ["apps", app]) => Ok(lead_to(&format!("{}/campaigns", app_address(app)))),
        (false, ["apps", app, "campaigns"]) => campaigns::show(visit, app).await,
        (false, ["apps", app, "new-campaign"]) => new_campaign::show(visit, app).await,
        (true, ["apps", app, "new-campaign"]) => new_campaign::take(visit, app).await,
        (_, ["apps", app, "campaigns", campaign, rest @ ..]) => of_campaign(visit, Place { app, campaign }, rest).await,
        _ => Err(Refusal::NotFound),
    }
}

async fn of_campaign(visit: &Visit<'_>, place: Place<'_>, rest: &[&str]) -> Result<Response, Refusal> {
    match (visit.is_post, rest) {
        (false, []) => campaign::show(visit, place).await,
        (false, ["live"]) => live::show(visit, place).await,
        (false, ["review"]) => review::show(visit, place).await,
        (true, ["review"]) => review::take(visit, place).await,
        (_, ["basics"]) => edit::handle(visit, place, &edit_basics::Basics).await,
        (_, ["messages"]) => edit::handle(visit, place, &edit_messages::CampaignMessages).await,
        (_, ["rules"]) => edit::handle(visit, place, &edit_rules::Rules).await,
        (_, ["moments", number]) => edit::handle(visit, place, &edit_moment::Moment::of(number)?).await,
        _ => Err(Refusal::NotFound),
    }
}
