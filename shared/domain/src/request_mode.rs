//! The mode of a request: what test keys, dry runs and rehearsals see, count and write.

use jiff::Timestamp;

use crate::campaign::{Campaign, Phase};

/// The mode of a request, by its key and its query.
#[derive(Debug, Clone, Copy)]
pub struct RequestMode {
    /// A test key: every campaign is in test mode.
    pub test_key: bool,
    /// The request writes nothing.
    pub dry_run: bool,
    /// Drafts are in test mode. Such a request is a dry run.
    pub rehearses_drafts: bool,
    /// The request comes with a user token: it sees what everybody may see, and no campaign before its start.
    pub by_user: bool,
}

/// The resources that a request may use up in one campaign.
#[derive(Debug, Clone, Copy)]
pub struct Stakes {
    /// Test mode: the campaign counts in every state and for everybody, with separate progress and test rewards.
    pub in_test: bool,
    /// The request writes nothing.
    pub dry_run: bool,
}

impl RequestMode {
    /// Returns the stakes in a campaign. An approved campaign before its start is in test mode for live keys, too.
    pub fn stakes(self, campaign: &Campaign, now: Timestamp) -> Stakes {
        let is_rehearsed = match campaign.phase(now) {
            Phase::Approved => !self.by_user,
            Phase::Draft | Phase::PendingApproval | Phase::Rejected => self.rehearses_drafts,
            Phase::Live | Phase::Suspended | Phase::Finished => false,
        };
        Stakes { in_test: self.test_key || is_rehearsed, dry_run: self.dry_run }
    }

    /// True if the request sees a campaign in that phase.
    pub fn sees(self, phase: Phase) -> bool {
        match phase {
            Phase::Live | Phase::Suspended | Phase::Finished => true,
            Phase::Approved | Phase::Draft | Phase::PendingApproval | Phase::Rejected => self.test_key || !self.by_user,
        }
    }

    /// True if the request sees campaigns that are not approved.
    pub fn sees_drafts(self) -> bool {
        self.test_key || self.rehearses_drafts
    }
}

impl Stakes {
    /// The request counts, awards and writes.
    pub const REAL: Self = Self { in_test: false, dry_run: false };

    /// True if the request counts, awards and writes.
    pub fn is_real(self) -> bool {
        !self.in_test && !self.dry_run
    }
}
