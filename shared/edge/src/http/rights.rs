//! Who sends a request, and what the caller may do on its route.

use domain::Error;
use domain::id::{AppId, PartnerId, UserId};
use domain::identity::{Caller, Scope, Standing};
use domain::rate_limit::Limited;
use jiff::Timestamp;

use super::Request;
use crate::admin_routes;
use crate::user_access::UserAccess;

impl Request {
    /// Returns the caller. Fails on routes without an authorizer.
    pub fn caller(&self) -> Result<&Caller, Error> {
        self.caller.as_ref().ok_or(Error::Unauthenticated)
    }

    /// Returns the standing of a caller who is a person: the name and the roles.
    pub fn standing(&self) -> Option<&Standing> {
        self.standing.as_ref()
    }

    /// Passes if the caller may administer the app on this route: with an admin key, or as a person with the role that
    /// the route needs.
    pub fn require_admin_of(&self, app: &AppId) -> Result<(), Error> {
        let caller = self.caller()?;
        let Some(person) = &caller.person else { return caller.require_admin_of(app) };
        let needed = admin_routes::needed_role(&self.asked);
        if self.standing.as_ref().is_some_and(|standing| standing.roles.allow(app, needed)) {
            return Ok(());
        }
        let needed = needed.as_str();
        Err(Error::Forbidden(format!("this route needs the role {needed} in app {app}, which {person} does not have")))
    }

    /// Passes if the caller may handle the app's orders. Returns the partner if it may handle only that partner's.
    pub fn require_orders_of(&self, app: &AppId) -> Result<Option<&PartnerId>, Error> {
        let caller = self.caller()?;
        if caller.person.is_some() { self.require_admin_of(app).map(|()| None) } else { caller.require_orders_of(app) }
    }

    /// Returns the app that a request is about, on routes that an app calls with its key, a user calls alone, and an
    /// admin reads.
    pub fn app_or_admins(&self) -> Result<AppId, Error> {
        let Some(app) = &self.app_of_admin else { return self.caller()?.app_or_user().cloned() };
        let app = AppId::try_from(app.clone()).map_err(|_| Error::not_found("app", self.path_text("app")))?;
        self.require_admin_of(&app).map(|()| app)
    }

    /// Returns the user, if the request comes with a user token. Then it is about this user and no other: the body must
    /// not name one.
    pub fn user(&self) -> Option<&UserId> {
        self.access.as_ref().and_then(UserAccess::user)
    }

    /// Fails unless the caller is known, and a user token good for this route.
    pub(super) fn check_caller(&self, now: Timestamp) -> Result<(), Error> {
        match &self.access {
            Some(access) => access.check(now).and_then(|()| self.caller().map(drop)),
            None if self.is_unknown => Err(Error::Unauthenticated),
            None if self.caller.as_ref().is_some_and(|caller| caller.scope == Scope::Person) => {
                let is_good = |standing: &Standing| standing.session_until.is_none_or(|until| now < until);
                if self.standing.as_ref().is_some_and(is_good) { Ok(()) } else { Err(Error::Unauthenticated) }
            }
            None => Ok(()),
        }
    }

    /// Returns the bucket of the caller's rate limit.
    pub(super) fn limited(&self) -> Option<Limited> {
        let caller = self.caller.as_ref()?;
        Some(match (self.user(), &caller.app_id) {
            (Some(user), Some(app)) => Limited::User(app.clone(), user.clone()),
            _ => Limited::Key(caller.key_id.clone()),
        })
    }
}
