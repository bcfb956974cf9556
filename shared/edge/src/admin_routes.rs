//! The role that each route of admins needs of a person, and the routes on which an admin reads what the app reads: which
//! route of the app each is served as. A route that is missing here is for owners alone.

use domain::person::Role;

/// Routes for other roles than owners.
const ROUTES: &[(Role, &[&str])] = &[
    (
        Role::Viewer,
        &[
            "GET /v1/apps/{app}",
            "GET /v1/apps/{app}/campaigns",
            "GET /v1/apps/{app}/campaigns/{campaign}",
            "GET /v1/apps/{app}/campaigns/{campaign}/history",
            "GET /v1/apps/{app}/campaigns/{campaign}/report",
            "GET /v1/apps/{app}/campaigns/{campaign}/diff",
            "GET /v1/apps/{app}/campaigns/{campaign}/summary",
            "GET /v1/apps/{app}/campaigns/{campaign}/forecast",
            "GET /v1/apps/{app}/campaigns/{campaign}/activity",
            "GET /v1/apps/{app}/campaign-summaries",
            "GET /v1/apps/{app}/campaigns/{campaign}/announcements",
            "GET /v1/apps/{app}/campaigns/{campaign}/announcements/{announcement}",
            "GET /v1/apps/{app}/campaigns/{campaign}/leaderboard",
            "GET /v1/apps/{app}/campaigns/{campaign}/settlement",
            "POST /v1/apps/{app}/campaigns/{campaign}/messages/preview",
            "GET /v1/apps/{app}/reward-groups",
            "GET /v1/apps/{app}/reward-groups/{group}",
            "GET /v1/apps/{app}/reward-groups/{group}/stock",
        ],
    ),
    (
        Role::Editor,
        &[
            "PUT /v1/apps/{app}/campaigns/{campaign}",
            "POST /v1/apps/{app}/campaigns/{campaign}/submit",
            "PUT /v1/apps/{app}/campaigns/{campaign}/bracket",
            "POST /v1/apps/{app}/campaigns/{campaign}/bracket/start",
            "PUT /v1/apps/{app}/reward-groups/{group}",
            "POST /v1/apps/{app}/reward-groups/{group}/stock",
            "POST /v1/apps/{app}/reward-groups/{group}/stock/retire",
        ],
    ),
    (
        Role::Approver,
        &[
            "POST /v1/apps/{app}/campaigns/{campaign}/approve",
            "POST /v1/apps/{app}/campaigns/{campaign}/reject",
            "POST /v1/apps/{app}/campaigns/{campaign}/suspend",
            "POST /v1/apps/{app}/campaigns/{campaign}/resume",
            "POST /v1/apps/{app}/campaigns/{campaign}/announce",
            "POST /v1/apps/{app}/campaigns/{campaign}/settlement/approve",
            "POST /v1/apps/{app}/campaigns/{campaign}/settlement/settle",
            "POST /v1/apps/{app}/campaigns/{campaign}/bracket/finish",
        ],
    ),
    (
        Role::Support,
        &[
            "GET /v1/apps/{app}/users/{user_id}",
            "GET /v1/apps/{app}/users/{user_id}/rewards",
            "GET /v1/apps/{app}/users/{user_id}/timeline",
            "POST /v1/apps/{app}/eligibility",
            "GET /v1/apps/{app}/campaigns/{campaign}/competitors/{user}",
            "PUT /v1/apps/{app}/campaigns/{campaign}/competitors/{user}",
            "DELETE /v1/apps/{app}/campaigns/{campaign}/competitors/{user}",
            "GET /v1/apps/{app}/campaigns/{campaign}/reviews",
            "GET /v1/apps/{app}/campaigns/{campaign}/rewards",
            "GET /v1/rewards/{reward_id}",
            "POST /v1/rewards/{reward_id}/void",
            "POST /v1/rewards/{reward_id}/replace",
            "POST /v1/rewards/{reward_id}/release",
            "POST /v1/apps/{app}/stock/lookup",
            "GET /v1/apps/{app}/orders",
            "POST /v1/apps/{app}/orders/import",
            "GET /v1/apps/{app}/orders/{reward_id}",
            "POST /v1/apps/{app}/orders/{reward_id}/claim",
            "POST /v1/apps/{app}/orders/{reward_id}/ship",
            "POST /v1/apps/{app}/orders/{reward_id}/deliver",
            "POST /v1/apps/{app}/orders/{reward_id}/return",
            "POST /v1/apps/{app}/orders/{reward_id}/lose",
        ],
    ),
];

/// Routes on which an admin reads what the app reads, and the app's routes that answer them.
const READ_AS_THE_APP: &[(&str, &str)] = &[
    ("GET /v1/apps/{app}/campaigns/{campaign}/leaderboard", "GET /v1/campaigns/{campaign}/leaderboard"),
    ("GET /v1/apps/{app}/users/{user_id}", "GET /v1/users/{user_id}"),
    ("GET /v1/apps/{app}/users/{user_id}/timeline", "GET /v1/users/{user_id}/timeline"),
    ("POST /v1/apps/{app}/eligibility", "POST /v1/eligibility"),
];

/// Returns the role that a person needs for a route, by its key in the template.
pub fn needed_role(route: &str) -> Role {
    ROUTES.iter().find(|(_, routes)| routes.contains(&route)).map_or(Role::Owner, |(role, _)| *role)
}

/// Returns the app's route that answers an admin's route.
pub(crate) fn served_as(route: &str) -> Option<&'static str> {
    READ_AS_THE_APP.iter().find(|(key, _)| *key == route).map(|(_, served_as)| *served_as)
}

/// Returns every route that is named here.
pub fn named_routes() -> impl Iterator<Item = &'static str> {
    ROUTES.iter().flat_map(|(_, routes)| routes.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_named_once_and_one_that_is_not_is_for_owners() {
        let mut all: Vec<&str> = named_routes().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert_eq!(needed_role("POST /v1/apps/{app}/keys"), Role::Owner);
        assert_eq!(needed_role("POST /v1/apps/{app}/campaigns/{campaign}/approve"), Role::Approver);
    }

    #[test]
    fn what_admins_read_as_the_app_only_reads_and_is_for_a_role() {
        for (key, served_as) in READ_AS_THE_APP {
            let role = if key.contains("/leaderboard") { Role::Viewer } else { Role::Support };
            assert_eq!(needed_role(key), role, "{key}");
            assert!(served_as.starts_with("GET ") || *served_as == "POST /v1/eligibility", "{key}");
        }
    }
}
