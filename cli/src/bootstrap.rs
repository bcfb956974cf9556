//! `moments keys bootstrap`: mints the operator's key straight in a deployed table, and revokes it there, with the caller's
//! AWS credentials. It is the one key that no other key can mint, and that is in no app's list; everything else goes
//! through the API.

use aws::Settings;
use clap::Args;
use domain::id::KeyId;
use domain::identity::{Caller, Mode, Scope};
use domain::secret::ApiKey;
use store::Store;
use store::keys::{self, Forgotten};

use crate::api::{Connection, Failure};
use crate::output;

const EXAMPLES: &str = "Examples:
  sam list stack-outputs --stack-name moments     shows the table's name
  AWS_REGION=eu-central-1 moments keys bootstrap --table moments-Table-1ABC
  MOMENTS_KEY=mk_live_… moments keys bootstrap --table moments-Table-1ABC --revoke

Credentials are read from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; `aws configure
export-credentials --format env` prints them for a profile. Minting needs dynamodb:PutItem on the table, and revoking
dynamodb:GetItem and dynamodb:DeleteItem. A key that is revoked may be accepted for up to 60 seconds more: so long the
API remembers whose it was.";

/// Where to mint it, or to revoke it.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The table, as the stack's output TableName says.
    #[arg(long)]
    table: String,
    /// Where DynamoDB is, if not in AWS: for a system on this machine.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Mint nothing, and revoke the operator's key in MOMENTS_KEY or --key.
    #[arg(long)]
    revoke: bool,
}

/// Mints the key and prints it, or revokes the one that is given.
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
    let caller = Caller { app_id: None, scope: Scope::Admin, mode: Mode::Live, key_id, partner: None };
    let minted = keys::mint(&store, &key.hash(), &caller, now).await;
    minted.map_err(|error| format!("the key could not be written to table {}: {error}", arguments.table))?;
    output::print(&shown)
}

/// What the caller's environment says, but for what stands in `own`. Only where that names an endpoint can there be no
/// credentials.
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

/// Revokes the key that is given, if it is an operator's.
async fn revoke(store: &Store, table: &str, connection: &Connection) -> Result<(), Failure> {
    let key = ApiKey::new(connection.needed_key()?);
    if !key.is_well_formed() {
        return Err(Failure::new(2, "what is given as the key is no key; is it all of it?"));
    }
    let forgotten = keys::forget(store, &key.hash()).await;
    match forgotten.map_err(|error| format!("the key could not be revoked in table {table}: {error}"))? {
        Forgotten::Done(key_id) => {
            let text = format!("{key_id} is revoked. For up to 60 seconds the API may still accept it.");
            crate::done(connection.json, &text)
        }
        Forgotten::Unknown => Err(Failure::new(5, format!("there is no such key in table {table}"))),
        Forgotten::OfApp(app, key_id) => {
            let instead = format!("this is a key of app {app}: moments keys revoke {key_id} --app {app}");
            Err(Failure::new(4, instead))
        }
    }
}
