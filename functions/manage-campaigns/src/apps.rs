//! Apps: the tenants.

use domain::Error;
use domain::app::{App, Approval};
use domain::id::{Action, AppId};
use domain::identity::{Caller, Scope};
use domain::marketplace::Marketplaces;
use domain::origin::Origin;
use domain::rate_limit::RateLimit;
use domain::user_token::UserRight;
use edge::fields::{Fields, FromField, Mistake, Text, Value, Whole};
use edge::http::{self, List, PageRequest, Response};
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
    approval: Approval,
    version: u64,
}

impl From<App> for AppView {
    fn from(app: App) -> Self {
        let App { app_id, name, rate_limit, marketplaces, approval, version, .. } = app;
        let App { cors_origins, client_actions, users_may, .. } = app;
        Self { app_id, name, rate_limit, marketplaces, cors_origins, client_actions, users_may, approval, version }
    }
}

pub(crate) async fn put(context: RequestContext<'_>) -> Result<Response, Error> {
    let (name, rate_limit, marketplaces, for_users, approval) = context.request.json(|fields| {
        let name = fields.required::<Text<200>>("name");
        let rate_limit = fields.optional_object("rate_limit", rate_limit);
        let declares = fields.value("marketplaces").is_some();
        let marketplaces = marketplaces::read(fields, "marketplaces");
        let for_users = app_settings::read(fields);
        let approval = fields.optional::<ApprovalField>("approval").map(|approval| approval.0);
        Some((name?.0, rate_limit, marketplaces.map(|read| declares.then_some(read))?, for_users?, approval))
    })?;
    let store = &context.environment.store;
    let before = apps::get(store, context.app).await?;
    let public_url = context.environment.public_url.or(context.request.public_url());
    let version = before.as_ref().map_or(1, |before| before.version + 1);
    // A body without a setting, for example to change the name, leaves it as it is.
    let rate_limit = rate_limit.or(before.as_ref().map(|before| before.rate_limit)).unwrap_or_default();
    let marketplaces = marketplaces.or(before.as_ref().map(|before| before.marketplaces.clone())).unwrap_or_default();
    let Settings { cors_origins, client_actions, users_may } = for_users.over(before.as_ref())?;
    let approval = approval_over(context, before.as_ref(), approval)?;
    let app_id = context.app.clone();
    let app = App {
        app_id,
        name,
        public_url,
        rate_limit,
        marketplaces,
        cors_origins,
        client_actions,
        users_may,
        approval,
        version,
    };
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

struct ApprovalField(Approval);

impl FromField for ApprovalField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        match value.as_str() {
            Some("anybody") => Ok(Self(Approval::Anybody)),
            Some("another_person") => Ok(Self(Approval::AnotherPerson)),
            _ => Err(Mistake("invalid_approval", "must be anybody or another_person".into())),
        }
    }
}

/// Returns who may approve campaigns, as it is asked for over what was before. Only the operator lets go of the second
/// pair of eyes: an owner could otherwise approve an own change in between.
fn approval_over(
    context: RequestContext<'_>,
    before: Option<&App>,
    asked: Option<Approval>,
) -> Result<Approval, Error> {
    let before = before.map(|before| before.approval).unwrap_or_default();
    let after = asked.unwrap_or(before);
    let caller = context.request.caller()?;
    let is_operator = caller.scope == Scope::Admin && caller.app_id.is_none();
    if before == Approval::AnotherPerson && after == Approval::Anybody && !is_operator {
        let detail = "only the operator's key may set approval back to anybody";
        return Err(Error::Forbidden(detail.to_owned()));
    }
    Ok(after)
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
        (Scope::Person, _) => return of_person(environment, request, &page).await,
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

/// Lists the apps in which a person has a role, sorted by id.
async fn of_person(environment: &Environment, request: &http::Request, page: &PageRequest) -> Result<Response, Error> {
    let roles = request.standing().map(|standing| standing.roles.clone()).unwrap_or_default();
    let after: Option<AppId> = page.cursor_id()?;
    if roles.reach_every_app() {
        let (apps, last) = apps::list(&environment.store, page.limit, after.as_ref()).await?;
        let data = apps.into_iter().map(AppView::from).collect();
        return Ok(http::json(200, &List { data, cursor: last.map(String::from) }));
    }
    let mut found = Vec::new();
    for app in roles.apps().filter(|app| after.as_ref().is_none_or(|after| *app > after)) {
        found.extend(apps::get(&environment.store, app).await?.map(AppView::from));
    }
    Ok(http::json(200, &List::of(found, page, false, |last| last.app_id.to_string())))
}

/// Returns the app. Fails with a 404 that names it if there is none.
pub(crate) async fn existing(context: RequestContext<'_>) -> Result<App, Error> {
    apps::get(&context.environment.store, context.app).await?.ok_or_else(|| Error::not_found("app", context.app))
}
