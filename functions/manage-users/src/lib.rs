//! `/v1/users/{user_id}`: a user's profile, devices and rewards, and erasing a user; also for a user's own token. With a test key everything is
//! checked and answered, nothing is stored, and no user is known.

mod devices;
mod export;
mod notifications;
mod preflight;
mod timeline;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::device::Device;
use domain::id::{AppId, UserId};
use domain::locale::Locale;
use domain::marketplace::Marketplaces;
use domain::reward::{Reward, RewardView};
use domain::secret::Attributes;
use domain::time_zone::TimeZone;
use domain::user::Profile;
use domain::user_token::UserRight;
use edge::http::{self, List, Request, Response};
use edge::marketplaces::MarketplaceName;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use invocation::Invocation;
use serde::Serialize;
use store::Environment;
use store::{competitors, reward_changes, rewards, users};

/// Rewards whose URLs are marked as seen at the same time.
const AT_ONCE: usize = 16;

/// Answers one request.
pub async fn handle(
    environment: &Environment,
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
) -> Result<Response, Error> {
    let request = Request::from(event);
    Ok(http::answer(&environment.rate_limits, &request, &invocation, answer(environment, &request, &invocation)).await)
}

/// The context of every route.
struct RequestContext<'a> {
    environment: &'a Environment,
    request: &'a Request,
    app: &'a AppId,
    /// True if the caller's key is a test key: nothing is stored, and no user is known.
    test: bool,
    invocation: &'a Invocation,
}

async fn answer(environment: &Environment, request: &Request, invocation: &Invocation) -> Result<Response, Error> {
    if request.route().starts_with("OPTIONS ") {
        return preflight::answer(environment, request, invocation).await;
    }
    let (app, test) = (&request.app_or_admins()?, request.caller()?.is_test());
    let context = &RequestContext { environment, request, app, test, invocation };
    match request.route() {
        "PUT /v1/users/{user_id}" => put_user(context).await,
        "GET /v1/users/{user_id}" => get_user(context).await,
        "DELETE /v1/users/{user_id}" => erase_user(context).await,
        "GET /v1/users/{user_id}/export" => export::get(context).await,
        "GET /v1/users/{user_id}/timeline" => timeline::get(context).await,
        "GET /v1/users/{user_id}/rewards" => list_rewards(context).await,
        "PUT /v1/users/{user_id}/devices/{device_id}" => devices::put(context).await,
        "DELETE /v1/users/{user_id}/devices/{device_id}" => devices::delete(context).await,
        "GET /v1/users/{user_id}/notifications" => notifications::list(context).await,
        "POST /v1/users/{user_id}/notifications/read" => notifications::mark_read(context).await,
        route => Err(Error::not_found("route", route)),
    }
}

#[derive(Serialize)]
struct UserView {
    user_id: UserId,
    #[serde(flatten)]
    profile: ProfileView,
    devices: Vec<devices::DeviceView>,
}

/// A profile as the API shows it.
#[derive(Serialize)]
struct ProfileView {
    marketplace: Option<String>,
    locale: Option<String>,
    time_zone: Option<TimeZone>,
    attributes: Attributes,
}

impl From<Profile> for ProfileView {
    fn from(Profile { marketplace, locale, time_zone, attributes }: Profile) -> Self {
        Self { marketplace, locale, time_zone, attributes }
    }
}

fn user_view(user_id: UserId, profile: Profile, devices: Vec<Device>) -> UserView {
    let devices = devices.into_iter().map(devices::DeviceView::from).collect();
    UserView { user_id, profile: profile.into(), devices }
}

async fn put_user(context: &RequestContext<'_>) -> Result<Response, Error> {
    let &RequestContext { environment, request, app, test, invocation } = context;
    let user_id: UserId = request.new_path_id("user_id")?;
    let mut profile = request.json(|fields| {
        let marketplace = fields.optional::<MarketplaceName>("marketplace").map(|name| name.0);
        let locale = fields.optional::<Locale>("locale").map(|locale| locale.0);
        let time_zone = fields.optional::<TimeZone>("time_zone");
        let attributes = fields.optional::<Attributes>("attributes").unwrap_or_default();
        Some(Profile { marketplace, locale, time_zone, attributes })
    })?;
    if let Some(name) = profile.marketplace.take() {
        let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
        let unknown = || Error::invalid("/marketplace", "invalid_marketplace", Marketplaces::mistake_of_user(&name));
        profile.marketplace = Some(catalog.marketplace(&name).ok_or_else(unknown)?);
    }
    if test {
        return Ok(http::json(200, &user_view(user_id, profile, Vec::new())));
    }
    users::put_profile(&environment.store, app, &user_id, &profile, invocation.now).await?;
    let devices = store::devices::list(&environment.store, app, &user_id, invocation.now).await?;
    Ok(http::json(200, &user_view(user_id, profile, devices)))
}

async fn get_user(context: &RequestContext<'_>) -> Result<Response, Error> {
    let &RequestContext { environment, request, app, test, invocation } = context;
    let user_id: UserId = request.path_id("user_id", "user")?;
    if test {
        return Err(Error::not_found("user", user_id));
    }
    let profile = users::profile(&environment.store, app, &user_id).await?;
    let devices = store::devices::list(&environment.store, app, &user_id, invocation.now).await?;
    if profile.is_none() && devices.is_empty() {
        return Err(Error::not_found("user", user_id));
    }
    Ok(http::json(200, &user_view(user_id, profile.unwrap_or_default(), devices)))
}

/// Fails if a user asks with a user token for what the app does not let its users do.
async fn check_right(context: &RequestContext<'_>, right: UserRight) -> Result<(), Error> {
    let &RequestContext { environment, request, app, invocation, .. } = context;
    if request.user().is_none() {
        return Ok(());
    }
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    if catalog.app.users_may.contains(&right) {
        return Ok(());
    }
    let right = right.as_str();
    Err(Error::Forbidden(format!(
        "the app does not let its users do this with their own tokens: have its backend do it, or an admin add {right} to \
         the app's users_may"
    )))
}

/// Fails if an admin has decided about the user in a competition: an erasure would take that back, and the user could
/// begin again.
async fn check_decisions(context: &RequestContext<'_>, user: &UserId) -> Result<(), Error> {
    let &RequestContext { environment, app, invocation, .. } = context;
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    for campaign in catalog.campaigns.iter().filter(|campaign| campaign.competition.is_some()) {
        if competitors::get(&environment.store, app, &campaign.campaign_id, user).await?.is_some() {
            let detail = "an admin has decided about this user in a competition: have the app's backend erase the user";
            return Err(Error::Conflict { code: "user_under_decision", detail: detail.to_owned() });
        }
    }
    Ok(())
}

/// Answers 204 whether or not the user was known: after it, nothing is known.
async fn erase_user(context: &RequestContext<'_>) -> Result<Response, Error> {
    check_right(context, UserRight::Erase).await?;
    let &RequestContext { environment, request, app, test, .. } = context;
    let user_id: UserId = request.path_id("user_id", "user")?;
    if request.user().is_some() && !test {
        check_decisions(context, &user_id).await?;
    }
    if !test && users::erase(&environment.store, app, &user_id).await? {
        tracing::info!(app.id = %app, "user erased");
    }
    Ok(http::empty(204))
}

/// Returns the rewards to show: from here on, their URLs count as seen. Leaves out a reward that is gone at this
/// moment.
async fn seen(context: &RequestContext<'_>, rewards: Vec<Reward>) -> Result<Vec<Reward>, Error> {
    let unseal = |reward: Reward| async move {
        reward_changes::unseal(&context.environment.store, &reward, context.invocation.now).await
    };
    let seen: Vec<Option<Reward>> =
        stream::iter(rewards.into_iter().map(unseal)).buffered(AT_ONCE).try_collect().await?;
    Ok(seen.into_iter().flatten().collect())
}

async fn list_rewards(context: &RequestContext<'_>) -> Result<Response, Error> {
    let &RequestContext { environment, request, app, test, invocation } = context;
    let user_id: UserId = request.path_id("user_id", "user")?;
    let page = request.page()?;
    if test {
        return Ok(http::json(200, &List::<RewardView> { data: Vec::new(), cursor: None }));
    }
    let catalog = environment.catalogs.of(&environment.store, app, invocation.now).await?;
    let (found, cursor) = rewards::list(&environment.store, app, &user_id, page.limit, page.cursor.as_deref()).await?;
    let found = seen(context, found).await?;
    let public_url = environment.public_url.of(&catalog);
    let view = |reward: &Reward| RewardView::known(reward, &catalog, public_url, invocation.now);
    Ok(http::json(200, &List { data: found.iter().map(view).collect(), cursor }))
}
