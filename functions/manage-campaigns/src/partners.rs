//! Partners: merchants who confirm redemptions, and the secrets that they sign with. A secret is shown once, when it is
//! made. `redeem-reward` takes their confirmations.

use domain::Error;
use domain::id::PartnerId;
use domain::instant::Sum as _;
use domain::partner::Partner;
use domain::readable::is_blank;
use domain::secret::WebhookSecret;
use edge::fields::Fields;
use edge::http::{self, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::partners;

use crate::{RequestContext, apps, page_of, secrets};

/// The most partners of an app. Two admins who each add the last one at the same time may add one more.
const AT_MOST: usize = 100;

#[derive(Serialize)]
struct PartnerView {
    partner_id: PartnerId,
    name: String,
    created_at: Timestamp,
    /// The time until which an earlier secret is valid, too.
    previous_secret_until: Option<Timestamp>,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<WebhookSecret>,
}

impl PartnerView {
    fn new(partner: Partner, now: Timestamp) -> Self {
        let until = partner.previous.iter().map(|previous| previous.until).max();
        Self {
            partner_id: partner.partner_id,
            name: partner.name,
            created_at: partner.created_at,
            previous_secret_until: until.filter(|until| now < *until),
            version: partner.version,
            secret: None,
        }
    }

    /// Returns the view with its secret, for the one answer that shows it.
    fn with_secret(partner: Partner, now: Timestamp) -> Self {
        let secret = partner.secret.clone();
        Self { secret: Some(secret), ..Self::new(partner, now) }
    }
}

fn name(fields: &mut Fields<'_>) -> Option<String> {
    let name = fields.required::<String>("name")?;
    if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) || is_blank(&name) {
        fields.refuse(
            "name",
            "invalid_text",
            "must be 1 to 100 characters that show something, without control characters",
        );
    }
    Some(name)
}

/// Makes a partner and shows its secret this once, or changes its name. A lost answer leaves a partner whose secret
/// nobody knows: an admin then rotates it.
pub(crate) async fn put(context: RequestContext<'_>) -> Result<Response, Error> {
    let partner_id: PartnerId = context.request.new_path_id("partner")?;
    let name = context.request.json(name)?;
    apps::existing(context).await?;
    let (store, now) = (&context.environment.store, context.invocation.now);
    let all = partners::list(store, context.app).await?;
    let before = all.iter().find(|partner| partner.partner_id == partner_id).cloned();
    if before.is_none() && all.len() >= AT_MOST {
        let detail = format!("the app has {AT_MOST} partners already; delete one first");
        return Err(Error::Conflict { code: "too_many_partners", detail });
    }
    if let Some(before) = before.as_ref().filter(|before| before.name == name) {
        return Ok(http::versioned(&PartnerView::new(before.clone(), now), before.version));
    }
    let after = match before.clone() {
        Some(before) => Partner { name, version: before.version + 1, ..before },
        None => Partner {
            app_id: context.app.clone(),
            partner_id,
            name,
            secret: WebhookSecret::mint(&mut *store.random()),
            previous: Vec::new(),
            created_at: now,
            version: 1,
        },
    };
    context.request.expect_version("the partner", before.as_ref().map(|before| before.version))?;
    written(context, partners::put(store, &after).await?, &after).await?;
    let version = after.version;
    if before.is_some() {
        return Ok(http::versioned(&PartnerView::new(after, now), version));
    }
    tracing::info!(app.id = %context.app, partner.id = %after.partner_id, "partner made");
    Ok(secrets::made(&PartnerView::with_secret(after, now), version))
}

/// Fails if a write was refused, unless an earlier attempt of this very write succeeded.
async fn written(context: RequestContext<'_>, done: bool, partner: &Partner) -> Result<(), Error> {
    if done {
        return Ok(());
    }
    let found = partners::get(&context.environment.store, context.app, &partner.partner_id).await?;
    secrets::written("the partner", found.map(|found| (found.version, found)), partner)
}

pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    let partner = existing(context).await?;
    let version = partner.version;
    Ok(http::versioned(&PartnerView::new(partner, context.invocation.now), version))
}

pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    apps::existing(context).await?;
    let all = partners::list(&context.environment.store, context.app).await?;
    let all: Vec<PartnerView> =
        all.into_iter().map(|partner| PartnerView::new(partner, context.invocation.now)).collect();
    Ok(http::json(200, &page_of(context, all, |partner| partner.partner_id.as_str())?))
}

/// Answers 204 once the partner is gone: its signatures are then invalid.
pub(crate) async fn delete(context: RequestContext<'_>) -> Result<Response, Error> {
    let partner = existing(context).await?;
    partners::delete(&context.environment.store, context.app, &partner.partner_id).await?;
    tracing::info!(app.id = %context.app, partner.id = %partner.partner_id, "partner deleted");
    Ok(http::empty(204))
}

/// Makes a new secret and shows it this once. For a while, the old one is valid, too.
pub(crate) async fn rotate(context: RequestContext<'_>) -> Result<Response, Error> {
    let overlap = secrets::overlap(context)?;
    let (store, now) = (&context.environment.store, context.invocation.now);
    let partner = existing(context).await?;
    context.request.expect_version("the partner", Some(partner.version))?;
    let secret = WebhookSecret::mint(&mut *store.random());
    let rotated = partner.rotated(secret, now.plus(overlap), now);
    written(context, partners::replace(store, &rotated).await?, &rotated).await?;
    tracing::info!(app.id = %context.app, partner.id = %rotated.partner_id, "partner secret rotated");
    let version = rotated.version;
    Ok(http::versioned(&PartnerView::with_secret(rotated, now), version))
}

/// Returns the partner in the path. Fails with a 404 that names it if there is none.
async fn existing(context: RequestContext<'_>) -> Result<Partner, Error> {
    let id: PartnerId = context.request.path_id("partner", "partner")?;
    let found = partners::get(&context.environment.store, context.app, &id).await?;
    found.ok_or_else(|| Error::not_found("partner", id))
}
