//! Messages as raw bytes: for what no message type of ours would say, and for calls by path.

use bytes::{Buf as _, BufMut as _, Bytes};
use futures_util::{Stream, StreamExt as _, stream};
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Status, Streaming};

/// A length-delimited protobuf field (protobuf encoding, wire type 2).
#[must_use]
pub fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = varint(u64::from(number) << 3 | 2);
    bytes.extend(varint(content.len() as u64));
    bytes.extend_from_slice(content);
    bytes
}

/// A text part with this note, as any node might write one: ours only writes what its guard has let through.
#[must_use]
pub fn text(note: &str) -> Vec<u8> {
    match note {
        "" => Vec::new(),
        note => field(1, note.as_bytes()),
    }
}

/// A text part with this title and description, likewise.
#[must_use]
pub fn titled(title: &str, description: &str) -> Vec<u8> {
    let part = |number, text: &str| match text {
        "" => Vec::new(),
        text => field(number, text.as_bytes()),
    };
    [part(2, title), part(3, description)].concat()
}

/// A varint as protobuf writes it.
#[must_use]
pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Calls any method by its path with one message of raw bytes, and gives the first answer; `None` where the stream of answers
/// ends without one. The same call serves all four kinds of methods.
///
/// # Errors
/// The server's answer.
pub async fn call(channel: &Channel, path: &str, message: &[u8]) -> Result<Option<Bytes>, Status> {
    call_with(channel, path, &[], message).await
}

/// The same with metadata.
///
/// # Errors
/// The server's answer.
pub async fn call_with(
    channel: &Channel,
    path: &str,
    metadata: &[(&'static str, String)],
    message: &[u8],
) -> Result<Option<Bytes>, Status> {
    let mut request = Request::new(stream::iter([Bytes::copy_from_slice(message)]));
    for (key, value) in metadata {
        let value = value.parse();
        let value = value.map_err(|_| Status::internal("the metadata is not plain ASCII"))?;
        request.metadata_mut().insert(*key, value);
    }
    let mut answers = open(channel, path, request).await?;
    answers.message().await
}

/// The same with several messages, leaving the answers to be read. The caller's side stays open.
///
/// # Errors
/// The server's answer.
pub async fn converse(
    channel: &Channel,
    path: &str,
    messages: Vec<Vec<u8>>,
) -> Result<Streaming<Bytes>, Status> {
    let messages = stream::iter(messages.into_iter().map(Bytes::from));
    let messages = messages.chain(stream::pending());
    open(channel, path, Request::new(messages)).await
}

async fn open(
    channel: &Channel,
    path: &str,
    messages: Request<impl Stream<Item = Bytes> + Send + 'static>,
) -> Result<Streaming<Bytes>, Status> {
    let mut grpc = tonic::client::Grpc::new(channel.clone());
    grpc.ready()
        .await
        .map_err(|error| Status::unavailable(chain(&error)))?;
    let path = PathAndQuery::try_from(path).map_err(|error| Status::internal(error.to_string()))?;
    Ok(grpc.streaming(messages, path, Raw).await?.into_inner())
}

/// An error with its causes.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}
