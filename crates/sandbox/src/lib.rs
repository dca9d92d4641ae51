//! An AWS of the services that igvctl uses, inside the process.

mod access;
mod auth;
mod blobs;
mod body;
mod call;
mod check;
mod connector;
mod faces;
mod front;
mod mail;
mod model;
mod names;
mod protocol;
mod reading;
mod sandbox;
mod server;
mod services;
mod signature;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod trouble;
mod world;

pub use mail::Mail;
pub use names::{any_url, aws_url, public_url};
pub use sandbox::{CallRecord, Sandbox};
pub use server::ServeError;
pub use store::OpenError;
pub use trouble::Trouble;

/// The operations that are served, by the model's name of their service.
pub fn operations() -> Vec<(&'static str, Vec<&'static str>)> {
    model::Model::all()
        .map(|model| {
            let names = model.operations.keys().map(String::as_str);
            let served = names.filter(|name| services::operation(&model.service, name).is_some());
            (model.service.as_str(), served.collect())
        })
        .collect()
}

/// Says something on stderr: what is a mistake in the sandbox, or what it answers without a reason.
fn say(words: std::fmt::Arguments<'_>) {
    #[cfg(not(test))]
    use std::io::Write as _;
    // The harness keeps what a test prints by `eprintln!` to itself.
    #[cfg(test)]
    #[expect(clippy::print_stderr, reason = "so that tests are silent")]
    {
        eprintln!("sandbox: {words}");
    }
    #[cfg(not(test))]
    let _ = writeln!(std::io::stderr(), "sandbox: {words}");
}
