//! What is known of the user who an event is about: as the event tells it, or else from the profile, which is read only where
//! it matters and the event leaves it out.

use std::borrow::Cow;

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::{Campaign, Moment};
use domain::id::{AppId, UserId};
use domain::secret::Attributes;
use domain::time_zone::TimeZone;
use edge::described_user::DescribedUser;
use rewarding::Environment;
use rules::eligibility::Subject;
use rules::rule::{CompiledRule, Needs};
use store::users;

use crate::body::Event;

/// What is known of the user.
pub(crate) struct Told<'a> {
    user_id: &'a UserId,
    marketplace: Option<String>,
    locale: Option<String>,
    time_zone: Option<TimeZone>,
    attributes: Option<Cow<'a, Attributes>>,
    profile_read: bool,
}

impl<'a> Told<'a> {
    /// Reads the profile only where something that decides about the event is not told by it.
    pub(crate) async fn read(
        environment: &Environment,
        catalog: &Catalog,
        matches: &[(&Campaign, &Moment)],
        (event, test_key): (&'a Event, bool),
    ) -> Result<Self, Error> {
        let DescribedUser { marketplace, locale, time_zone, attributes, .. } = &event.user;
        let mut told = Self {
            user_id: &event.user_id,
            marketplace: marketplace.clone(),
            locale: locale.clone(),
            time_zone: *time_zone,
            attributes: attributes.as_ref().map(Cow::Borrowed),
            profile_read: false,
        };
        if !matches.iter().any(|(campaign, moment)| told.lacks(catalog, campaign, moment)) {
            return Ok(told);
        }
        let profile = users::profile(&environment.store, &catalog.app.app_id, told.user_id).await?.unwrap_or_default();
        let profile = if test_key { profile.for_test_key() } else { profile };
        told.profile_read = true;
        told.marketplace = told.marketplace.or(profile.marketplace);
        told.locale = told.locale.or(profile.locale);
        told.time_zone = told.time_zone.or(profile.time_zone);
        // Of one attribute, the event knows better.
        let mut known = profile.attributes;
        known.0.extend(attributes.iter().flat_map(|told| told.0.clone()));
        told.attributes = Some(Cow::Owned(known));
        Ok(told)
    }

    /// Whether the profile may tell what decides about the event, and the event does not.
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
        let told = |name: &String| self.attributes.as_ref().is_some_and(|told| told.0.contains_key(name));
        needs.all_attributes
            || !needs.attributes.iter().all(told)
            || needs.user.iter().any(|field| match *field {
                "marketplace" => self.marketplace.is_none(),
                "locale" => self.locale.is_none(),
                _ => self.time_zone.is_none(),
            })
    }

    /// The user, as campaigns look at users.
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            user_id: self.user_id,
            marketplace: self.marketplace.as_deref(),
            locale: self.locale.as_deref(),
            time_zone: self.time_zone,
            attributes: self.attributes.as_deref(),
        }
    }

    /// The user's language, from the profile if need be, and then also what else that tells: what the user is called.
    pub(crate) async fn reader(
        &self,
        environment: &Environment,
        app: &AppId,
    ) -> Result<(Option<String>, Option<Attributes>), Error> {
        if self.locale.is_some() || self.profile_read {
            return Ok((self.locale.clone(), None));
        }
        let profile = users::profile(&environment.store, app, self.user_id).await?.unwrap_or_default();
        // What the event tells decides; of what it does not, nothing decides here.
        let attributes = self.attributes.is_none().then_some(profile.attributes);
        Ok((profile.locale, attributes))
    }
}
