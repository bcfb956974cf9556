//! Reads roles by app from a body: of a person, and of a group at the identity provider.

use std::collections::{BTreeMap, BTreeSet};

use domain::person::{Role, RoleScope, Roles};
use serde_json::Value;

use crate::fields::{Fields, escape};

/// Reads a field with roles by app; an app without a role is left out.
pub fn required(fields: &mut Fields<'_>, name: &'static str) -> Option<Roles> {
    let Some(value) = fields.value(name) else {
        fields.refuse(name, "required", "is required");
        return None;
    };
    read(fields, name, &value)
}

/// Reads roles by app that stand at a place of the body, such as `groups/editors`.
pub fn read(fields: &mut Fields<'_>, place: &str, value: &Value) -> Option<Roles> {
    let Some(by_app) = value.as_object() else {
        fields.refuse_at(place, "wrong_type", "must be an object of app ids, or * for every app");
        return None;
    };
    if by_app.len() > Roles::MOST_APPS {
        let detail = format!("must name at most {} apps; * stands for every app", Roles::MOST_APPS);
        fields.refuse_at(place, "wrong_length", detail);
        return None;
    }
    let mut roles: BTreeMap<RoleScope, BTreeSet<Role>> = BTreeMap::new();
    let mut is_good = true;
    for (app, given) in by_app {
        let place = format!("{place}/{}", escape(app));
        let Ok(scope) = RoleScope::try_from(app.clone()) else {
            fields.refuse_at(&place, "invalid_id", "must be the id of an app, or * for every app");
            is_good = false;
            continue;
        };
        match of_names(given) {
            Ok(named) if named.is_empty() => {}
            Ok(named) => drop(roles.insert(scope, named)),
            Err(detail) => {
                fields.refuse_at(&place, "invalid_role", detail);
                is_good = false;
            }
        }
    }
    is_good.then_some(Roles(roles))
}

fn of_names(given: &Value) -> Result<BTreeSet<Role>, String> {
    let names = || Role::ALL.map(Role::as_str).join(", ");
    let given = given.as_array().ok_or_else(|| format!("must be a list of roles: {}", names()))?;
    let role = |name: &Value| Role::ALL.into_iter().find(|role| Some(role.as_str()) == name.as_str());
    let roles = given.iter().map(role).collect::<Option<_>>();
    roles.ok_or_else(|| format!("must list only roles: {}", names()))
}
