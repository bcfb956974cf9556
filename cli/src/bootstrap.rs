//! `moments keys bootstrap`: mints the operator's key straight in a deployed table, with the caller's AWS credentials.
//! It is the one key that no other key can mint; everything after it goes through the API.

use clap::Args;
use shared::Environment;
use shared::id::KeyId;
use shared::identity::{Caller, Mode, Scope};
use shared::runtime::Settings;
use shared::secret::ApiKey;
use shared::store::keys;

const EXAMPLE: &str = "Example:
  sam list stack-outputs --stack-name moments     shows the table's name
  AWS_REGION=eu-central-1 moments keys bootstrap --table moments-Table-1ABC

Credentials are read from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; `aws configure
export-credentials --format env` prints them for a profile. The key needs dynamodb:PutItem on the table.";

/// Where to mint it.
#[derive(Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Arguments {
    /// The table, as the stack's output TableName says.
    #[arg(long)]
    table: String,
    /// Where DynamoDB is, if not in AWS: for a system on this machine.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
}

/// Mints the key and prints it.
pub(crate) async fn run(arguments: Arguments, as_json: bool) -> Result<(), String> {
    let settings = Settings::read(|name| match name {
        "TABLE_NAME" => Some(arguments.table.clone()),
        "DYNAMODB_ENDPOINT" => arguments.endpoint.clone(),
        #[expect(clippy::disallowed_methods, reason = "a command reads its caller's environment")]
        other => std::env::var(other).ok(),
    })?;
    if settings.credentials.is_none() && arguments.endpoint.is_none() {
        return Err("no AWS credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or see --help".into());
    }
    let environment = Environment::new(&settings);
    let now = local::clock::Clock::system().now();
    let key = ApiKey::mint(Mode::Live, &mut *environment.store.random());
    let fingerprint = &key.hash().to_hex()[..12];
    let key_id = KeyId::try_from(format!("key_operator_{fingerprint}")).map_err(|error| error.to_string())?;
    let shown = if as_json {
        serde_json::json!({ "key_id": &key_id, "key": key.expose() }).to_string()
    } else {
        key.expose().to_owned()
    };
    let caller = Caller { app_id: None, scope: Scope::Admin, mode: Mode::Live, key_id };
    let minted = keys::mint(&environment.store, &key.hash(), &caller, now).await;
    minted.map_err(|error| format!("the key could not be written to table {}: {error}", arguments.table))?;
    crate::print(&shown)
}
