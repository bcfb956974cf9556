//! Rewards, reward groups, checks and roles in the words of the person's language.

use serde_json::Value;

use crate::texts::Texts;

/// The kinds of reward groups.
pub(crate) const KINDS: [&str; 4] = ["unique_url", "catalog_credit", "physical", "shared_url"];

/// The roles, from the least to the most.
pub(crate) const ROLES: [&str; 5] = ["viewer", "editor", "approver", "support", "owner"];

/// Returns the name of a reward's state.
pub(crate) fn state(t: &Texts, state: &str) -> String {
    match state {
        "waiting" => t.get("reward-waiting"),
        "in_review" => t.get("reward-in-review"),
        "awarded" => t.get("reward-awarded"),
        "redeemed" => t.get("reward-redeemed"),
        "ordered" => t.get("reward-ordered"),
        "shipped" => t.get("reward-shipped"),
        "delivered" => t.get("reward-delivered"),
        "returned" => t.get("reward-returned"),
        "lost" => t.get("reward-lost"),
        "expired" => t.get("reward-expired"),
        "voided" => t.get("reward-voided"),
        other => other.to_owned(),
    }
}

/// Returns the name of a reward group's kind.
pub(crate) fn kind(t: &Texts, kind: &str) -> String {
    match kind {
        "unique_url" => t.get("group-unique-url"),
        "catalog_credit" => t.get("group-catalog-credit"),
        "physical" => t.get("group-physical"),
        "shared_url" => t.get("group-shared-url"),
        other => other.to_owned(),
    }
}

/// Returns the name of a check.
pub(crate) fn check(t: &Texts, check: &str) -> String {
    match check {
        "campaign_live" => t.get("check-campaign-live"),
        "within_campaign" => t.get("check-within-campaign"),
        "marketplace" => t.get("check-marketplace"),
        "segment" => t.get("check-segment"),
        "assigned" => t.get("check-assigned"),
        "when" => t.get("check-when"),
        "fingerprint" => t.get("check-fingerprint"),
        "not_held_out" => t.get("check-not-held-out"),
        "rewards_left" => t.get("check-rewards-left"),
        "velocity" => t.get("check-velocity"),
        "one_reward_per" => t.get("check-one-reward-per"),
        "review" => t.get("check-review"),
        other => other.to_owned(),
    }
}

/// Returns the name of a role.
pub(crate) fn role(t: &Texts, role: &str) -> String {
    match role {
        "viewer" => t.get("role-viewer"),
        "editor" => t.get("role-editor"),
        "approver" => t.get("role-approver"),
        "support" => t.get("role-support"),
        "owner" => t.get("role-owner"),
        other => other.to_owned(),
    }
}

/// Names who changed something.
pub(crate) fn actor(t: &Texts, actor: &Value) -> String {
    match actor.as_str() {
        Some("user") => t.get("actor-user"),
        Some("partner") => t.get("actor-partner"),
        Some("schedule") => t.get("actor-schedule"),
        Some(other) => other.to_owned(),
        None => actor["person"].as_str().or(actor["key"].as_str()).unwrap_or_default().to_owned(),
    }
}
