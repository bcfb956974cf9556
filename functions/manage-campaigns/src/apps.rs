//! Apps: the tenants.

use domain::Error;
use domain::app::App;
use domain::id::{Action, AppId};
use domain::identity::{Caller, Scope};
use domain::marketplace::Marketplaces;
use domain::origin::Origin;
use domain::rate_limit::RateLimit;
use domain::user_token::UserRight;
use edge::fields::{Fields, Text, Whole};
use edge::http::{self, List, Response};
use edge::marketplaces;
use rewarding::Environment;
use serde::Serialize;
use store::apps;
use store::catalogs;

use crate::RequestContext;
use crate::app_settings::{self, Settings};

#[derive(Serialize)]
struct AppView {
    app_id: AppId,
    name: String,
    rate_limit: RateLimit,
    marketplaces: Marketplaces,
    cors_origins: Vec<Origin>,
    client_actions: Vec<Action>,
    users_may: Vec<UserRight>,
    version: u64,
}

impl From<App> for AppView {
    fn from(app: App) -> Self {
        let App { app_id, name, rate_limit, marketplaces, cors_origins, client_actions, users_may, version, .. } = app;
        Self { app_id, name, rate_limit, marketplaces, cors_origins, client_actions, users_may, version }
    }
}

pub(crate) async fn put(context: RequestContext<'_>) -> Result<Response, Error> {
    let (name, rate_limit, marketplaces, for_users) = context.request.json(|fields| {
        let name = fields.required::<Text<200>>("name");
        let rate_limit = fields.optional_object("rate_limit", rate_limit);
        let declares = fields.value("marketplaces").is_some();
        let marketplaces = marketplaces::read(fields, "marketplaces");
        let for_users = app_settings::read(fields);
        Some((name?.0, rate_limit, marketplaces.map(|read| declares.then_some(read))?, for_users?))
    })?;
    let store = &context.environment.store;
    let before = apps::get(store, context.app).await?;
    let public_url = context.environment.public_url.or(context.request.public_url());
    let version = before.as_ref().map_or(1, |before| before.version + 1);
    // A body without a setting, for example to change the name, leaves it as it is.
    let rate_limit = rate_limit.or(before.as_ref().map(|before| before.rate_limit)).unwrap_or_default();
    let marketplaces = marketplaces.or(before.as_ref().map(|before| before.marketplaces.clone())).unwrap_or_default();
    let Settings { cors_origins, client_actions, users_may } = for_users.over(before.as_ref())?;
    let app_id = context.app.clone();
    let app =
        App { app_id, name, public_url, rate_limit, marketplaces, cors_origins, client_actions, users_may, version };
    if let Some(before) = &before
        && (App { version, ..before.clone() }) == app
    {
        // The same again: there is nothing to write, and a repetition gets the answer of the first call.
        return Ok(http::versioned(&AppView::from(before.clone()), before.version));
    }
    if let Some(before) = before.as_ref().filter(|before| before.marketplaces != app.marketplaces) {
        check_marketplaces(context, before, &app).await?;
    }
    context.request.expect_version("the app", before.map(|before| before.version))?;
    match apps::put(store, &app).await? {
        // In the second case, an earlier attempt wrote the app, and its answer was lost.
        None => Ok(http::versioned(&AppView::from(app), version)),
        Some(found) if found == app => Ok(http::versioned(&AppView::from(app), version)),
        Some(found) => Err(Error::VersionConflict { kind: "the app", current: found.version }),
    }
}

/// Refuses to remove a marketplace, or a country of one, that a reward group or a moment names: its users would lose
/// what the app has promised them. This does not see a group that is put at this very moment; its marketplace then has
/// no users, and awards nothing.
async fn check_marketplaces(context: RequestContext<'_>, before: &App, after: &App) -> Result<(), Error> {
    let catalog = catalogs::current(&context.environment.store, context.app).await?;
    let in_use: Vec<String> = catalog.marketplaces_in_use().cloned().collect();
    let Some(lost) = before.marketplaces.lost(&after.marketplaces, &in_use) else { return Ok(()) };
    let detail = format!(
        "reward groups or moments are valid in marketplaces that would lose {lost}: keep it, and declare another marketplace for what \
         is to come"
    );
    Err(Error::Conflict { code: "state_conflict", detail })
}

fn rate_limit(fields: &mut Fields<'_>) -> Option<RateLimit> {
    let requests_per_second = fields.required::<Whole<1, 100_000>>("requests_per_second");
    let burst = fields.required::<Whole<1, 100_000>>("burst");
    Some(RateLimit { requests_per_second: requests_per_second?.small(), burst: burst?.small() })
}

pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    let app = existing(context).await?;
    let version = app.version;
    Ok(http::versioned(&AppView::from(app), version))
}

/// Lists all apps for the operator, and only its own app for an app's admin.
pub(crate) async fn list(
    environment: &Environment,
    request: &http::Request,
    caller: &Caller,
) -> Result<Response, Error> {
    let page = request.page()?;
    let (apps, cursor) = match (caller.scope, &caller.app_id) {
        (Scope::App | Scope::Partner | Scope::User, _) => return Err(caller.out_of_scope("admin")),
        (Scope::Admin, None) => {
            let after: Option<AppId> = page.cursor_id()?;
            let (apps, last) = apps::list(&environment.store, page.limit, after.as_ref()).await?;
            (apps, last.map(String::from))
        }
        (Scope::Admin, Some(own)) => {
            let shown = page.cursor_id::<AppId>()?.is_some_and(|after| after >= *own);
            let own = if shown { None } else { apps::get(&environment.store, own).await? };
            (own.into_iter().collect(), None)
        }
    };
    Ok(http::json(200, &List { data: apps.into_iter().map(AppView::from).collect(), cursor }))
}

/// Returns the app. Fails with a 404 that names it if there is none.
pub(crate) async fn existing(context: RequestContext<'_>) -> Result<App, Error> {
    apps::get(&context.environment.store, context.app).await?.ok_or_else(|| Error::not_found("app", context.app))
}
