//! Asks over plain HTTP as a prober or Prometheus does: a node's admin port, or a page that says whether a process serves.

use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::timeout;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read: a large federation's metrics are some hundred KiB.
const ANSWER_BYTES_MAX: u64 = 16 << 20;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// What came with it.
    pub(crate) body: String,
}

impl Answer {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let (head, body) = text.split_once("\r\n\r\n").context("no HTTP answer")?;
        let status = head
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .context("no HTTP answer")?;
        let body = body.to_owned();
        Ok(Self { status, body })
    }
}

/// What is answered at a path.
///
/// # Errors
/// When nobody answers there in time, or not in HTTP.
pub(crate) async fn get(address: impl ToSocketAddrs, path: &str) -> anyhow::Result<Answer> {
    let asking = async {
        let mut stream = TcpStream::connect(address).await?;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        let mut stream = stream.take(ANSWER_BYTES_MAX);
        stream.read_to_string(&mut answer).await?;
        anyhow::Ok(answer)
    };
    Answer::parse(&timeout(PATIENCE, asking).await.context("no answer")??)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_status_and_a_body() {
        let text = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\n{}";
        let answer = Answer::parse(text).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (503, "{}"));
        for wrong in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "\x15\x03\x03\r\n\r\n",
            "HTTP/1.1 x\r\n\r\n",
        ] {
            assert!(Answer::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
