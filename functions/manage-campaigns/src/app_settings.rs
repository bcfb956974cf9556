//! The settings of an app for its users' own tokens: which web pages may call, what clients may report, and what users
//! may do to their own data.

use domain::Error;
use domain::app::App;
use domain::id::Action;
use domain::origin::Origin;
use domain::user_token::UserRight;
use edge::fields::{Fields, FromField, Mistake, Value};

/// The most origins of an app, so that they fit into what an authorizer may answer.
const MOST_ORIGINS: usize = 20;

/// The most actions that clients may report.
const MOST_ACTIONS: usize = 100;

/// The settings that a body names; the others stay as they are.
pub(crate) struct ForUsers {
    cors_origins: Option<Vec<Origin>>,
    client_actions: Option<Vec<Action>>,
    users_may: Option<Vec<UserRight>>,
}

/// All settings of an app for its users' own tokens.
pub(crate) struct Settings {
    pub(crate) cors_origins: Vec<Origin>,
    pub(crate) client_actions: Vec<Action>,
    pub(crate) users_may: Vec<UserRight>,
}

impl ForUsers {
    /// Returns the settings over those of before.
    ///
    /// Fails if users could report moments and erase themselves: an erased user is a new one, who may earn everything
    /// again.
    pub(crate) fn over(self, before: Option<&App>) -> Result<Settings, Error> {
        let before = before.map(|app| (app.cors_origins.clone(), app.client_actions.clone(), app.users_may.clone()));
        let (cors_origins, client_actions, users_may) = before.unwrap_or_default();
        let client_actions = self.client_actions.unwrap_or(client_actions);
        let users_may = self.users_may.unwrap_or(users_may);
        if !client_actions.is_empty() && users_may.contains(&UserRight::Erase) {
            let detail = "must not have erase together with client_actions: whoever is erased may earn every reward again; \
                          have the app's backend erase";
            return Err(Error::invalid("/users_may", "unbounded", detail));
        }
        Ok(Settings { cors_origins: self.cors_origins.unwrap_or(cors_origins), client_actions, users_may })
    }
}

struct OriginField(Origin);

impl FromField for OriginField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        Origin::read(&text).map(Self).map_err(|detail| Mistake("invalid_origin", detail.to_owned()))
    }
}

struct RightField(UserRight);

impl FromField for RightField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let name = value.as_str().unwrap_or_default();
        let right = UserRight::ALL.into_iter().find(|right| right.as_str() == name);
        right.map(Self).ok_or_else(|| {
            let names = UserRight::ALL.map(UserRight::as_str);
            Mistake("invalid_right", format!("must be one of {}", names.join(", ")))
        })
    }
}

/// Reads the settings. Each is a list without repetitions, and may be absent.
pub(crate) fn read(fields: &mut Fields<'_>) -> Option<ForUsers> {
    let cors_origins = list::<OriginField>(fields, "cors_origins", MOST_ORIGINS);
    let client_actions = list::<Action>(fields, "client_actions", MOST_ACTIONS);
    let users_may = list::<RightField>(fields, "users_may", UserRight::ALL.len());
    Some(ForUsers {
        cors_origins: cors_origins?.map(|all| all.into_iter().map(|origin| origin.0).collect()),
        client_actions: client_actions?,
        users_may: users_may?.map(|all| {
            let mut all: Vec<UserRight> = all.into_iter().map(|right| right.0).collect();
            all.sort_unstable();
            all
        }),
    })
}

/// Returns `None` after a mistake, and `Some(None)` if the field is absent.
fn list<T: FromField>(fields: &mut Fields<'_>, name: &'static str, most: usize) -> Option<Option<Vec<T>>> {
    if fields.value(name).is_none() {
        return Some(None);
    }
    let given = fields.array(name, 0..=most)?;
    let mut read = Vec::with_capacity(given.len());
    for (index, value) in given.iter().enumerate() {
        let place = format!("{name}/{index}");
        if given.iter().take(index).any(|earlier| earlier == value) {
            fields.refuse_at(&place, "duplicate", "is there twice");
            continue;
        }
        match T::from_field(value) {
            Ok(value) => read.push(value),
            Err(Mistake(code, detail)) => fields.refuse_at(&place, code, detail),
        }
    }
    Some(Some(read))
}
