//! Encrypts under a key of AWS KMS: shipping addresses and the credentials of suppliers, each under a key of its own. A
//! value is below the 4 KB that `Encrypt` takes, so no data key is ever in memory. The name of its owner is bound to
//! the ciphertext, so that it opens in no other item.

use std::time::Duration;

use aws::{Settings, http_client};
use aws_sdk_kms::Client;
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::timeout::TimeoutConfig;
use aws_sdk_kms::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::operation::RequestId;
use aws_sdk_kms::primitives::Blob;
use domain::Error;
use domain::id::{AppId, RewardId, SupplierId};
use domain::reward::shipping::ShippingAddress;
use domain::sealed::{Sealed, Sealing};
use domain::supplier::{Credentials, Supplier};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A key of KMS, or none: on a laptop.
enum Cipher {
    Kms { client: Box<Client>, key: String },
    Off,
}

/// The owner of a value: a name and a value of the encryption context. CloudTrail shows both, so neither opens
/// anything.
type Owner<'a> = (&'static str, &'a str);

impl Cipher {
    fn through(transport: SharedHttpClient, key: &str, settings: &Settings) -> Self {
        if key.is_empty() {
            return Self::Off;
        }
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(2))
            .operation_timeout(Duration::from_secs(5))
            .build();
        let mut config = aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .http_client(transport)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(timeouts)
            .credentials_provider(settings.signing_credentials());
        if let Some(endpoint) = &settings.kms_endpoint {
            config = config.endpoint_url(endpoint);
        }
        Self::Kms { client: Box::new(Client::from_conf(config.build())), key: key.to_owned() }
    }

    async fn seal(&self, owner: Owner<'_>, value: &impl Serialize) -> Result<Sealed, Error> {
        let (name, text) = owner;
        let plain = serde_json::to_vec(value).map_err(|error| Error::Internal(format!("{name}: {error}")))?;
        let Self::Kms { client, key } = self else {
            return Ok(Sealed { sealing: Sealing::None, bytes: plain });
        };
        let request = client.encrypt().key_id(key).plaintext(Blob::new(plain));
        let answer = request.encryption_context(name, text).send().await;
        let answer = answer.map_err(|error| classified("encrypt", name, &error))?;
        let bytes = answer.ciphertext_blob.map(Blob::into_inner);
        let bytes = bytes.ok_or_else(|| Error::Internal(format!("encrypt, {name}: KMS answered nothing")))?;
        Ok(Sealed { sealing: Sealing::Kms, bytes })
    }

    async fn open<T: DeserializeOwned>(&self, owner: Owner<'_>, sealed: &Sealed) -> Result<T, Error> {
        let (name, text) = owner;
        let plain = match (self, sealed.sealing) {
            (Self::Off, Sealing::None) => sealed.bytes.clone(),
            (Self::Kms { .. }, Sealing::None) => {
                return Err(Error::Internal(format!("{name}: the value is not encrypted, and there is a key")));
            }
            (Self::Off, Sealing::Kms) => {
                return Err(Error::Internal(format!("{name}: the value is encrypted, and there is no key")));
            }
            (Self::Kms { client, key }, Sealing::Kms) => {
                let request = client.decrypt().key_id(key).ciphertext_blob(Blob::new(sealed.bytes.clone()));
                let answer = request.encryption_context(name, text).send().await;
                let answer = answer.map_err(|error| classified("decrypt", name, &error))?;
                answer.plaintext.map(Blob::into_inner).unwrap_or_default()
            }
        };
        // serde_json names the position and the mistake, never the text around it.
        serde_json::from_slice(&plain).map_err(|error| Error::Internal(format!("{name}: cannot be read: {error}")))
    }
}

/// Encrypts addresses, each for its reward.
pub struct AddressCipher(Cipher);

impl AddressCipher {
    /// The cipher of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::through(http_client(settings.kms_endpoint.as_deref()), settings)
    }

    /// As [`AddressCipher::new`], over a transport that stands in for KMS in tests.
    pub fn through(transport: SharedHttpClient, settings: &Settings) -> Self {
        Self(Cipher::through(transport, &settings.address_key, settings))
    }

    /// Encrypts an address for its reward.
    pub async fn seal(&self, reward: &RewardId, address: &ShippingAddress) -> Result<Sealed, Error> {
        // The id itself would open the reward's link.
        self.0.seal(("reward", &reward.fingerprint()), address).await
    }

    /// Decrypts the address of a reward.
    pub async fn open(&self, reward: &RewardId, sealed: &Sealed) -> Result<ShippingAddress, Error> {
        self.0.open(("reward", &reward.fingerprint()), sealed).await
    }
}

/// Encrypts credentials, each for its supplier.
pub struct CredentialsCipher(Cipher);

impl CredentialsCipher {
    /// The cipher of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::through(http_client(settings.kms_endpoint.as_deref()), settings)
    }

    /// As [`CredentialsCipher::new`], over a transport that stands in for KMS in tests.
    pub fn through(transport: SharedHttpClient, settings: &Settings) -> Self {
        Self(Cipher::through(transport, &settings.supplier_key, settings))
    }

    /// Encrypts credentials for the supplier that they are to be stored in.
    pub async fn seal(&self, app: &AppId, supplier: &SupplierId, credentials: &Credentials) -> Result<Sealed, Error> {
        self.0.seal(("supplier", &format!("{app}/{supplier}")), credentials).await
    }

    /// Decrypts a supplier's credentials.
    pub async fn open(&self, supplier: &Supplier) -> Result<Credentials, Error> {
        let owner = format!("{}/{}", supplier.app_id, supplier.supplier_id);
        self.0.open(("supplier", &owner), &supplier.credentials).await
    }
}

/// Returns `Internal` where an operator must repair the key, such as one that is disabled. All other errors pass.
fn classified<E, R>(operation: &'static str, what: &'static str, error: &SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    SdkError<E, R>: RequestId,
{
    let (code, request_id) = (error.code().unwrap_or("no answer"), error.request_id().unwrap_or("none"));
    let text = format!("{operation}, {what}: {code} (AWS request {request_id})");
    match code {
        "DisabledException"
        | "KMSInvalidStateException"
        | "NotFoundException"
        | "AccessDeniedException"
        | "InvalidCiphertextException"
        | "IncorrectKeyException"
        | "InvalidKeyUsageException" => Error::Internal(text),
        _ => Error::Unavailable(text),
    }
}
