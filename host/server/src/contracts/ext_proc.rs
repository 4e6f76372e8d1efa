//! Envoy's external processing: a gRPC stream for each exchange that goes through Envoy.

mod exchange;
mod reading;
#[cfg(test)]
mod tests;
mod wire;

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use futures_util::{Stream, stream};
use hyper::Request;
use prost::Message as _;
use tokio::sync::mpsc::{Sender, channel};
use tonic::server::{Grpc, StreamingService};
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;

use super::{Contract, begin_grpc};
use crate::app::App;
use crate::native::RequestTurn;
use crate::serving::{Caller, OpenOne, Phase};
use exchange::ExtExchange;
use wire::{ProcessingRequest, ProcessingResponse};

/// The path of the service.
pub(crate) const PATH: &str = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
/// Answers that may wait for Envoy to take them.
const ANSWERS: usize = 8;
/// What a message has beside its body, at most.
const AROUND: usize = 1 << 20;

/// Processes what goes through Envoy.
pub(crate) async fn process(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (caller, turn) = match begin_grpc(&app, Contract::ExtProc, &request) {
        Ok(begun) => begun,
        Err(status) => return status.into_http::<tonic::body::Body>().map(Body::new),
    };
    let settings = app.settings();
    let bounds = &settings.config.bounds;
    let most = bounds.body.max(bounds.stream_event).max(bounds.answer).saturating_add(AROUND);
    let mut grpc =
        Grpc::new(ProstCodec::<ProcessingResponse, ProcessingRequest>::default()).max_decoding_message_size(most);
    let service = Service(Some((app.clone(), caller, turn)));
    grpc.streaming(service, request).await.map(Body::new)
}

/// The texts of a message of Envoy, for whoever reads any bytes at all; none where it is no message.
pub(super) fn body_of(bytes: &[u8]) -> Option<Vec<String>> {
    let message = ProcessingRequest::decode(bytes).ok()?;
    let text = |body: &wire::HttpBody| String::from_utf8_lossy(&body.body).into_owned();
    Some(match &message.request {
        Some(wire::Asked::RequestBody(body) | wire::Asked::ResponseBody(body)) => vec![text(body)],
        Some(_) | None => Vec::new(),
    })
}

/// One stream of the service.
struct Service(Option<(Arc<App>, Caller, RequestTurn)>);

impl StreamingService<ProcessingRequest> for Service {
    type Response = ProcessingResponse;
    type ResponseStream = Pin<Box<dyn Stream<Item = Result<ProcessingResponse, Status>> + Send>>;
    type Future = Ready<Result<tonic::Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: tonic::Request<Streaming<ProcessingRequest>>) -> Self::Future {
        let Some((app, caller, turn)) = self.0.take() else {
            return ready(Err(Status::internal("a stream is served once")));
        };
        let (sender, receiver) = channel(ANSWERS);
        tokio::spawn(drive(app, caller, turn, request.into_inner(), sender));
        let answers = stream::unfold(receiver, async |mut receiver| {
            let answer = receiver.recv().await?;
            Some((Ok::<_, Status>(answer), receiver))
        });
        ready(Ok(tonic::Response::new(Box::pin(answers))))
    }
}

/// Takes message after message, judges what it brings on a thread that may block, and answers.
async fn drive(
    app: Arc<App>,
    caller: Caller,
    turn: RequestTurn,
    mut messages: Streaming<ProcessingRequest>,
    sender: Sender<ProcessingResponse>,
) {
    let _open = OpenOne::of(&app.metrics.streams);
    let mut exchange = ExtExchange::new(app.clone(), caller, turn.tenant());
    loop {
        let message = tokio::select! {
            message = messages.message() => message,
            () = sender.closed() => Ok(None),
            () = app.shutdown.reached(Phase::Ending) => Ok(None),
        };
        let Ok(Some(message)) = message else {
            // Envoy is done, or gone: what was read is decided on all the same.
            _ = app.judging.run_patiently(move || exchange.abandon()).await;
            return;
        };
        let work = move || {
            let answers = exchange.take(message);
            (exchange, answers)
        };
        let Ok((back, answers)) = app.judging.run_patiently(work).await else {
            tracing::error!("an exchange of Envoy's was not judged to its end");
            // Envoy takes the end of the stream for an error, and fails closed unless it was told otherwise.
            return;
        };
        exchange = back;
        for answer in answers {
            if sender.send(answer).await.is_err() {
                break;
            }
        }
    }
}
