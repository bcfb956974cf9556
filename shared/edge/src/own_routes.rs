//! The routes that a user token reaches, all below `/v1/apps/{app}/me`: which route of the app each is served as, for
//! the token's user, and the scope that it needs. A route that is missing here serves nobody.

use domain::user_token::TokenScope;

/// A route of users' own tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnRoute {
    /// Its key in the template.
    pub key: &'static str,
    /// The app's route that answers it. Its path parameter `user_id` is the token's user.
    pub served_as: &'static str,
    /// The scope that a token with the claim `scope` needs.
    pub needs: TokenScope,
}

/// Every route of users' own tokens.
pub const OWN_ROUTES: &[OwnRoute] = &[
    own("GET /v1/apps/{app}/me", "GET /v1/users/{user_id}", TokenScope::Read),
    own("GET /v1/apps/{app}/me/rewards", "GET /v1/users/{user_id}/rewards", TokenScope::Read),
    own("GET /v1/apps/{app}/me/notifications", "GET /v1/users/{user_id}/notifications", TokenScope::Read),
    own("POST /v1/apps/{app}/me/eligibility", "POST /v1/eligibility", TokenScope::Read),
    own("GET /v1/apps/{app}/me/competitions", "GET /v1/users/{user_id}/competitions", TokenScope::Read),
    own(
        "GET /v1/apps/{app}/me/campaigns/{campaign}/leaderboard",
        "GET /v1/campaigns/{campaign}/leaderboard",
        TokenScope::Read,
    ),
    own("POST /v1/apps/{app}/me/notifications/read", "POST /v1/users/{user_id}/notifications/read", TokenScope::Write),
    own("PUT /v1/apps/{app}/me/devices/{device_id}", "PUT /v1/users/{user_id}/devices/{device_id}", TokenScope::Write),
    own(
        "DELETE /v1/apps/{app}/me/devices/{device_id}",
        "DELETE /v1/users/{user_id}/devices/{device_id}",
        TokenScope::Write,
    ),
    own("GET /v1/apps/{app}/me/rewards/{reward_id}/address", "GET /v1/rewards/{reward_id}/address", TokenScope::Read),
    own("PUT /v1/apps/{app}/me/rewards/{reward_id}/address", "PUT /v1/rewards/{reward_id}/address", TokenScope::Write),
    own("POST /v1/apps/{app}/me/moments", "POST /v1/moments", TokenScope::Report),
    own("GET /v1/apps/{app}/me/export", "GET /v1/users/{user_id}/export", TokenScope::Privacy),
    own("DELETE /v1/apps/{app}/me", "DELETE /v1/users/{user_id}", TokenScope::Privacy),
];

const fn own(key: &'static str, served_as: &'static str, needs: TokenScope) -> OwnRoute {
    OwnRoute { key, served_as, needs }
}

/// True if user tokens are for this route, and API keys are not. A preflight takes neither.
pub fn is_own(route: &str) -> bool {
    let Some((method, path)) = route.split_once(' ') else { return false };
    let below = path.strip_prefix("/v1/apps/{app}/me");
    method != "OPTIONS" && below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// Returns the route with that key.
pub fn find(route: &str) -> Option<&'static OwnRoute> {
    OWN_ROUTES.iter().find(|own| own.key == route)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_below_me_is_for_user_tokens() {
        for own in OWN_ROUTES {
            assert!(is_own(own.key) && !is_own(own.served_as), "{own:?}");
            assert!(!own.key.contains("{user_id}"), "{own:?}");
        }
        for other in ["GET /v1/apps/{app}/members", "OPTIONS /v1/apps/{app}/me", "GET /v1/apps/{app}", "$default", ""] {
            assert!(!is_own(other), "{other}");
        }
    }
}
