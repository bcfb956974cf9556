//! KMS as a transport of the SDK. Its ciphertext only names the key and the encryption context; decrypting fails unless
//! the caller names the same.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::base64;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// The requests, and the state of the key. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Kms(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    requests: Mutex<Vec<(String, Value)>>,
    is_disabled: AtomicBool,
}

impl Kms {
    /// Returns each request's header `x-amz-target` and body.
    pub fn requests(&self) -> Vec<(String, Value)> {
        self.0.requests.lock().unwrap().clone()
    }

    /// Disables or enables the key.
    pub fn disable(&self, is_disabled: bool) {
        self.0.is_disabled.store(is_disabled, Relaxed);
    }

    /// Returns the transport.
    pub fn transport(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    fn answer(&self, operation: &str, body: &Value) -> (u16, Value) {
        if self.0.is_disabled.load(Relaxed) {
            return (400, json!({"__type": "DisabledException", "message": "the key is disabled"}));
        }
        let bound = |of: &Value| json!({"key": of["KeyId"], "context": of["EncryptionContext"]}).to_string();
        match operation {
            "TrentService.Encrypt" => {
                let sealed = json!({"bound": bound(body), "plain": body["Plaintext"]});
                (200, json!({"CiphertextBlob": base64::encode(sealed.to_string()), "KeyId": body["KeyId"]}))
            }
            "TrentService.Decrypt" => {
                let sealed = base64::decode(body["CiphertextBlob"].as_str().unwrap()).unwrap();
                let sealed: Value = serde_json::from_slice(&sealed).unwrap();
                if sealed["bound"] != json!(bound(body)) {
                    return (400, json!({"__type": "InvalidCiphertextException"}));
                }
                (200, json!({"Plaintext": sealed["plain"], "KeyId": body["KeyId"]}))
            }
            other => panic!("KMS was asked for {other}"),
        }
    }
}

impl HttpConnector for Kms {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").unwrap().to_owned();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let (status, answer) = self.answer(&operation, &body);
        self.0.requests.lock().unwrap().push((operation, body));
        let status = aws_smithy_runtime_api::http::StatusCode::try_from(status).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer.to_string()))))
    }
}

#[cfg(test)]
mod tests {
    use aws::Settings;
    use domain::id::RewardId;
    use domain::reward::shipping::ShippingAddress;
    use domain::sealed::Sealing;
    use outbound_kms::AddressCipher;

    use super::*;

    #[tokio::test]
    async fn kms_encrypts_an_address_for_its_reward_alone() {
        let kms = Kms::default();
        let variables = |key: &'static str| {
            move |name: &str| match name {
                "TABLE_NAME" => Some("moments".to_owned()),
                "ADDRESS_KEY" => Some(key.to_owned()),
                _ => None,
            }
        };
        let cipher = AddressCipher::through(kms.transport(), &Settings::read(variables("arn:key")).unwrap());
        let address: ShippingAddress =
            serde_json::from_value(json!({"name": "Ada Lovelace", "line1": "Ring 1", "country": "DE"})).unwrap();
        let id = |tail: &str| RewardId::try_from(format!("app.spring.0801a2311e1800{tail}")).unwrap();
        let (own, other) = (id("AAECAwQFBgcICQoLDA0ODw"), id("AQECAwQFBgcICQoLDA0ODw"));
        let sealed = cipher.seal(&own, &address).await.unwrap();
        assert_eq!((sealed.sealing, cipher.open(&own, &sealed).await.unwrap()), (Sealing::Kms, address.clone()));
        assert!(cipher.open(&other, &sealed).await.is_err());
        let asked = json!(kms.requests()).to_string();
        assert!(!asked.contains(own.as_str()), "the context shows in CloudTrail, and an id opens its link");
        kms.disable(true);
        let error = cipher.open(&own, &sealed).await.unwrap_err().to_string();
        assert!(error.contains("DisabledException") && !error.contains("Ada"), "{error}");
        let off = AddressCipher::through(kms.transport(), &Settings::read(variables("")).unwrap());
        assert!(off.open(&own, &sealed).await.is_err());
        assert_eq!(off.seal(&own, &address).await.unwrap().sealing, Sealing::None);
    }
}
