//! The access of a user token to one request: what the authorizer has proven, whether the route, the app and the time
//! allow it, and the headers that let a web page read the answer.

use std::collections::HashMap;

use aws_lambda_events::http::header::{HeaderMap, HeaderValue};
use domain::Error;
use domain::id::{AppId, UserId};
use domain::user_token::{TokenFault, is_over};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::own_routes::{self, OwnRoute};

/// The part of the authorizer's answer that is about a user token. Flat, and the same for every request with the token,
/// because API Gateway remembers it by the token alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TokenContext {
    /// The token's user, if the token is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The token's end in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Number>,
    /// The token's claim `scope`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_scope: Option<String>,
    /// Why the token is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_fault: Option<TokenFault>,
    /// The app that the token names, good or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_app: Option<AppId>,
    /// That app's origins, with a space between two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origins: String,
}

/// A number, which API Gateway sends as text, and the laptop as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "i64")]
pub struct Number(pub i64);

impl From<Number> for i64 {
    fn from(number: Number) -> Self {
        number.0
    }
}

impl TryFrom<Value> for Number {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, &'static str> {
        let number = match &value {
            Value::String(text) => text.parse().ok(),
            value => value.as_i64(),
        };
        number.map(Self).ok_or("must be a whole number")
    }
}

/// A request on a route of users' own tokens.
#[derive(Debug)]
pub(crate) struct UserAccess {
    route: Option<&'static OwnRoute>,
    token: TokenContext,
    is_of_path: bool,
}

impl UserAccess {
    /// Reads what the authorizer said. `None` on routes that are for API keys or for everybody.
    pub(crate) fn of(route: &str, app: Option<&String>, context: &HashMap<String, Value>) -> Option<Self> {
        if !own_routes::is_own(route) {
            return None;
        }
        let context = Value::Object(context.clone().into_iter().collect());
        let token: TokenContext = serde_json::from_value(context).unwrap_or_default();
        let is_of_path = token.token_app.as_ref().map(AppId::as_str) == app.map(String::as_str);
        Some(Self { route: own_routes::find(route), token, is_of_path })
    }

    /// Returns the token's user.
    pub(crate) fn user(&self) -> Option<&UserId> {
        self.token.user.as_ref()
    }

    /// Returns the app's route that answers.
    pub(crate) fn served_as(&self) -> Option<&'static str> {
        self.route.map(|route| route.served_as)
    }

    /// Fails unless the token is good for this route and this app now. The authorizer's answer may be a minute old.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), Error> {
        let refused = |fault| Err(Error::InvalidToken(fault));
        if let Some(fault) = self.token.token_fault {
            return refused(fault);
        }
        let ends = self.token.expires_at.and_then(|Number(ends)| Timestamp::from_second(ends).ok());
        let (Some(_), Some(ends)) = (&self.token.user, ends) else { return refused(TokenFault::NotBearer) };
        if !self.is_of_path {
            return refused(TokenFault::OtherApp);
        }
        if is_over(ends, now) {
            return refused(TokenFault::Expired);
        }
        match self.route {
            Some(route) if route.needs.is_in(self.token.token_scope.as_deref()) => Ok(()),
            Some(route) => Err(Error::Forbidden(format!(
                "this route needs the scope {}, which the token's claim scope does not name",
                route.needs.as_str()
            ))),
            None => Err(Error::Forbidden("this route takes no user token".to_owned())),
        }
    }

    /// Lets a web page of one of the app's origins read the answer.
    pub(crate) fn let_read(&self, origin: Option<&str>, headers: &mut HeaderMap) {
        // Each user has the same addresses, and what is behind them is nobody else's.
        headers.append("vary", HeaderValue::from_static("origin, authorization"));
        if !headers.contains_key("cache-control") {
            headers.insert("cache-control", HeaderValue::from_static("no-store"));
        }
        let origins = if self.is_of_path { self.token.origins.as_str() } else { "" };
        if let Some(origin) =
            origin.filter(|origin| !origin.is_empty() && origins.split(' ').any(|known| known == *origin))
            && let Ok(origin) = HeaderValue::from_str(origin)
        {
            headers.insert("access-control-allow-origin", origin);
            headers.insert("access-control-expose-headers", HeaderValue::from_static(EXPOSED));
        }
    }
}

/// The headers that a web page may read, besides those that every page may.
const EXPOSED: &str = "etag, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset";
