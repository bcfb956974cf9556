//! `POST /v1/apps/{app}/suppliers/{supplier}/test`: tries whether a supplier would make a product, and says what is
//! wrong. Makes and buys nothing.

use domain::Error;
use domain::id::AppId;
use domain::money::Money;
use edge::fields::Text;
use edge::http::{self, Response};
use serde::Serialize;
use store::suppliers;
use tokio::time::Instant;

use crate::RequestContext;
use crate::suppliers_api;

/// The result of a trial.
#[derive(Serialize)]
struct Trial {
    /// `ok`, or what is wrong.
    outcome: &'static str,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
    /// The money that is left on the account, if the supplier says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    funds: Option<Money>,
    took_ms: u64,
}

/// Calls the supplier at once, also while its calls are paused: a person waits and may have mended it. An answer that
/// is well ends the pause.
pub(crate) async fn answer(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    let supplier = suppliers_api::existing(context, app).await?;
    let product = context.request.json_or_nothing(|fields| Some(fields.optional::<Text<200>>("product")))?;
    let credentials = context.suppliers.credentials(&supplier).await?;
    let began = Instant::now();
    let product = product.as_ref().map(|product| product.0.as_str());
    let now = context.invocation.by_now();
    let tried = context.suppliers.client.test(&supplier, &credentials, product, now).await?;
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (funds, trouble) = match tried {
        Ok(tried) => (tried.funds, None),
        Err(trouble) => (None, Some(trouble)),
    };
    if trouble.is_none() {
        suppliers::forget_trouble(&context.environment.store, app, &supplier.supplier_id).await?;
    }
    let outcome = trouble.map_or("ok", |trouble| trouble.as_str());
    tracing::info!(app.id = %app, supplier.id = %supplier.supplier_id, supplier.outcome = outcome, "supplier tried");
    Ok(http::json(200, &Trial { outcome, advice: trouble.map(|trouble| trouble.advice()), funds, took_ms }))
}
