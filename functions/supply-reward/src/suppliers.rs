//! What one environment keeps to call suppliers: the clients, and the credentials that it has decrypted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Error;
use domain::id::{AppId, SupplierId};
use domain::supplier::{Credentials, Supplier};
use outbound_kms::CredentialsCipher;
use outbound_suppliers::SupplierClient;

/// The suppliers whose credentials are kept. With more, all are decrypted anew.
const MOST_KEPT: usize = 100;

/// The clients, and decrypted credentials by supplier.
pub struct Suppliers {
    /// Encrypts and decrypts credentials.
    pub cipher: CredentialsCipher,
    /// Calls suppliers.
    pub client: SupplierClient,
    /// The sealed credentials beside the decrypted ones: others than the stored ones are not used.
    opened: Mutex<HashMap<(AppId, SupplierId), (Supplier, Credentials)>>,
}

impl Suppliers {
    /// A fresh environment's. Makes no request.
    pub fn new(cipher: CredentialsCipher, client: SupplierClient) -> Self {
        Self { cipher, client, opened: Mutex::default() }
    }

    /// Returns the credentials of a supplier as it was just read.
    pub async fn credentials(&self, supplier: &Supplier) -> Result<Credentials, Error> {
        let of = (supplier.app_id.clone(), supplier.supplier_id.clone());
        let known = self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(&of).cloned();
        if let Some((_, credentials)) = known.filter(|(known, _)| known.credentials == supplier.credentials) {
            return Ok(credentials);
        }
        let credentials = self.cipher.open(supplier).await?;
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= MOST_KEPT {
            opened.clear();
        }
        opened.insert(of, (supplier.clone(), credentials.clone()));
        Ok(credentials)
    }
}
