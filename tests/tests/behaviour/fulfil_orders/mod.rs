//! Physical rewards: addresses, orders, partners.

mod addresses;
pub(crate) mod orders;
mod partners;
mod sealed_addresses;
