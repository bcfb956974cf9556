//! Encrypts shipping addresses under a key of AWS KMS. An address is below the 4 KB that `Encrypt` takes, so no data
//! key is ever in memory. The reward's id is bound to the ciphertext, so that it opens in no other reward's item.

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
use domain::id::RewardId;
use domain::reward::shipping::{SealedAddress, Sealing, ShippingAddress};

/// The name of the reward's fingerprint in the encryption context. CloudTrail shows it, so it must open no link.
const CONTEXT: &str = "reward";

/// The encryption of addresses.
pub enum AddressCipher {
    /// By KMS.
    Kms {
        /// Its client.
        client: Box<Client>,
        /// The key's ARN.
        key: String,
    },
    /// None, because no key is configured: on a laptop.
    Off,
}

impl AddressCipher {
    /// The cipher of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::through(http_client(settings.kms_endpoint.as_deref()), settings)
    }

    /// As [`AddressCipher::new`], over a transport that stands in for KMS in tests.
    pub fn through(transport: SharedHttpClient, settings: &Settings) -> Self {
        if settings.address_key.is_empty() {
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
        Self::Kms { client: Box::new(Client::from_conf(config.build())), key: settings.address_key.clone() }
    }

    /// Encrypts an address for its reward.
    pub async fn seal(&self, reward: &RewardId, address: &ShippingAddress) -> Result<SealedAddress, Error> {
        let plain = serde_json::to_vec(address).map_err(|error| Error::Internal(format!("an address: {error}")))?;
        let Self::Kms { client, key } = self else {
            return Ok(SealedAddress { sealing: Sealing::None, bytes: plain });
        };
        let request = client.encrypt().key_id(key).plaintext(Blob::new(plain));
        let answer = request.encryption_context(CONTEXT, reward.fingerprint()).send().await;
        let answer = answer.map_err(|error| classified("encrypt address", &error))?;
        let bytes = answer.ciphertext_blob.map(Blob::into_inner);
        let bytes = bytes.ok_or_else(|| Error::Internal("encrypt address: KMS answered nothing".into()))?;
        Ok(SealedAddress { sealing: Sealing::Kms, bytes })
    }

    /// Decrypts the address of a reward.
    pub async fn open(&self, reward: &RewardId, sealed: &SealedAddress) -> Result<ShippingAddress, Error> {
        let plain = match (self, sealed.sealing) {
            (Self::Off, Sealing::None) => sealed.bytes.clone(),
            (Self::Kms { .. }, Sealing::None) => {
                return Err(Error::Internal("an address is not encrypted, and ADDRESS_KEY is set".into()));
            }
            (Self::Off, Sealing::Kms) => {
                return Err(Error::Internal("an address is encrypted, and ADDRESS_KEY is not set".into()));
            }
            (Self::Kms { client, key }, Sealing::Kms) => {
                let request = client.decrypt().key_id(key).ciphertext_blob(Blob::new(sealed.bytes.clone()));
                let answer = request.encryption_context(CONTEXT, reward.fingerprint()).send().await;
                let answer = answer.map_err(|error| classified("decrypt address", &error))?;
                answer.plaintext.map(Blob::into_inner).unwrap_or_default()
            }
        };
        // serde_json names the position and the mistake, never the text around it.
        serde_json::from_slice(&plain).map_err(|error| Error::Internal(format!("an address cannot be read: {error}")))
    }
}

/// Returns `Internal` where an operator must repair the key, such as one that is disabled. All other errors pass.
fn classified<E, R>(operation: &'static str, error: &SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    SdkError<E, R>: RequestId,
{
    let (code, request_id) = (error.code().unwrap_or("no answer"), error.request_id().unwrap_or("none"));
    let text = format!("{operation}: {code} (AWS request {request_id})");
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
