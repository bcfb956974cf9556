//! Orders as CSV, for spreadsheets. Like every list, it does not hold addresses.

use domain::reward::order::Shipment;
use edge::csv;
use edge::http::{self, Response};

use crate::orders_api::OrderView;

/// The columns. The import reads those that it needs by the same names.
const COLUMNS: &str =
    "reward_id,reward_group_id,state,partner,carrier,tracking,tracking_url,ordered_at,claimed_at,changed_at";

/// Answers with one page, and the place of the next one.
pub(crate) fn answer(orders: &[OrderView], next: Option<&str>) -> Response {
    http::text_page("text/csv; charset=utf-8", csv::table(COLUMNS, orders.iter().map(row)), next)
}

fn row(order: &OrderView) -> [String; 10] {
    let shipment = order.shipment.as_ref();
    let of_shipment = |part: fn(&Shipment) -> &str| shipment.map(part).unwrap_or_default();
    [
        order.reward_id.as_str().to_owned(),
        order.reward_group_id.to_string(),
        order.state.to_string(),
        order.partner.as_ref().map(ToString::to_string).unwrap_or_default(),
        of_shipment(|shipment| &shipment.carrier).to_owned(),
        of_shipment(|shipment| &shipment.tracking).to_owned(),
        of_shipment(|shipment| shipment.tracking_url.as_deref().unwrap_or_default()).to_owned(),
        order.ordered_at.to_string(),
        order.claimed_at.map(|at| at.to_string()).unwrap_or_default(),
        order.changed_at.to_string(),
    ]
}
