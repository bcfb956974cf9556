//! An app's suppliers. Credentials go in and never come out again, except for a secret that was minted here, which the
//! one answer shows that made it.

use domain::Error;
use domain::audit::{Action, Subject};
use domain::id::{AppId, SupplierId};
use domain::person::RoleScope;
use domain::secret::{WebhookSecret, WebhookUrl};
use domain::supplier::{AmazonRegion, Credentials, Service, Supplier, SupplierMode};
use edge::http::{self, List, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::suppliers::{self, LatestTrouble};
use store::{Consistency, audits, campaigns};

use crate::RequestContext;
use crate::supplier_body::{self, Body};

/// The most suppliers of an app. Two admins who each add the last one at the same time may add one more.
const AT_MOST: usize = 20;

#[derive(Serialize)]
struct SupplierView {
    supplier_id: SupplierId,
    name: String,
    kind: &'static str,
    #[serde(flatten)]
    service: ServiceView,
    per_second: u32,
    created_at: Timestamp,
    version: u64,
    /// The latest trouble, until the supplier has passed a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<TroubleView>,
    /// Shown once: if it was minted by this very request.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<WebhookSecret>,
}

/// What each kind has of its own. Credentials are not among it.
#[derive(Serialize)]
#[serde(untagged)]
enum ServiceView {
    Webhook { url: WebhookUrl },
    AmazonIncentives { partner_id: String, region: AmazonRegion, sandbox: bool },
    Tremendous { funding_source: String, sandbox: bool },
}

impl From<Service> for ServiceView {
    fn from(service: Service) -> Self {
        let is_sandbox = |mode| mode == SupplierMode::Sandbox;
        match service {
            Service::Webhook { url } => Self::Webhook { url },
            Service::AmazonIncentives { partner_id, region, mode } => {
                Self::AmazonIncentives { partner_id, region, sandbox: is_sandbox(mode) }
            }
            Service::Tremendous { funding_source, mode } => {
                Self::Tremendous { funding_source, sandbox: is_sandbox(mode) }
            }
        }
    }
}

#[derive(Serialize)]
struct TroubleView {
    reason: &'static str,
    advice: &'static str,
    at: Timestamp,
}

impl From<LatestTrouble> for TroubleView {
    fn from(LatestTrouble { trouble, at }: LatestTrouble) -> Self {
        Self { reason: trouble.as_str(), advice: trouble.advice(), at }
    }
}

impl SupplierView {
    fn new(supplier: Supplier) -> Self {
        Self {
            supplier_id: supplier.supplier_id,
            name: supplier.name,
            kind: supplier.service.kind(),
            service: supplier.service.into(),
            per_second: supplier.per_second,
            created_at: supplier.created_at,
            version: supplier.version,
            trouble: None,
            secret: None,
        }
    }
}

/// Sets a supplier up, or changes it. Without credentials in the body the stored ones stay; a new supplier gets minted
/// ones, shown this once. After a lost answer, a PUT with a `secret` replaces what nobody knows.
pub(crate) async fn put(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    let supplier_id: SupplierId = context.request.new_path_id("supplier")?;
    let body = context.request.json(|fields| supplier_body::read(context, fields))?;
    existing_app(context, app).await?;
    recorded(context, app, &supplier_id, Action::Written, written(context, app, &supplier_id, body)).await
}

async fn written(
    context: RequestContext<'_>,
    app: &AppId,
    supplier_id: &SupplierId,
    body: Body,
) -> Result<Response, Error> {
    let (store, now) = (&context.environment.store, context.invocation.now);
    let all = suppliers::list(store, app).await?;
    let before = all.iter().find(|supplier| supplier.supplier_id == *supplier_id);
    if before.is_none() && all.len() >= AT_MOST {
        let detail = format!("the app has {AT_MOST} suppliers already; delete one first");
        return Err(Error::Conflict { code: "too_many_suppliers", detail });
    }
    context.request.expect_version("the supplier", before.map(|before| before.version))?;
    if let Some(before) = before.filter(|before| !is_same_account(&before.service, &body.service)) {
        let detail = format!(
            "supplier {} is another account, which cannot change: links that are out would be ordered again; use another id",
            before.supplier_id
        );
        return Err(Error::Conflict { code: "supplier_conflict", detail });
    }
    let mut minted = None;
    let credentials = match (body.credentials, before) {
        (Some(credentials), _) => context.suppliers.cipher.seal(app, supplier_id, &credentials).await?,
        (None, Some(before)) => before.credentials.clone(),
        (None, None) if !matches!(body.service, Service::Webhook { .. }) => {
            let name = if matches!(body.service, Service::Tremendous { .. }) { "api_key" } else { "access_key_id" };
            return Err(Error::invalid(format!("/{name}"), "required", "is required for a new supplier"));
        }
        (None, None) => {
            let secret = WebhookSecret::mint(&mut *store.random());
            minted = Some(secret.clone());
            context.suppliers.cipher.seal(app, supplier_id, &Credentials::Webhook { secret }).await?
        }
    };
    let after = Supplier {
        app_id: app.clone(),
        supplier_id: supplier_id.clone(),
        name: body.name,
        service: body.service,
        credentials,
        per_second: body.per_second,
        created_at: before.map_or(now, |before| before.created_at),
        version: before.map_or(1, |before| before.version + 1),
    };
    if let Some(before) = before.filter(|before| Supplier { version: after.version, ..(*before).clone() } == after) {
        // The same again: there is nothing to write.
        return Ok(http::versioned(&SupplierView::new(before.clone()), before.version));
    }
    if !suppliers::put(store, &after).await? {
        // Another admin's write, or this very one, whose answer was lost.
        let found = suppliers::get(store, app, supplier_id).await?;
        if found.as_ref() != Some(&after) {
            let current = found.map_or(0, |found| found.version);
            return Err(Error::VersionConflict { kind: "the supplier", current });
        }
    }
    let (version, is_new) = (after.version, before.is_none());
    let mut response = http::versioned(&SupplierView { secret: minted, ..SupplierView::new(after) }, version);
    if is_new {
        response.status_code = 201;
    }
    Ok(response)
}

/// True if both have the same orders. At another account, the order of a reward that is bought would buy it again. Of a
/// webhook only the owner knows: its address may move.
fn is_same_account(one: &Service, other: &Service) -> bool {
    match (one, other) {
        (Service::Webhook { .. }, Service::Webhook { .. }) => true,
        (Service::AmazonIncentives { .. }, Service::AmazonIncentives { .. }) => one == other,
        (Service::Tremendous { mode, .. }, Service::Tremendous { mode: other, .. }) => mode == other,
        _ => false,
    }
}

/// Shows a supplier with the latest trouble.
pub(crate) async fn get(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    let supplier = existing(context, app).await?;
    let trouble = suppliers::latest_trouble(&context.environment.store, app, &supplier.supplier_id).await?;
    let version = supplier.version;
    let view = SupplierView { trouble: trouble.map(TroubleView::from), ..SupplierView::new(supplier) };
    Ok(http::versioned(&view, version))
}

/// Lists the suppliers, without their troubles.
pub(crate) async fn list(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    existing_app(context, app).await?;
    let page = context.request.page()?;
    let after: Option<SupplierId> = page.cursor_id()?;
    let all = suppliers::list(&context.environment.store, app).await?;
    let mut left = all.into_iter().filter(|supplier| after.as_ref().is_none_or(|after| supplier.supplier_id > *after));
    let data: Vec<SupplierView> = left.by_ref().take(page.limit as usize).map(SupplierView::new).collect();
    let cursor = left.next().and(data.last()).map(|last| last.supplier_id.to_string());
    Ok(http::json(200, &List { data, cursor }))
}

/// Answers 204 once the supplier is gone. Refused while a reward group orders from it: links that are out lead to it.
pub(crate) async fn delete(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    let store = &context.environment.store;
    let supplier = existing(context, app).await?;
    let id = &supplier.supplier_id;
    let catalog = campaigns::catalog(store, app, Consistency::Strong).await?;
    let orders = |group: &&domain::reward::group::RewardGroup| {
        group.supplier.as_ref().is_some_and(|supply| supply.supplier_id == *id)
    };
    if let Some(group) = catalog.iter().flat_map(|catalog| &catalog.groups).find(orders) {
        let detail = format!(
            "reward group {} orders from it, and links that are out lead to it; suspend the campaigns that award the group instead",
            group.reward_group_id
        );
        return Err(Error::Conflict { code: "supplier_in_use", detail });
    }
    recorded(context, app, id, Action::Deleted, async {
        suppliers::delete(store, app, id).await?;
        Ok(http::empty(204))
    })
    .await
}

/// Returns the supplier in the path. Fails with a 404 that names it if there is none.
pub(crate) async fn existing(context: RequestContext<'_>, app: &AppId) -> Result<Supplier, Error> {
    let id: SupplierId = context.request.path_id("supplier", "supplier")?;
    let found = suppliers::get(&context.environment.store, app, &id).await?;
    found.ok_or_else(|| Error::not_found("supplier", id))
}

async fn existing_app(context: RequestContext<'_>, app: &AppId) -> Result<(), Error> {
    let found = store::apps::get(&context.environment.store, app).await?;
    found.map(drop).ok_or_else(|| Error::not_found("app", app))
}

/// Makes a change with its entry in the app's audit.
async fn recorded(
    context: RequestContext<'_>,
    app: &AppId,
    supplier: &SupplierId,
    action: Action,
    work: impl Future<Output = Result<Response, Error>>,
) -> Result<Response, Error> {
    let (store, now) = (&context.environment.store, context.invocation.now);
    let id = supplier.to_string();
    let entry = audits::entry(store, context.request.caller()?, now, Subject::Supplier, action, id);
    audits::recorded(store, &[RoleScope::App(app.clone())], entry, work, |response, entry| {
        entry.version = response.headers.get("etag").and_then(|tag| tag.to_str().ok()?.trim_matches('"').parse().ok());
    })
    .await
}
