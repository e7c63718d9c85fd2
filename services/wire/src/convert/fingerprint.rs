//! What makes two requests the same: everything that they say but their id.
//!
//! Each fingerprint is unambiguous bytes for the node to hash. It is compared within one method only, and never stored in the clear.

use bytes::BufMut;
use prost::Message;

use crate::agency;

/// The content of a publish.
pub fn publish(it: &agency::PublishSituationRequest) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_message(&mut bytes, it.situation.as_ref());
    bytes.put_u8(it.confirm_review.into());
    bytes
}

/// The content of a correction.
pub fn correct(it: &agency::CorrectSituationRequest) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_text(&mut bytes, &it.subject);
    put_text(&mut bytes, &it.etag);
    put_message(&mut bytes, it.situation.as_ref());
    bytes.put_u8(it.confirm_review.into());
    bytes
}

/// The content of a withdrawal.
pub fn withdraw(it: &agency::WithdrawSituationRequest) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_text(&mut bytes, &it.subject);
    put_text(&mut bytes, &it.etag);
    bytes.put_i32(it.reason);
    bytes
}

/// The content of a request for a step: all of it, since its id is the same.
pub fn of(it: &impl Message) -> Vec<u8> {
    it.encode_to_vec()
}

/// Length first, so that no two fields can be taken for others.
fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.put_u64(text.len() as u64);
    bytes.put_slice(text.as_bytes());
}

fn put_message(bytes: &mut Vec<u8>, message: Option<&impl Message>) {
    match message {
        None => bytes.put_u64(u64::MAX),
        Some(it) => {
            bytes.reserve(it.encoded_len() + 16);
            bytes.put_u64(it.encoded_len() as u64);
            it.encode(bytes).expect("a vector grows as it must");
        }
    }
}
