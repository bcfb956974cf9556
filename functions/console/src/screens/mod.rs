//! The screens, a file for each with its template under `templates/`. To add one: its file here, its addresses in
//! [`show`], its link in `templates/base.html` or on the screen that leads to it, its texts in every file of `texts/`.

mod app_keys;
mod apps;
mod audit;
mod campaign;
mod campaigns;
mod edit;
mod edit_basics;
mod edit_competition;
mod edit_group;
mod edit_messages;
mod edit_moment;
mod edit_rule;
mod edit_webhook;
mod form_page;
mod group;
mod groups;
mod home;
mod import;
mod live;
mod new_campaign;
mod new_secret;
mod order;
mod order_steps;
mod orders;
mod people;
mod person;
mod person_keys;
mod provider;
mod results;
mod review;
mod reviews;
mod reward;
mod reward_steps;
mod rules;
pub(crate) mod sign_in;
mod support;
mod webhook;
mod webhook_steps;
mod webhooks;

use edge::http::Response;

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
        (false, ["sign-in"]) => Ok(sign_in::show(visit).await),
        (false, ["sign-in", "provider"]) => provider::begin(visit).await,
        (false, ["sign-in", "callback"]) => Ok(provider::complete(visit).await),
        (true, ["sign-in"]) => Box::pin(sign_in::take(visit)).await,
        (true, ["sign-out"]) => sign_in::sign_out(visit).await,
        (true, ["language"]) => sign_in::choose_language(visit),
        (false, ["apps"]) => apps::show(visit).await,
        (false, ["apps", app]) => home::show(visit, app).await,
        (false, ["apps", app, "campaigns"]) => campaigns::show(visit, app).await,
        (false, ["apps", app, "new-campaign"]) => new_campaign::show(visit, app).await,
        (true, ["apps", app, "new-campaign"]) => new_campaign::take(visit, app).await,
        (_, ["apps", app, "campaigns", campaign, rest @ ..]) => of_campaign(visit, Place { app, campaign }, rest).await,
        (_, ["apps", app, rest @ ..]) => of_app(visit, app, rest).await,
        (_, rest @ (["people", ..] | ["new-person"])) => of_people(visit, rest).await,
        _ => Err(Refusal::NotFound),
    }
}

async fn of_app(visit: &Visit<'_>, app: &str, rest: &[&str]) -> Result<Response, Refusal> {
    match (visit.is_post, rest) {
        (false, ["support"]) => support::show(visit, app).await,
        (false, ["rewards", reward]) => reward::show(visit, app, reward).await,
        (_, ["rewards", reward, step]) => reward_steps::handle(visit, app, reward, step).await,
        (false, ["reward-groups"]) => groups::show(visit, app).await,
        (_, ["new-reward-group"]) => edit_group::make(visit, app).await,
        (false, ["reward-groups", group]) => group::show(visit, app, group).await,
        (_, ["reward-groups", group, "edit"]) => edit_group::edit(visit, app, group).await,
        (false, ["reward-groups", group, "import"]) => import::show(visit, app, group).await,
        (true, ["reward-groups", group, "import"]) => import::take(visit, app, group).await,
        (false, ["orders"]) => orders::show(visit, app).await,
        (false, ["orders", reward]) => order::show(visit, app, reward).await,
        (_, ["orders", reward, step]) => order_steps::handle(visit, app, reward, step).await,
        (false, ["audit"]) => audit::show(visit, app).await,
        _ => of_owners(visit, app, rest).await,
    }
}

async fn of_owners(visit: &Visit<'_>, app: &str, rest: &[&str]) -> Result<Response, Refusal> {
    match (visit.is_post, rest) {
        (false, ["keys"]) => app_keys::show(visit, app).await,
        (_, ["new-key"]) => app_keys::mint(visit, app).await,
        (_, ["keys", key, "revoke"]) => app_keys::revoke(visit, app, key).await,
        (false, ["webhooks"]) => webhooks::show(visit, app).await,
        (_, ["new-webhook"]) => edit_webhook::make(visit, app).await,
        (false, ["webhooks", webhook]) => webhook::show(visit, app, webhook).await,
        (_, ["webhooks", webhook, "edit"]) => edit_webhook::edit(visit, app, webhook).await,
        (true, ["webhooks", webhook, "test"]) => webhook_steps::test(visit, app, webhook).await,
        (true, ["webhooks", webhook, "replay"]) => webhook_steps::replay(visit, app, webhook).await,
        (_, ["webhooks", webhook, step]) => webhook_steps::handle(visit, app, webhook, step).await,
        _ => Err(Refusal::NotFound),
    }
}

async fn of_people(visit: &Visit<'_>, path: &[&str]) -> Result<Response, Refusal> {
    match (visit.is_post, path) {
        (false, ["people"]) => people::show(visit).await,
        (_, ["new-person"]) => person::make(visit).await,
        (_, ["people", person]) => person::handle(visit, person).await,
        (_, ["people", person, "delete"]) => person::delete(visit, person).await,
        (true, ["people", person, "keys"]) => person_keys::mint(visit, person).await,
        (_, ["people", person, "keys", key, "revoke"]) => person_keys::revoke(visit, person, key).await,
        _ => Err(Refusal::NotFound),
    }
}

async fn of_campaign(visit: &Visit<'_>, place: Place<'_>, rest: &[&str]) -> Result<Response, Refusal> {
    match (visit.is_post, rest) {
        (false, []) => campaign::show(visit, place).await,
        (false, ["reviews"]) => reviews::show(visit, place).await,
        (false, ["live"]) => live::show(visit, place).await,
        (false, ["results"]) => results::show(visit, place).await,
        (false, ["review"]) => review::show(visit, place).await,
        (true, ["review"]) => review::take(visit, place).await,
        (_, ["basics"]) => edit::handle(visit, place, edit_basics::Basics).await,
        (_, ["messages"]) => edit::handle(visit, place, edit_messages::CampaignMessages).await,
        (_, ["competition"]) => edit::handle(visit, place, edit_competition::Competition).await,
        (false, ["rules"]) => rules::show(visit, place).await,
        (_, ["rules", rule @ ..]) => edit::handle(visit, place, edit_rule::Rule::of(rule)?).await,
        (_, ["moments", number]) => edit::handle(visit, place, edit_moment::Moment::of(number)?).await,
        _ => Err(Refusal::NotFound),
    }
}
