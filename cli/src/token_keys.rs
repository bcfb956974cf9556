//! `moments token-keys`: the keys with which an app's backend signs tokens for its users, and a token to try out.

use clap::{Args, Subcommand};
use serde_json::json;
use user_tokens::{Claims, SigningKey, public_key, sign};

use crate::api::{AppConnection, Call, Failure, OnApp, in_path};
use crate::{files, output};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a token key. The secret of HS256 is shown only now.
    #[command(after_help = "Examples:
  # we make a secret (HS256)
  moments token-keys put web --app shop
  # you keep the private key (ES256)
  moments token-keys put phones --public-key key.pub --app shop
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem
  # this makes such a pair
  openssl pkey -in key.pem -pubout -out key.pub")]
    Put {
        /// The key's id. Tokens name it as kid.
        id: String,
        /// A file with a public key on P-256 as PEM; - reads standard input.
        #[arg(long, value_name = "FILE")]
        public_key: Option<String>,
        /// The mode of every token that the key signs.
        #[arg(long, value_parser = ["live", "test"], default_value = "live")]
        mode: String,
    },
    /// List an app's token keys, without their secrets.
    #[command(after_help = "Example:\n  moments token-keys list --app shop")]
    List,
    /// Delete a token key. Its tokens are refused within 60 seconds.
    #[command(after_help = "Example:\n  moments token-keys delete web --app shop")]
    Delete {
        /// The key's id.
        id: String,
    },
    /// Sign a token for a user on this machine, to try it out.
    #[command(after_help = "Examples:
  moments token-keys sign web ada --key secret.txt --app shop
  moments token-keys sign phones ada --key key.pem --minutes 5 \\
      --scope 'read write' --app shop")]
    Sign(Sign),
}

#[derive(Args)]
pub(crate) struct Sign {
    /// The key's id.
    id: String,
    /// The user.
    user: String,
    /// A file with the secret, or the private key as PEM; - reads standard input.
    #[arg(long, value_name = "FILE")]
    key: String,
    /// How long the token lasts.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=1_440))]
    minutes: u16,
    /// What the token may do: read, write, report, privacy. Without it, all.
    #[arg(long)]
    scope: Option<String>,
}

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    if let Command::Sign(asked) = command {
        return print_token(&connection, &asked);
    }
    let (api, app) = connection.open()?;
    let path = format!("{app}/token-keys");
    let one = |id: &str| format!("{path}/{}", in_path(id));
    match command {
        // A second call would not show the secret that the first one made.
        Command::Put { id, public_key: None, mode } => {
            api.show(&Call::put(one(&id), json!({ "algorithm": "HS256", "mode": mode })).once())
        }
        Command::Put { id, public_key: Some(file), mode } => {
            // Before anything is sent: it may be the private key.
            let public_key = public_key::read(&files::read_text(&file)?);
            let public_key = public_key.map_err(|why| Failure::new(2, format!("{file} {why}")))?;
            let body = json!({ "algorithm": "ES256", "mode": mode, "public_key": public_key });
            api.show(&Call::put(one(&id), body))
        }
        Command::List => api.show_list(&path, "KEY token_key_id, ALGORITHM algorithm, MODE mode, CREATED created_at"),
        Command::Delete { id } => {
            api.call(&Call::delete(one(&id)))?;
            api.done(&format!("{id} is deleted."))
        }
        Command::Sign(_) => Ok(()),
    }
}

/// Prints a token. Asks nobody: an app's backend signs without us.
fn print_token(connection: &AppConnection, asked: &Sign) -> Result<(), Failure> {
    let refused = |error: user_tokens::SigningError| Failure::new(2, error.0);
    let key = SigningKey::read(&files::read_text(&asked.key)?).map_err(refused)?;
    let now = local::clock::Clock::system().now().as_second();
    let exp = now.saturating_add(60 * i64::from(asked.minutes));
    let app = connection.app()?;
    let claims = Claims { sub: &asked.user, aud: &app, exp, scope: asked.scope.as_deref() };
    output::print(&sign(&asked.id, &key, &claims).map_err(refused)?)
}
