//! The program as a user meets it: runs that are chosen, stopped, resumed. What other people's
//! programs say of a run is in `judged`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what can't be done is a failed test")]

mod issue {
    use tokenkaart_testing::office;

    mod abroad;
    mod chosen;
    mod counts;
    mod designs;
    mod destroyed;
    mod held;
    mod holder_file;
    mod network;
    mod peppered;
    mod resumed;
    mod returned;
    mod scanned;
    mod several;
    mod stopped;
    mod templates;
    mod typed;
    mod vouched;
    mod words;
}
