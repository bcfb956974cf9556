//! `moments profile`: the API, the app and its keys under a name, so that commands need no environment variables. One
//! file holds all profiles; only its owner can read it.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::{Api, Call, Failure, Needs, OnApp, in_path};
use crate::output;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Save the API, the app and the key of this call under a name, and use it.
    #[command(after_help = "Examples:
  MOMENTS_KEY=mk_live_… moments profile save shop --app shop \\
      --api https://api.example
  # again with a key of the other scope: the profile has both
  MOMENTS_KEY=mk_live_… moments profile save shop

A command takes the key of the scope that it needs. Flags and environment
variables go first. A profile's keys are sent to its own API only.")]
    Save {
        /// The profile's name.
        name: String,
    },
    /// Use a profile from now on.
    #[command(after_help = "Example:\n  moments profile use shop")]
    Use {
        /// The profile's name.
        name: String,
    },
    /// List all profiles, without their keys.
    #[command(after_help = "Example:\n  moments profile list")]
    List,
    /// Delete a profile. Its keys stay valid.
    #[command(after_help = "Example:\n  moments profile delete shop")]
    Delete {
        /// The profile's name.
        name: String,
    },
}

/// What a profile remembers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// The API's address.
    pub(crate) api: String,
    /// The app.
    pub(crate) app: Option<String>,
    admin_key: Option<String>,
    app_key: Option<String>,
}

impl Profile {
    /// Returns the key of that scope.
    pub(crate) fn key(&self, needs: Needs) -> Option<String> {
        match needs {
            Needs::Admin => self.admin_key.clone(),
            Needs::App => self.app_key.clone(),
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Profiles {
    in_use: Option<String>,
    profiles: BTreeMap<String, Profile>,
}

/// Returns the profile in use, if there is one.
pub(crate) fn in_use() -> Result<Option<Profile>, Failure> {
    let mut all = read()?;
    Ok(all.in_use.and_then(|name| all.profiles.remove(&name)))
}

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let as_json = connection.connection.json;
    let mut all = read()?;
    match command {
        Command::Save { name } => {
            let api = Api::new(&connection.connection, Needs::Admin)?;
            let app = connection.app()?;
            let key = connection.connection.given_key()?.to_owned();
            let needs = scope_of(&api, &app)?;
            let known = all.profiles.remove(&name).filter(|known| known.api == api.base);
            let known = known.filter(|known| known.app.as_deref() == Some(&app)).unwrap_or_default();
            let mut profile = Profile { api: api.base, app: Some(app), ..known };
            let scope = match needs {
                Needs::Admin => {
                    profile.admin_key = Some(key);
                    "admin"
                }
                Needs::App => {
                    profile.app_key = Some(key);
                    "app"
                }
            };
            all.profiles.insert(name.clone(), profile);
            all.in_use = Some(name.clone());
            write(&all)?;
            done(as_json, &format!("{name} is in use, with a key of scope {scope}."))
        }
        Command::Use { name } => {
            if !all.profiles.contains_key(&name) {
                return Err(unknown(&all, &name));
            }
            all.in_use = Some(name.clone());
            write(&all)?;
            done(as_json, &format!("{name} is in use."))
        }
        Command::List => {
            let has = |key: &Option<String>| key.as_ref().map(|_| "yes");
            let row = |(name, profile): (&String, &Profile)| {
                json!({
                    "name": name, "api": profile.api, "app": profile.app, "admin_key": has(&profile.admin_key),
                    "app_key": has(&profile.app_key), "in_use": (all.in_use.as_ref() == Some(name)).then_some("yes"),
                })
            };
            let rows: Vec<Value> = all.profiles.iter().map(row).collect();
            output::entries(as_json, &rows, "NAME name, IN USE in_use, API api, APP app, ADMIN admin_key, APP app_key")
        }
        Command::Delete { name } => {
            if all.profiles.remove(&name).is_none() {
                return Err(unknown(&all, &name));
            }
            all.in_use = all.in_use.filter(|used| *used != name);
            write(&all)?;
            done(as_json, &format!("{name} is deleted."))
        }
    }
}

fn done(as_json: bool, text: &str) -> Result<(), Failure> {
    crate::api::done(as_json, text)
}

/// Asks the API what a key may do.
fn scope_of(api: &Api, app: &str) -> Result<Needs, Failure> {
    match api.call(&Call::get(format!("/v1/apps/{}", in_path(app)))) {
        Ok(_) => Ok(Needs::Admin),
        // Also without a single user: the list is empty then.
        Err(Failure { code: 4, .. }) => api.call(&Call::get("/v1/users/nobody/rewards?limit=1")).map(|_| Needs::App),
        Err(failure) => Err(failure),
    }
}

fn unknown(all: &Profiles, name: &str) -> Failure {
    let names: Vec<&str> = all.profiles.keys().map(String::as_str).collect();
    let there = if names.is_empty() { "there is none yet: moments profile save".into() } else { names.join(", ") };
    Failure::new(5, format!("there is no profile {name}; {there}"))
}

/// Returns the path of the file: where the user's configuration is.
fn path() -> Result<PathBuf, Failure> {
    #[expect(clippy::disallowed_methods, reason = "where the user's files are is told by the environment alone")]
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
    let folder = folder.ok_or_else(|| Failure::new(2, "where are your files? set HOME or XDG_CONFIG_HOME"))?;
    Ok(folder.join("moments").join("profiles.json"))
}

fn read() -> Result<Profiles, Failure> {
    let Ok(path) = path() else { return Ok(Profiles::default()) };
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| Failure::new(2, format!("{} is damaged: {error}; mend or delete it", path.display()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Profiles::default()),
        Err(error) => Err(Failure::new(2, format!("{} cannot be read: {error}", path.display()))),
    }
}

/// Replaces the file as a whole, so that an interruption leaves the old or the new one.
fn write(all: &Profiles) -> Result<(), Failure> {
    let path = path()?;
    let cannot = |error: std::io::Error| Failure::unexpected(format!("cannot write {}: {error}", path.display()));
    let folder = path.parent().unwrap_or(&path);
    std::fs::create_dir_all(folder).map_err(cannot)?;
    // Only its owner can read a temporary file.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(cannot)?;
    let text = serde_json::to_string_pretty(all).map_err(|error| Failure::unexpected(error.to_string()))?;
    writeln!(file, "{text}").and_then(|()| file.as_file().sync_all()).map_err(cannot)?;
    file.persist(&path).map_err(|error| cannot(error.error))?;
    Ok(())
}
