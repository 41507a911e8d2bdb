//! Listening, and ending in order: what is being answered is answered first.

use std::{future::Future, net::SocketAddr, pin::Pin, time::Duration};

use axum::Router;
use tokenkaart_terminal::Failure;
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

/// How long a service that is told to end waits for what it is answering.
const GRACE: Duration = Duration::from_secs(10);

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

/// Answers at a listener until it is told to stop.
pub(crate) fn serve(listener: TcpListener, router: Router, mut stop: Stop) -> Part {
    Box::pin(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, service).with_graceful_shutdown(async move {
            // Also when nobody is left who could say so.
            let _ = stop.wait_for(|stop| *stop).await;
        });
        served.await.map_err(|error| Failure::new(format!("the service ended: {error}")))
    })
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
