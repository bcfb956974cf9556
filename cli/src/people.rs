//! `moments people`: people and services who administer, their roles and their keys.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::api::{Api, Call, Failure, Needs, OnApi, in_path};
use crate::files::read_json;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the people who have a role in your apps.
    #[command(after_help = "Example:\n  moments people list")]
    List,
    /// Show a person.
    #[command(after_help = "Example:\n  moments people get ada")]
    Get {
        /// The person's id.
        person: String,
    },
    /// Add a person, or change the name and the roles. The roles given replace all earlier ones.
    #[command(after_help = "Examples:
  # she writes campaigns of shop, somebody else approves them
  moments people put ada --name 'Ada Lovelace' --role shop=editor
  moments people put ben --name 'Ben' --role shop=approver,support
  # every app
  moments people put olga --name 'Olga' --role '*=owner'
  # a program
  moments people put deploy --name 'Deployment' --service --role shop=editor
  # ada signs in at the identity provider from now on
  moments people put ada --subject 00u1a2b3c4
  # no role any more
  moments people put ben --no-role")]
    Put(Put),
    /// Delete a person with all keys and sessions.
    #[command(after_help = "Example:\n  moments people delete ben")]
    Delete {
        /// The person's id.
        person: String,
    },
    /// List a person's keys, without their secrets.
    #[command(after_help = "Example:\n  moments people keys ada")]
    Keys {
        /// The person's id.
        person: String,
    },
    /// Mint a key for a person. It is shown only now.
    #[command(after_help = "Example:\n  moments people mint ada")]
    Mint {
        /// The person's id.
        person: String,
    },
    /// Revoke a person's key. It stops working within 60 seconds.
    #[command(after_help = "Example:\n  moments people revoke ada key_7cZzQ1")]
    Revoke {
        /// The person's id.
        person: String,
        /// The key's public name.
        key_id: String,
    },
    /// The identity provider through which people sign in. Needs the operator's key.
    #[command(subcommand)]
    Provider(Provider),
    /// Show who you are: the person of the key, and the roles.
    #[command(after_help = "Example:\n  moments people me")]
    Me,
}

#[derive(Subcommand)]
pub(crate) enum Provider {
    /// Set the identity provider up, or change it, from a JSON file. It must answer.
    #[command(after_help = "Example:
  moments people provider set provider.json

The file, with the roles of each group:
  {\"name\": \"Example\", \"issuer\": \"https://id.example\",
   \"client_id\": \"moments\", \"client_secret\": \"…\",
   \"redirect_uris\": [\"https://API_HOST/console/sign-in/callback\"],
   \"groups\": {\"editors\": {\"shop\": [\"editor\"]}}}")]
    Set {
        /// A file with the provider as JSON; - reads standard input.
        file: String,
        /// Only if the provider is at this version.
        #[arg(long, value_name = "VERSION")]
        if_match: Option<u64>,
    },
    /// Show the identity provider, without the client's secret.
    #[command(after_help = "Example:\n  moments people provider show")]
    Show,
    /// Delete the identity provider: nobody signs in any more.
    #[command(after_help = "Example:\n  moments people provider delete")]
    Delete,
}

/// The path of the identity provider.
const PROVIDER: &str = "/v1/identity-provider";

#[derive(Args)]
pub(crate) struct Put {
    /// The person's id: 1 to 64 of A-Z a-z 0-9 _ - . @
    person: String,
    /// A name for people. A new person needs one.
    #[arg(long)]
    name: Option<String>,
    /// Roles in an app, or in every app (*): viewer, editor, approver, support, owner.
    #[arg(long = "role", value_name = "APP=ROLE,…", required_unless_present_any = ["no_role", "subject"])]
    roles: Vec<String>,
    /// No role in any of your apps.
    #[arg(long, conflicts_with = "roles")]
    no_role: bool,
    /// Who the person is at the identity provider, by its own id of the person. From then on the person signs in there,
    /// and no key of the person works.
    #[arg(long, conflicts_with = "service")]
    subject: Option<String>,
    /// A program, whose approval is never that of another person.
    #[arg(long)]
    service: bool,
    /// Only if the person is at this version.
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
}

pub(crate) fn run(OnApi { connection, command }: OnApi<Command>) -> Result<(), Failure> {
    let api = Api::new(&connection, Needs::Admin)?;
    let one = |person: &str| format!("/v1/people/{}", in_path(person));
    match command {
        Command::List => api.show_list(
            "/v1/people",
            "PERSON person_id, NAME name, KIND kind, ROLES roles, ADDED created_at, VERSION version",
        ),
        Command::Get { person } => api.show(&Call::get(one(&person))),
        Command::Put(asked) => put(&api, &one(&asked.person), asked),
        Command::Delete { person } => {
            api.call(&Call::delete(one(&person)))?;
            api.done(&format!("{person} is deleted."))
        }
        Command::Keys { person } => {
            api.show_list(&format!("{}/keys", one(&person)), "KEY key_id, CREATED created_at, ENDED expires_at")
        }
        // A second call would mint another one.
        Command::Mint { person } => api.show(&Call::post(format!("{}/keys", one(&person)), json!({})).once()),
        Command::Revoke { person, key_id } => {
            api.call(&Call::delete(format!("{}/keys/{}", one(&person), in_path(&key_id))))?;
            api.done(&format!("{key_id} is revoked."))
        }
        Command::Provider(Provider::Set { file, if_match }) => {
            api.show(&Call::put(PROVIDER, read_json(&file)?).if_match(if_match))
        }
        Command::Provider(Provider::Show) => api.show(&Call::get(PROVIDER)),
        Command::Provider(Provider::Delete) => {
            api.call(&Call::delete(PROVIDER))?;
            api.done("There is no identity provider any more.")
        }
        Command::Me => api.show(&Call::get("/v1/session")),
    }
}

fn put(api: &Api, path: &str, asked: Put) -> Result<(), Failure> {
    let before = match api.call(&Call::get(path)) {
        Ok(before) => before,
        Err(failure) if failure.code == 5 => Value::Null,
        Err(failure) => return Err(failure),
    };
    let Some(name) = asked.name.or_else(|| before["name"].as_str().map(str::to_owned)) else {
        return Err(Failure::new(2, format!("there is no person {} yet; a new one needs --name", asked.person)));
    };
    let kind = if asked.service { "service" } else { before["kind"].as_str().unwrap_or("person") };
    let mut roles = Map::new();
    for text in &asked.roles {
        let Some((app, names)) = text.split_once('=') else {
            let message = format!("--role {text} must be an app and its roles, like shop=editor,support");
            return Err(Failure::new(2, message));
        };
        let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        roles.insert(app.to_owned(), json!(names));
    }
    let keeps_roles = roles.is_empty() && !asked.no_role && before["roles"].is_object();
    let roles = if keeps_roles { before["roles"].clone() } else { Value::Object(roles) };
    let body = json!({ "name": name, "kind": kind, "roles": roles, "subject": asked.subject });
    api.show(&Call::put(path, body).if_match(asked.if_match.or(before["version"].as_u64())))
}
