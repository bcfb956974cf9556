//! `RouteSettings` of the API: the rate limits that API Gateway enforces for a route.

use std::collections::BTreeMap;

use domain::rate_limit::RateLimit;
use serde_json::Value;

use super::{Route, broken};
use crate::LocalError;

/// Returns the limits by route key. Each named route needs both numbers.
pub(super) fn read(
    settings: &Value,
    resolve: impl Fn(&Value) -> String,
) -> Result<BTreeMap<String, RateLimit>, LocalError> {
    let limits = settings.as_object().into_iter().flatten().map(|(key, settings)| {
        let number = |name: &str| {
            let number = resolve(&settings[name]).parse::<u32>().ok().filter(|number| *number > 0);
            number.ok_or_else(|| broken(key, format!("{name} must be a whole number, at least 1")))
        };
        let limit =
            RateLimit { requests_per_second: number("ThrottlingRateLimit")?, burst: number("ThrottlingBurstLimit")? };
        Ok((key.clone(), limit))
    });
    limits.collect()
}

/// Sets the routes' limits. Fails if a limit has no route, as API Gateway does.
pub(super) fn set(routes: &mut [Route], mut limits: BTreeMap<String, RateLimit>) -> Result<(), LocalError> {
    for route in routes {
        route.throttle = limits.remove(&route.key);
    }
    match limits.into_keys().next() {
        Some(key) => Err(broken(&key, "has RouteSettings, and is no route")),
        None => Ok(()),
    }
}
