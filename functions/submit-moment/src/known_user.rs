//! The user of an event: as the event describes the user, filled in from the profile. The profile is read only if it
//! matters and the event leaves it out.

use std::borrow::Cow;

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::matching::Match;
use domain::campaign::{Campaign, Moment};
use domain::id::UserId;
use domain::request_mode::{RequestMode, Stakes};
use domain::secret::Attributes;
use domain::time_zone::TimeZone;
use domain::user::Profile;
use edge::described_user::DescribedUser;
use rewarding::Environment;
use rules::eligibility::{Case, Subject};
use rules::rule::{CompiledRule, Needs};
use store::users;

use crate::body::Event;

/// The user of an event.
pub(crate) struct KnownUser<'a> {
    user_id: &'a UserId,
    marketplace: Option<String>,
    locale: Option<String>,
    time_zone: Option<TimeZone>,
    attributes: Option<Cow<'a, Attributes>>,
    profile_read: bool,
}

impl<'a> KnownUser<'a> {
    /// Reads the profile only if a decision needs what the event omits.
    pub(crate) async fn read(
        environment: &Environment,
        catalog: &Catalog,
        matches: &[Match<'_>],
        event: &'a Event,
        mode: RequestMode,
    ) -> Result<Self, Error> {
        let DescribedUser { marketplace, locale, time_zone, attributes, .. } = &event.user;
        let mut known = Self {
            user_id: &event.user_id,
            marketplace: marketplace.clone(),
            locale: locale.clone(),
            time_zone: *time_zone,
            attributes: attributes.as_ref().map(Cow::Borrowed),
            profile_read: false,
        };
        if !matches.iter().any(|(campaign, moment)| known.lacks(catalog, campaign, moment)) {
            return Ok(known);
        }
        let profile = users::profile(&environment.store, &catalog.app.app_id, known.user_id).await?.unwrap_or_default();
        let profile = profile.seen_by(mode);
        known.profile_read = true;
        known.marketplace = known.marketplace.or(profile.marketplace);
        known.locale = known.locale.or(profile.locale);
        known.time_zone = known.time_zone.or(profile.time_zone);
        // The profile only fills in attributes that the event omits.
        let mut merged = profile.attributes;
        merged.0.extend(attributes.iter().flat_map(|of_event| of_event.0.clone()));
        known.attributes = Some(Cow::Owned(merged));
        Ok(known)
    }

    /// True if a decision for the moment needs what the event omits and the profile may have.
    fn lacks(&self, catalog: &Catalog, campaign: &Campaign, moment: &Moment) -> bool {
        let restricted = || {
            !moment.marketplaces.is_empty()
                || catalog.groups_of(moment).iter().any(|group| !group.marketplaces.is_empty())
        };
        (self.marketplace.is_none() && restricted())
            || (self.time_zone.is_none() && moment.needs_day())
            || campaign
                .rules_of(moment)
                .any(|rule| CompiledRule::of(rule).needs().is_some_and(|needs| self.lacks_for(needs)))
    }

    fn lacks_for(&self, needs: &Needs) -> bool {
        let is_known = |name: &String| self.attributes.as_ref().is_some_and(|known| known.0.contains_key(name));
        needs.all_attributes
            || !needs.attributes.iter().all(is_known)
            || needs.user.iter().any(|field| match *field {
                "marketplace" => self.marketplace.is_none(),
                "locale" => self.locale.is_none(),
                _ => self.time_zone.is_none(),
            })
    }

    /// The user at a moment, before progress is read.
    pub(crate) fn case<'b>(&'b self, (campaign, moment): Match<'b>, stakes: Stakes) -> Case<'b> {
        let user = Subject {
            user_id: self.user_id,
            marketplace: self.marketplace.as_deref(),
            locale: self.locale.as_deref(),
            time_zone: self.time_zone,
            attributes: self.attributes.as_deref(),
        };
        Case { campaign, moment, user, stakes, counted: 0, held: None, wanted: None }
    }

    /// Reads the profile if an answer to the user needs it: for the language, and the user's name. Test mode does
    /// without.
    pub(crate) async fn reader(&self, environment: &Environment, case: Case<'_>) -> Result<Option<Profile>, Error> {
        if self.locale.is_some() || self.profile_read || case.stakes.in_test {
            return Ok(None);
        }
        let profile = users::profile(&environment.store, &case.campaign.app_id, self.user_id).await?;
        Ok(Some(profile.unwrap_or_default()))
    }
}
