//! People and services who administer: their roles in each app, and how an authorizer's flat answer carries them. The
//! routes that each role may call stand in `edge::admin_routes`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AppId, KeyId, PersonId};
use crate::sign_in::Identity;

/// What a person may do in an app. Each role may also read what a viewer reads; an owner may do everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads campaigns, reward groups, stock levels and reports.
    Viewer,
    /// Writes and submits campaigns, reward groups and stock.
    Editor,
    /// Approves, rejects, suspends and resumes campaigns; announces them; approves a competition's places.
    Approver,
    /// Looks users and rewards up, voids, replaces and releases rewards, and handles orders.
    Support,
    /// Does all of this, and manages the app, its keys, webhooks and partners, and its people.
    Owner,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Editor, Self::Approver, Self::Support, Self::Owner];

    /// Returns the name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Approver => "approver",
            Self::Support => "support",
            Self::Owner => "owner",
        }
    }

    /// The letter in an authorizer's answer.
    const fn letter(self) -> char {
        match self {
            Self::Viewer => 'v',
            Self::Editor => 'e',
            Self::Approver => 'a',
            Self::Support => 's',
            Self::Owner => 'o',
        }
    }

    /// True if whoever has this role may do what `needed` may.
    const fn covers(self, needed: Self) -> bool {
        matches!((self, needed), (Self::Owner, _) | (_, Self::Viewer)) || self as u8 == needed as u8
    }
}

/// The apps of a role: one, or all of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum RoleScope {
    /// Every app there is and will be. The API writes `*`.
    EveryApp,
    /// One app.
    App(AppId),
}

impl TryFrom<String> for RoleScope {
    type Error = crate::id::InvalidId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "*" { Ok(Self::EveryApp) } else { AppId::try_from(text).map(Self::App) }
    }
}

impl From<RoleScope> for String {
    fn from(scope: RoleScope) -> Self {
        match scope {
            RoleScope::EveryApp => "*".to_owned(),
            RoleScope::App(app) => app.into(),
        }
    }
}

/// Roles by app.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(pub BTreeMap<RoleScope, BTreeSet<Role>>);

impl Roles {
    /// The most apps that a person has roles in, so that they fit into what an authorizer may answer.
    pub const MOST_APPS: usize = 50;

    /// True if one of the roles lets its holder do in the app what `needed` may do.
    pub fn allow(&self, app: &AppId, needed: Role) -> bool {
        let of =
            |scope: &RoleScope| self.0.get(scope).is_some_and(|roles| roles.iter().any(|role| role.covers(needed)));
        of(&RoleScope::EveryApp) || of(&RoleScope::App(app.clone()))
    }

    /// True if the holder owns every app.
    pub fn own_every_app(&self) -> bool {
        self.0.get(&RoleScope::EveryApp).is_some_and(|roles| roles.contains(&Role::Owner))
    }

    /// True if the holder owns the app, or every app for the scope of every app.
    pub fn own(&self, scope: &RoleScope) -> bool {
        match scope {
            RoleScope::EveryApp => self.own_every_app(),
            RoleScope::App(app) => self.allow(app, Role::Owner),
        }
    }

    /// True if the holder may read every app.
    pub fn reach_every_app(&self) -> bool {
        self.0.get(&RoleScope::EveryApp).is_some_and(|roles| !roles.is_empty())
    }

    /// Returns the apps that are named with at least one role.
    pub fn apps(&self) -> impl Iterator<Item = &AppId> {
        self.0.iter().filter(|(_, roles)| !roles.is_empty()).filter_map(|(scope, _)| match scope {
            RoleScope::App(app) => Some(app),
            RoleScope::EveryApp => None,
        })
    }

    /// Writes the roles as flat text, as an authorizer's answer needs it: `shop:ea *:v`.
    pub fn to_text(&self) -> String {
        let entry = |(scope, roles): (&RoleScope, &BTreeSet<Role>)| {
            let letters: String = roles.iter().map(|role| role.letter()).collect();
            format!("{}:{letters}", String::from(scope.clone()))
        };
        self.0.iter().map(entry).collect::<Vec<_>>().join(" ")
    }

    /// Reads what [`Roles::to_text`] wrote. `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let role = |letter: char| Role::ALL.into_iter().find(|role| role.letter() == letter);
        let entry = |entry: &str| {
            let (scope, letters) = entry.split_once(':')?;
            let roles = letters.chars().map(role).collect::<Option<_>>()?;
            Some((RoleScope::try_from(scope.to_owned()).ok()?, roles))
        };
        text.split(' ').filter(|entry| !entry.is_empty()).map(entry).collect::<Option<_>>().map(Self)
    }
}

/// Reads and writes roles as flat text.
pub mod flat_roles {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Roles;

    /// Writes the roles.
    pub fn serialize<S: Serializer>(roles: &Roles, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&roles.to_text())
    }

    /// Reads the roles.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Roles, D::Error> {
        let text = String::deserialize(deserializer)?;
        Roles::from_text(&text).ok_or_else(|| D::Error::custom("not roles"))
    }
}

/// Human or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// A human being. Only they can be the other pair of eyes.
    #[default]
    Person,
    /// A program, such as a deployment.
    Service,
}

/// A person or a service who administers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The id, also in the history of what the person did.
    pub person_id: PersonId,
    /// For people.
    pub name: String,
    /// Human or not.
    #[serde(default)]
    pub kind: PersonKind,
    /// The roles by app.
    pub roles: Roles,
    /// Who the person is at the identity provider. Such a person comes in by signing in there, and by no key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// When the person was first written.
    pub created_at: Timestamp,
    /// Rises by one with every edit.
    pub version: u64,
}

impl Person {
    /// Returns the apps that a change of the person concerns: those with other roles, and all of them if the person is
    /// called otherwise or is somebody else at the identity provider.
    pub fn scopes_changed_from(&self, before: Option<&Self>) -> Vec<RoleScope> {
        let none = Roles::default();
        let of_before = before.map_or(&none, |before| &before.roles);
        let is_other = before.is_none_or(|before| {
            (&before.name, before.kind, &before.identity) != (&self.name, self.kind, &self.identity)
        });
        let scopes: BTreeSet<&RoleScope> = of_before.0.keys().chain(self.roles.0.keys()).collect();
        let differs = |scope: &&&RoleScope| is_other || of_before.0.get(**scope) != self.roles.0.get(**scope);
        scopes.iter().filter(differs).map(|scope| (*scope).clone()).collect()
    }
}

/// Who is behind a key: who minted it, who minted the key that minted it, and so on. They are people, and keys that are no
/// person's. With a key that somebody made, nobody else has looked at what that somebody wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MintedBy {
    people: BTreeSet<PersonId>,
    keys: BTreeSet<KeyId>,
}

impl MintedBy {
    /// The most people and keys behind a key.
    pub const MOST: usize = 20;

    /// True if nobody is behind the key: the operator minted it.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.keys.is_empty()
    }

    /// Returns these and a person or, without one, a key. `None` if they would be too many.
    pub fn with(&self, person: Option<&PersonId>, key: Option<&KeyId>) -> Option<Self> {
        let mut all = self.clone();
        match (person, key) {
            (Some(person), _) => _ = all.people.insert(person.clone()),
            (None, key) => all.keys.extend(key.cloned()),
        }
        all.bounded()
    }

    /// Returns those of both. `None` if they would be too many.
    pub fn and(&self, other: &Self) -> Option<Self> {
        let mut all = self.clone();
        all.people.extend(other.people.iter().cloned());
        all.keys.extend(other.keys.iter().cloned());
        all.bounded()
    }

    fn bounded(self) -> Option<Self> {
        (self.people.len() + self.keys.len() <= Self::MOST).then_some(self)
    }

    /// Returns the people.
    pub fn people(&self) -> impl Iterator<Item = &PersonId> {
        self.people.iter()
    }

    /// Returns the keys that are no person's.
    pub fn keys(&self) -> impl Iterator<Item = &KeyId> {
        self.keys.iter()
    }
}

/// Marks a key in the text of a [`MintedBy`]. No id of a person holds it.
const A_KEY: char = '#';

impl From<MintedBy> for String {
    fn from(MintedBy { people, keys }: MintedBy) -> Self {
        let keys = keys.iter().map(|key| format!("{A_KEY}{key}"));
        people.iter().map(ToString::to_string).chain(keys).collect::<Vec<_>>().join(" ")
    }
}

impl TryFrom<String> for MintedBy {
    type Error = crate::id::InvalidId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut read = Self::default();
        for name in text.split(' ').filter(|name| !name.is_empty()) {
            match name.strip_prefix(A_KEY) {
                Some(key) => _ = read.keys.insert(KeyId::try_from(key)?),
                None => _ = read.people.insert(PersonId::try_from(name)?),
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(text: &str) -> Roles {
        Roles::from_text(text).unwrap()
    }

    #[test]
    fn a_role_does_what_it_says_in_its_app_and_nowhere_else() {
        let (shop, game): (AppId, AppId) = ("shop".try_into().unwrap(), "game".try_into().unwrap());
        for role in Role::ALL {
            let held = Roles([(RoleScope::App(shop.clone()), [role].into())].into());
            for needed in Role::ALL {
                let expected = needed == Role::Viewer || role == needed || role == Role::Owner;
                assert_eq!(held.allow(&shop, needed), expected, "{role:?} for {needed:?}");
                assert!(!held.allow(&game, needed), "{role:?}");
            }
            assert_eq!(held.own(&RoleScope::App(shop.clone())), role == Role::Owner);
            assert!(!held.own_every_app() && !held.reach_every_app());
        }
        let everywhere = roles("*:s");
        assert!(everywhere.allow(&game, Role::Support) && !everywhere.allow(&game, Role::Editor));
        assert!(everywhere.reach_every_app() && !everywhere.own_every_app());
        assert!(roles("*:o").own_every_app());
        assert!(!Roles::default().allow(&shop, Role::Viewer) && !roles("shop:").allow(&shop, Role::Viewer));
    }

    #[test]
    fn roles_become_text_and_back_and_other_text_is_no_role() {
        for text in ["", "shop:ea", "*:o game:v shop:vaso"] {
            assert_eq!(Roles::from_text(&roles(text).to_text()), Some(roles(text)), "{text}");
        }
        for text in ["shop", "shop:x", "sh op:v", "#:v", "shop:v,game:v"] {
            assert_eq!(Roles::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn the_people_behind_a_key_add_up_to_a_bound() {
        let person = |name: &str| PersonId::try_from(name).unwrap();
        let key = KeyId::try_from("key_1").unwrap();
        let both = MintedBy::default().with(Some(&person("ada")), Some(&key)).unwrap();
        let both = both.with(Some(&person("ben")), None).unwrap().with(None, Some(&key)).unwrap();
        assert_eq!(String::from(both.clone()), "ada ben #key_1");
        assert_eq!(MintedBy::try_from(String::from(both.clone())), Ok(both.clone()));
        assert_eq!(both.with(None, None), Some(both.clone()));
        let names: Vec<String> = (0..MintedBy::MOST).map(|number| format!("p{number}")).collect();
        let most = MintedBy::try_from(names.join(" ")).unwrap();
        assert_eq!((most.with(Some(&person("ada")), None), most.with(None, Some(&key))), (None, None));
        assert_eq!(most.and(&both), None);
    }
}
