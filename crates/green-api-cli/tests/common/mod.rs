//! The command as a process, and servers for it in this one.
#![allow(dead_code, reason = "every test file uses its own part")]

#[cfg(unix)]
pub mod children;
pub mod commands;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use assert_cmd::Command;
use green_api_sandbox::{Builder, Sandbox};

pub const PHONE: &str = "447700900123";
pub const INSTANCE: u64 = 7_103_000_001;
/// A token that is easy to find where it should not be.
pub const TOKEN: &str = "ca9a12ca9a12ca9a12ca9a12ca9a12ca9a12ca9a12ca9a12ca";

/// No test waits longer for the command.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The command without any variables but these.
pub fn green_api(arguments: &[&str]) -> Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("green-api");
    command.env_clear().args(arguments).timeout(PATIENCE);
    // No test reads or writes the profiles of whoever runs it.
    command.env("GREEN_API_CONFIG_DIR", no_profiles());
    command
}

/// A folder that is never there.
pub fn no_profiles() -> PathBuf {
    std::env::temp_dir()
        .join("green-api-cli-tests")
        .join("no-profiles")
}

/// The command with the credentials of the instance at this address.
pub fn green_api_at(url: &str, arguments: &[&str]) -> Command {
    let mut command = green_api(arguments);
    let id = INSTANCE.to_string();
    command
        .env("GREEN_API_URL", url)
        .env("GREEN_API_ID_INSTANCE", id)
        .env("GREEN_API_TOKEN_INSTANCE", TOKEN);
    command
}

/// What a run of the command has left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// For golden files.
    pub fn show(&self) -> String {
        let part = |name: &str, text: &str| {
            if text.is_empty() {
                String::new()
            } else {
                format!("{name}:\n{text}")
            }
        };
        format!(
            "exit: {}\n{}{}",
            self.code,
            part("stdout", &self.out),
            part("stderr", &self.err)
        )
    }
}

/// Runs the command on a thread of its own, so that a server in this process can answer it.
pub async fn run(mut command: Command) -> Ran {
    tokio::task::spawn_blocking(move || {
        let output = command.output().expect("the command can be started");
        Ran {
            code: output.status.code().expect("the command ends by itself"),
            out: String::from_utf8(output.stdout).expect("output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("output is UTF-8"),
        }
    })
    .await
    .expect("the command does not hang")
}

/// A sandbox whose one instance has [`INSTANCE`] and [`TOKEN`], and links at once.
pub async fn sandbox() -> Sandbox {
    sandbox_with(Sandbox::builder()).await
}

pub async fn sandbox_with(builder: Builder) -> Sandbox {
    builder
        .instance(INSTANCE, TOKEN)
        .link_time(Duration::ZERO)
        .rate_limits(false)
        .start()
        .await
        .expect("a free port")
}

/// How often an operation has been called.
pub fn calls(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox
        .requests()
        .iter()
        .filter(|request| request.operation.as_deref() == Some(operation))
        .count()
}

/// An address that takes connections and never answers, as long as the listener lives.
pub fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = url(listener.local_addr().expect("it is bound"));
    (listener, address)
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Golden files do not depend on ports and on the seconds that a machine takes.
pub fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[port]");
    settings.add_filter(
        r#"("event":"waiting".*"expiresInSeconds":)\d+"#,
        "$1[seconds]",
    );
    settings.set_omit_expression(true);
    settings
}

/// Asks for a page of a server on this machine, by this or its own name, and returns the status and the body.
#[allow(dead_code, reason = "not every test file does")]
pub async fn get(url: &str, host: Option<&str>) -> (u16, String) {
    use std::io::{Read as _, Write as _};
    let (address, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let (address, host) = (address.to_owned(), host.unwrap_or(address));
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    tokio::task::spawn_blocking(move || {
        let mut connection = std::net::TcpStream::connect(address).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    })
    .await
    .unwrap()
}
