//! Redeem links and what they lead to.

mod links;
mod made_up_links;
pub(crate) mod redemption;
