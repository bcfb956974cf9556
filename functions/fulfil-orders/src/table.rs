//! Orders as CSV, for spreadsheets. As in every list, there is nothing in it of where they are shipped to.

use aws_lambda_events::http::HeaderValue;
use aws_lambda_events::http::header::LINK;
use edge::csv::cell;
use edge::http::{self, Response};

use crate::desk::OrderView;

/// The columns; the import reads those that it needs by the same names.
const HEADER: &str =
    "reward_id,reward_group_id,state,partner,carrier,tracking,tracking_url,ordered_at,claimed_at,changed_at\r\n";

/// One page, with a link to the next one as RFC 8288 has it.
pub(crate) fn answer(orders: &[OrderView], next: Option<&str>) -> Response {
    let mut response = http::text(200, "text/csv; charset=utf-8", write(orders));
    if let Some(link) = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok()) {
        response.headers.insert(LINK, link);
    }
    response
}

fn write(orders: &[OrderView]) -> String {
    let mut csv = HEADER.to_owned();
    for order in orders {
        let shipment = order.shipment.as_ref();
        let of_shipment = |part: fn(&domain::reward::order::Shipment) -> &str| shipment.map(part).unwrap_or_default();
        let cells = [
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
        ];
        csv.push_str(&cells.map(|text| cell(&text)).join(","));
        csv.push_str("\r\n");
    }
    csv
}
