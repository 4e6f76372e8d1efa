//! Asking a service of gRPC over a connection, for tests.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::Request;
use hyper::body::Frame;
use hyper::header::CONTENT_TYPE;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpStream;

/// A message as gRPC frames it.
pub(super) fn framed(message: &impl Message) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(message.encoded_len()).unwrap());
    message.encode(&mut bytes).unwrap();
    bytes.freeze()
}

/// Sends framed messages with a token: the status of gRPC, and the framed answers.
pub(super) fn ask(address: SocketAddr, path: &str, token: &str, messages: Vec<Bytes>) -> (String, Bytes) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let frames = messages.into_iter().map(|bytes| Ok::<_, Infallible>(Frame::data(bytes)));
        let request = Request::post(format!("http://{address}{path}"))
            .header(CONTENT_TYPE, "application/grpc")
            .header("te", "trailers")
            .header("authorization", format!("Bearer {token}"))
            .body(StreamBody::new(stream::iter(frames)))
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        let status = answer.headers().get("grpc-status").cloned();
        let collected = answer.into_body().collect().await.unwrap();
        let trailers = collected.trailers().and_then(|trailers| trailers.get("grpc-status")).cloned();
        (status.or(trailers).unwrap().to_str().unwrap().to_owned(), collected.to_bytes())
    })
}
