//! Serves a sandbox for other programs: `cargo run -p sandbox --example serve -- PORT [FOLDER]`.

use std::net::TcpListener;
use std::path::Path;

use sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().ok_or("usage: serve PORT [FOLDER]")?.parse()?;
    let sandbox = match arguments.next() {
        Some(folder) => Sandbox::open(Path::new(&folder))?,
        None => Sandbox::in_memory(0),
    };
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    sandbox.serve(listener, true).await?;
    Ok(())
}
