//! Ctrl-C and the signals that end a program.

use std::sync::Arc;

use tokenkaart::run::Stop;

/// What the signals ask to stop; to be called once.
pub(super) fn stop_on_signal() -> Arc<Stop> {
    let stop = Arc::new(Stop::new());
    let asked = Arc::clone(&stop);
    // Without it a signal kills the program, which leaves nothing that looks finished either.
    let _ = ctrlc::set_handler(move || asked.ask());
    stop
}
