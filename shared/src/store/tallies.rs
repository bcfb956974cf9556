//! Funnel counts: how many users began a campaign, and how many completed something. They are not part of any promise:
//! a crash may lose one, and a retry must never count one twice, so these writes alone are never repeated.

use aws_sdk_dynamodb::config::retry::RetryConfig;

use super::schema::Key;
use super::{Store, item};
use crate::id::{AppId, CampaignId};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Funnel {
    /// A user's first event that counts.
    Participant,
    /// A moment completed.
    Completion,
}

/// Counts one. A failure is logged and forgotten: the caller's work is done either way.
pub async fn count(store: &Store, app: &AppId, campaign: &CampaignId, shard: u16, funnel: Funnel) {
    let attribute = match funnel {
        Funnel::Participant => "participants",
        Funnel::Completion => "completions",
    };
    // Unconditional: adding one to a counter is right whatever it holds.
    let request = store
        .update(&Key::Tally(app.clone(), campaign.clone(), shard))
        .update_expression(format!("ADD {attribute} :one"))
        .expression_attribute_values(":one", item::number(1))
        .customize()
        .config_override(aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled()));
    match request.send().await {
        Ok(answer) => store.meter().writing(answer.consumed_capacity()),
        Err(_) => tracing::warn!(app.id = %app, campaign.id = %campaign, tally.funnel = attribute, "tally lost one"),
    }
}
