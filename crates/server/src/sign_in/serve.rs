//! Listening, and ending in order: what is being answered is answered first.

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::ConnectInfo, http::StatusCode, response::IntoResponse as _};
use hyper::{Request, body::Incoming, server::conn::http1, service::Service as _};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokenkaart_terminal::Failure;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

/// How long a service that is told to end waits for what it is answering.
const GRACE: Duration = Duration::from_secs(10);
/// How long a client may take for the head of a request, also before the first one and between two.
const HEAD: Duration = Duration::from_secs(10);
/// How long a request may take after that: its body, and the answer.
const ANSWER: Duration = Duration::from_secs(30);
/// Connections at once; whoever comes then waits for one to end.
const CONNECTIONS: usize = 16_384;
/// How long nobody is let in when the system gives no more connections.
const PAUSE: Duration = Duration::from_millis(50);

/// A listener at work.
pub(crate) type Part = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;
/// Turns true when the service is to end.
pub(crate) type Stop = watch::Receiver<bool>;

/// The threads that the service runs on.
///
/// # Errors
/// [`Failure`] when the system gives none.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Each has a place; the number of places is the limit.
        .max_blocking_threads(1024)
        .build();
    runtime.map_err(|error| Failure::new(format!("the system gives no threads: {error}")))
}

/// Takes an address.
///
/// # Errors
/// [`Failure`] when it is taken, or not this machine's.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::new(format!("{address} can't be listened on: {error}")))
}

/// Answers at a listener until it is told to stop, and ends what is being answered then. A client
/// that sends nothing, or half a request, keeps nobody else out for long.
pub(crate) fn serve(listener: TcpListener, router: Router, mut stop: Stop) -> Part {
    Box::pin(async move {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            let next = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            };
            tokio::select! {
                (place, accepted) = next => {
                    let (Ok(place), Ok((stream, peer))) = (place, accepted) else {
                        sleep(PAUSE).await;
                        continue;
                    };
                    let (router, stop) = (router.clone(), stop.clone());
                    connections.spawn(answer(stream, peer, router, place, stop));
                }
                // Those that ended are forgotten.
                Some(_) = connections.join_next() => {}
                () = told(&mut stop) => break,
            }
        }
        while connections.join_next().await.is_some() {}
        Ok(())
    })
}

/// Waits until the service is to end, also when nobody is left who could say so.
async fn told(stop: &mut Stop) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Answers the requests of a connection, one after the other.
async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    _place: OwnedSemaphorePermit,
    mut stop: Stop,
) {
    let router = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let answered = timeout(ANSWER, router.call(request));
        async move {
            Ok::<_, Infallible>(match answered.await {
                Ok(Ok(response)) => response,
                Ok(Err(never)) => match never {},
                Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
            })
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // What goes wrong with a connection is its client's matter.
        _ = connection.as_mut() => return,
        () = told(&mut stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Ctrl-C and SIGTERM, which from here on end nothing by themselves.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Begins to wait for them; inside of the runtime.
    ///
    /// # Errors
    /// [`Failure`] when the system doesn't have it.
    pub(crate) fn new() -> Result<Self, Failure> {
        let no_signals = |error| Failure::new(format!("signals can't be waited for: {error}"));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(no_signals)?,
            terminate: signal(SignalKind::terminate()).map_err(no_signals)?,
        })
    }

    /// Runs listeners until a signal comes, and ends them in order then.
    ///
    /// # Errors
    /// [`Failure`] of a listener that ended by itself.
    pub(crate) async fn run(
        mut self,
        parts: impl FnOnce(Stop) -> Vec<Part>,
    ) -> Result<(), Failure> {
        let (told, stop) = watch::channel(false);
        let tasks: Vec<_> = parts(stop).into_iter().map(tokio::spawn).collect();
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        let _ = told.send(true);
        for task in tasks {
            // A browser may keep its connection open for longer; it is cut off then.
            if let Ok(Ok(ended)) = tokio::time::timeout(GRACE, task).await {
                ended?;
            }
        }
        Ok(())
    }
}
