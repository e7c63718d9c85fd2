//! Encrypting a push for the browser that it is meant for: RFC 8291 on RFC 8188 (`aes128gcm`). The push service sees the length.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

/// An uncompressed point of P-256.
pub(crate) const KEY_BYTES: usize = 65;
/// The secret of a browser.
pub(crate) const SECRET_BYTES: usize = 16;
/// One record takes all that we say, and push services must take this much (RFC 8291, 4).
const RECORD_BYTES: u32 = 4_096;
/// All messages are padded to this length, so that it tells the push service nothing.
const TEXT_BYTES: usize = 1_024;
/// Ends the last record (RFC 8188, 2).
const LAST_RECORD: u8 = 2;

/// Why there is no ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EncryptError {
    /// What the browser gave as its key is none.
    #[error("the browser's key is no point of P-256")]
    BadKey,
    /// The text is longer than what all messages are padded to.
    #[error("the text is too long for a push")]
    TooLong,
}

impl From<Unspecified> for EncryptError {
    /// What we make ourselves is right, so that it can only be the browser's key.
    fn from(_: Unspecified) -> Self {
        Self::BadKey
    }
}

/// Encrypts `text` for a browser, with a key and a salt that are used once.
///
/// # Errors
/// [`EncryptError`].
pub(crate) fn encrypt(text: &[u8], key: &[u8], secret: &[u8]) -> Result<Vec<u8>, EncryptError> {
    if text.len() > TEXT_BYTES {
        return Err(EncryptError::TooLong);
    }
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt)?;
    seal(
        text,
        TEXT_BYTES - text.len(),
        key,
        secret,
        &PrivateKey::generate(&ECDH_P256)?,
        &salt,
    )
}

/// Whether a browser's key and secret can be used.
pub(crate) fn is_usable(key: &[u8], secret: &[u8]) -> bool {
    key.len() == KEY_BYTES && secret.len() == SECRET_BYTES && encrypt(b"", key, secret).is_ok()
}

fn seal(
    text: &[u8],
    padding: usize,
    key: &[u8],
    secret: &[u8],
    own: &PrivateKey,
    salt: &[u8; 16],
) -> Result<Vec<u8>, EncryptError> {
    let own_public = own.compute_public_key()?;
    let own_public = own_public.as_ref();
    // RFC 8291, 3.4.
    let shared = agreement::agree(
        own,
        UnparsedPublicKey::new(&ECDH_P256, key),
        Unspecified,
        |shared| {
            let prk = Salt::new(HKDF_SHA256, secret).extract(shared);
            expand::<32>(&prk, &[b"WebPush: info\0", key, own_public])
        },
    )?;
    // RFC 8188, 2.2 and 2.3.
    let prk = Salt::new(HKDF_SHA256, salt).extract(&shared);
    let content_key = expand::<16>(&prk, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce = expand::<12>(&prk, &[b"Content-Encoding: nonce\0"])?;

    let mut record = Vec::with_capacity(text.len() + 1 + padding + 16);
    record.extend_from_slice(text);
    record.push(LAST_RECORD);
    record.resize(record.len() + padding, 0);
    LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content_key)?).seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::empty(),
        &mut record,
    )?;

    let mut body = Vec::with_capacity(21 + own_public.len() + record.len());
    body.extend_from_slice(salt);
    body.extend_from_slice(&RECORD_BYTES.to_be_bytes());
    body.push(KEY_BYTES as u8);
    body.extend_from_slice(own_public);
    body.append(&mut record);
    Ok(body)
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut out = [0; N];
    prk.expand(info, Length(N))?.fill(&mut out)?;
    Ok(out)
}

#[cfg(test)]
pub(crate) mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// What a browser does with a push.
    pub(crate) fn open(body: &[u8], own: &PrivateKey, secret: &[u8]) -> Vec<u8> {
        let (salt, rest) = body.split_at(16);
        let (sender, record) = rest[5..].split_at(usize::from(rest[4]));
        let own_public = own.compute_public_key().unwrap();
        let shared = agreement::agree(
            own,
            UnparsedPublicKey::new(&ECDH_P256, sender),
            Unspecified,
            |shared| {
                let prk = Salt::new(HKDF_SHA256, secret).extract(shared);
                expand::<32>(&prk, &[b"WebPush: info\0", own_public.as_ref(), sender])
            },
        );
        let prk = Salt::new(HKDF_SHA256, salt).extract(&shared.unwrap());
        let content_key = expand::<16>(&prk, &[b"Content-Encoding: aes128gcm\0"]).unwrap();
        let nonce = expand::<12>(&prk, &[b"Content-Encoding: nonce\0"]).unwrap();
        let mut record = record.to_vec();
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content_key).unwrap());
        let opened = key.open_in_place(
            Nonce::assume_unique_for_key(nonce),
            Aad::empty(),
            &mut record,
        );
        let opened = opened.unwrap();
        let end = opened.iter().rposition(|it| *it != 0).unwrap();
        assert_eq!(opened[end], LAST_RECORD);
        opened[..end].to_vec()
    }

    /// RFC 8291, 5 and appendix A.
    #[test]
    fn the_example_of_the_standard_comes_out() {
        let own = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let own = PrivateKey::from_private_key(&ECDH_P256, &own).unwrap();
        let key = bytes(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let secret = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let salt: [u8; 16] = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let text = b"When I grow up, I want to be a watermelon";
        let body = seal(text, 0, &key, &secret, &own, &salt).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz\
            AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(&body), expected);
        let browser = bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
        let browser = PrivateKey::from_private_key(&ECDH_P256, &browser).unwrap();
        assert_eq!(open(&body, &browser, &secret), text);
    }

    #[test]
    fn the_length_tells_nothing_and_no_two_are_the_same() {
        let browser = PrivateKey::generate(&ECDH_P256).unwrap();
        let key = browser.compute_public_key().unwrap();
        let secret = [7; SECRET_BYTES];
        let of = |text: &[u8]| encrypt(text, key.as_ref(), &secret).unwrap();
        assert_eq!(of(b"a").len(), of(&[b'b'; 1_000]).len());
        assert_ne!(of(b"a"), of(b"a"));
        assert!(of(b"a").len() <= RECORD_BYTES as usize);
        assert_eq!(
            encrypt(&[b'a'; 1_025], key.as_ref(), &secret),
            Err(EncryptError::TooLong)
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let key = PrivateKey::generate(&ECDH_P256)
            .unwrap()
            .compute_public_key()
            .unwrap();
        assert!(is_usable(key.as_ref(), &[0; 16]));
        assert!(!is_usable(key.as_ref(), &[0; 15]));
        assert!(!is_usable(&[4; KEY_BYTES], &[0; 16]));
        assert!(!is_usable(&key.as_ref()[..64], &[0; 16]));
        assert!(!is_usable(&[], &[]));
    }
}
