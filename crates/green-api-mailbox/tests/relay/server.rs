//! A NATS server of the test's own, which can be killed and started again with what it has stored.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;
use std::{env, fs};

use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::{self, Context};
use tempfile::TempDir;

pub struct Server {
    program: PathBuf,
    port: u16,
    folder: TempDir,
    arguments: Vec<String>,
    child: Option<Child>,
}

impl Server {
    /// A server that is not started yet; `None` where there is no program for it.
    pub fn new() -> Option<Self> {
        let Some(program) = find() else {
            eprintln!("skipped: nats-server is not here");
            return None;
        };
        Some(Self {
            program,
            port: free_port(),
            folder: tempfile::tempdir().expect("there is a folder for it"),
            arguments: Vec::new(),
            child: None,
        })
    }

    pub fn started() -> Option<Self> {
        let mut server = Self::new()?;
        server.start();
        Some(server)
    }

    pub fn with_password(mut self, user: &str, password: &str) -> Self {
        let arguments = ["--user", user, "--pass", password].map(str::to_owned);
        self.arguments.extend(arguments);
        self
    }

    /// One that demands TLS, with a certificate of its own.
    pub fn with_tls(mut self) -> Self {
        let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]);
        let certificate = certificate.expect("it can be made");
        let key = self.folder.path().join("key.pem");
        fs::write(&key, certificate.signing_key.serialize_pem()).expect("there is room");
        fs::write(self.certificate(), certificate.cert.pem()).expect("there is room");
        self.arguments.push("--tls".to_owned());
        for (name, path) in [("--tlscert", self.certificate()), ("--tlskey", key)] {
            self.arguments
                .extend([name.to_owned(), path.display().to_string()]);
        }
        self
    }

    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn url(&self) -> String {
        format!("nats://{}", self.address())
    }

    pub fn start(&mut self) {
        let child = Command::new(&self.program)
            .args(["-js", "-a", "127.0.0.1", "-p", &self.port.to_string()])
            .arg("-sd")
            .arg(self.folder.path())
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("it can be started"));
    }

    /// Kills it without a warning.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// A connection for the test itself.
    pub async fn context(&self) -> Context {
        let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
        let client = options.connect(self.url()).await.expect("it is an address");
        let context = jetstream::new(client);
        // It answers once it has read what it stored.
        while let Err(error) = context.get_stream("GREEN_API").await
            && !matches!(error.kind(), GetStreamErrorKind::JetStream(_))
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        context
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that no other server of these tests is given meanwhile, below those that a system gives to whoever asks for any.
fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = fastrand::u16(20_000..32_000);
        let is_free = TcpListener::bind(("127.0.0.1", port)).is_ok();
        if is_free && GIVEN.lock().expect("nobody panics here").insert(port) {
            return port;
        }
    }
}

fn find() -> Option<PathBuf> {
    if let Some(named) = env::var_os("GREEN_API_TEST_NATS_SERVER") {
        return Some(named.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join("nats-server"))
        .chain(["/usr/sbin/nats-server".into()])
        .find(|program| fs::metadata(program).is_ok_and(|found| found.is_file()))
}
