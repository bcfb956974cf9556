//! `moments keys bootstrap`: mints or revokes the operator's key in a deployed table, with the caller's AWS
//! credentials. No other key can mint it, and no app lists it. All other commands go through the API.

use aws::Settings;
use clap::Args;
use domain::id::KeyId;
use domain::identity::{Caller, Mode, Scope};
use domain::secret::ApiKey;
use store::Store;
use store::keys::{self, Forgotten};

use crate::api::{Connection, Failure, done};
use crate::output;

const EXAMPLES: &str = "Examples:
  # shows the table's name
  sam list stack-outputs --stack-name moments
  AWS_REGION=eu-central-1 moments keys bootstrap --table moments-Table-1ABC
  MOMENTS_KEY=mk_live_… moments keys bootstrap --table moments-Table-1ABC \\
      --revoke

Credentials are read from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
AWS_SESSION_TOKEN; `aws configure export-credentials --format env` prints them
for a profile. Minting needs dynamodb:PutItem on the table, and revoking
dynamodb:GetItem and dynamodb:DeleteItem. The API may accept a revoked key for
up to 60 more seconds, since it caches keys.";

/// The table of the key.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The table: the stack's output TableName.
    #[arg(long)]
    table: String,
    /// The endpoint of DynamoDB outside AWS, for a system on this machine.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Revoke the operator's key in MOMENTS_KEY or --key instead.
    #[arg(long)]
    revoke: bool,
}

/// Mints the key and prints it, or revokes the given key.
pub(crate) async fn run(arguments: Arguments, connection: &Connection) -> Result<(), Failure> {
    let own = [("TABLE_NAME", Some(arguments.table.as_str())), ("DYNAMODB_ENDPOINT", arguments.endpoint.as_deref())];
    let settings = settings(&own)?;
    let store = Store::new(&settings);
    if arguments.revoke {
        return revoke(&store, &arguments.table, connection).await;
    }
    let now = local::clock::Clock::system().now();
    let key = ApiKey::mint(Mode::Live, &mut *store.random());
    let fingerprint = &key.hash().to_hex()[..12];
    let key_id = KeyId::try_from(format!("key_operator_{fingerprint}")).map_err(|error| error.to_string())?;
    let shown = if connection.json {
        serde_json::json!({ "key_id": &key_id, "key": key.expose() }).to_string()
    } else {
        key.expose().to_owned()
    };
    let caller = Caller::new(None, Scope::Admin, Mode::Live, key_id);
    let minted = keys::mint(&store, &key.hash(), &caller, now).await;
    minted.map_err(|error| format!("the key could not be written to table {}: {error}", arguments.table))?;
    output::print(&shown)
}

/// Reads the settings from the caller's environment; `own` overrides it. Fails without credentials, unless `own` names
/// an endpoint.
pub(crate) fn settings(own: &[(&str, Option<&str>)]) -> Result<Settings, Failure> {
    let settings = Settings::read(|name| match own.iter().find(|(own, _)| *own == name) {
        Some((_, value)) => value.map(str::to_owned),
        #[expect(clippy::disallowed_methods, reason = "a command reads its caller's environment")]
        None => std::env::var(name).ok(),
    })?;
    let elsewhere = own.iter().any(|(name, value)| name.ends_with("_ENDPOINT") && value.is_some());
    if settings.credentials.is_none() && !elsewhere {
        let missing = "no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or see --help";
        return Err(Failure::unexpected(missing));
    }
    Ok(settings)
}

/// Revokes the given key if it is an operator's.
async fn revoke(store: &Store, table: &str, connection: &Connection) -> Result<(), Failure> {
    let key = ApiKey::new(connection.given_key()?);
    if !key.is_well_formed() {
        return Err(Failure::new(2, "the given key is no key; is it complete?"));
    }
    let forgotten = keys::forget(store, &key.hash()).await;
    match forgotten.map_err(|error| format!("the key could not be revoked in table {table}: {error}"))? {
        Forgotten::Done(key_id) => {
            let text = format!("{key_id} is revoked. For up to 60 seconds the API may still accept it.");
            done(connection.json, &text)
        }
        Forgotten::Unknown => Err(Failure::new(5, format!("there is no such key in table {table}"))),
        Forgotten::OfPerson(person, key_id) => {
            let instead = format!("this is a key of {person}: moments people revoke {person} {key_id}");
            Err(Failure::new(4, instead))
        }
        Forgotten::OfApp(app, key_id) => {
            let instead = format!("this is a key of app {app}: moments keys revoke {key_id} --app {app}");
            Err(Failure::new(4, instead))
        }
    }
}
