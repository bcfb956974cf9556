//! Public keys on the curve P-256 as PEM, as `openssl ec -pubout` writes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::agreement::{self, ECDH_P256, EphemeralPrivateKey};
use ring::rand::SystemRandom;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject as _;

/// What stands before the point in every public key on P-256: the algorithm and the curve (RFC 5480, section 2), and
/// the length of an uncompressed point.
const BEFORE_POINT: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The bytes of an uncompressed point: `04`, x and y.
const POINT_BYTES: usize = 65;

/// The most bytes of a PEM that is read.
const MOST_BYTES: usize = 2_000;

const RULE: &str =
    "must be a public key on the curve P-256 as PEM (-----BEGIN PUBLIC KEY-----), as openssl ec -pubout writes it";

const PRIVATE: &str = "is a private key, which only the app's backend may have: treat it as leaked, make another one, and \
                       send its public key";

/// Reads a public key and returns it as PEM in one form, or says what it must be.
pub fn read(pem: &str) -> Result<String, &'static str> {
    if pem.contains("PRIVATE KEY") {
        return Err(PRIVATE);
    }
    let point = point(pem)?;
    // An agreement checks that the point is on the curve.
    let random = SystemRandom::new();
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &random).map_err(|_| RULE)?;
    let peer = agreement::UnparsedPublicKey::new(&ECDH_P256, &point);
    agreement::agree_ephemeral(own, &peer, |_| ()).map_err(|_| RULE)?;
    let whole = STANDARD.encode([&BEFORE_POINT[..], &point].concat());
    let (first, second) = whole.split_at(64);
    Ok(format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n"))
}

/// Returns the point of a public key.
pub(crate) fn point(pem: &str) -> Result<Vec<u8>, &'static str> {
    if pem.len() > MOST_BYTES {
        return Err(RULE);
    }
    let whole = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).map_err(|_| RULE)?;
    let point = whole.as_ref().strip_prefix(&BEFORE_POINT[..]).ok_or(RULE)?;
    if point.len() == POINT_BYTES && point.first() == Some(&4) { Ok(point.to_vec()) } else { Err(RULE) }
}
