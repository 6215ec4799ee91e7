//! The server is killed (SIGKILL) while it sends, and started again: the same key leads to one message.

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use libtest_mimic::{Arguments, Trial};

    if let Some(work) = unix::Served::from_env() {
        let served = unix::run(work.serve());
        return std::process::ExitCode::from(u8::from(served.is_err()));
    }
    let trial = Trial::test("a_kill_while_it_sends_doubles_nothing", || {
        unix::run(unix::supervise())
    });
    libtest_mimic::run(&Arguments::from_args(), vec![trial]).exit_code()
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod unix {
    use std::env;
    use std::path::PathBuf;
    use std::process::Stdio;
    use std::time::Duration;

    use green_api::{Client, Credentials, RetryPolicy};
    use green_api_mailbox::Store;
    use green_api_mcp::{Chats, Scope, Server};
    use green_api_sandbox::{Fault, Sandbox};
    use libtest_mimic::Failed;
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
    use tokio::process::{Child, ChildStdin, ChildStdout, Command};
    use tokio::time::{sleep, timeout};

    const ID: u64 = 7_103_000_001;
    const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";
    const SHOP: &str = "447700900123";
    const ADA: &str = "447700900145";
    const PATIENCE: Duration = Duration::from_secs(60);

    const URL: &str = "GREEN_API_TESTS_MCP_URL";
    const STORE: &str = "GREEN_API_TESTS_MCP_STORE";

    pub fn run(future: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let ended = runtime.block_on(future);
        runtime.shutdown_background();
        ended
    }

    /// The program that is killed.
    pub struct Served {
        url: String,
        store: PathBuf,
    }

    impl Served {
        pub fn from_env() -> Option<Self> {
            Some(Self {
                url: env::var(URL).ok()?,
                store: env::var_os(STORE)?.into(),
            })
        }

        pub async fn serve(self) -> Result<(), Failed> {
            let client = Client::builder().retry(RetryPolicy::never()).build()?;
            let credentials = Credentials::new(&self.url, &ID.to_string(), TOKEN)?;
            let server = Server::new(client.instance(credentials))
                .allow([Scope::Send])
                .chats(Chats::Any)
                .outbox(Store::sqlite(&self.store).await?.outbox())
                .working(|work| {
                    work.lease(Duration::from_secs(1))
                        .settle_every(Duration::from_millis(200))
                });
            Ok(server
                .serve(tokio::io::stdin(), tokio::io::stdout())
                .await?)
        }

        fn start(&self) -> Result<Session, Failed> {
            let mut child = Command::new(env::current_exe()?)
                .env(URL, &self.url)
                .env(STORE, &self.store)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .kill_on_drop(true)
                .spawn()?;
            let to = child.stdin.take().ok_or("a pipe")?;
            let from = BufReader::new(child.stdout.take().ok_or("a pipe")?).lines();
            Ok(Session { child, to, from })
        }
    }

    struct Session {
        child: Child,
        to: ChildStdin,
        from: Lines<BufReader<ChildStdout>>,
    }

    impl Session {
        async fn write(&mut self, line: Value) -> Result<(), Failed> {
            Ok(self.to.write_all(format!("{line}\n").as_bytes()).await?)
        }

        /// Begins the session, and asks for the message.
        async fn ask(&mut self) -> Result<(), Failed> {
            self.write(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
            }}))
            .await?;
            self.write(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}))
                .await?;
            self.write(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
                "name": "send_message",
                "arguments": {"chatId": ADA, "message": "Your order has left", "idempotencyKey": "order-1"},
            }}))
            .await
        }

        async fn answer(&mut self) -> Result<Value, Failed> {
            loop {
                let line = timeout(PATIENCE, self.from.next_line()).await??;
                let line: Value = serde_json::from_str(&line.ok_or("it ended")?)?;
                if line["id"] == 2 {
                    return Ok(line["result"]["structuredContent"].clone());
                }
            }
        }
    }

    fn sends(sandbox: &Sandbox) -> usize {
        let requests = sandbox.requests();
        let asked = requests.iter().filter_map(|r| r.operation.as_deref());
        asked
            .filter(|operation| *operation == "sendMessage")
            .count()
    }

    pub async fn supervise() -> Result<(), Failed> {
        let sandbox = Sandbox::builder()
            .rate_limits(false)
            .journal_delay(Duration::ZERO)
            .instance(ID, TOKEN)
            .settings(json!({"outgoingAPIMessageWebhook": "yes"}))
            .linked_to(SHOP)
            .start()
            .await?;
        // The server takes it, and its answer does not come before the kill.
        let slow = Fault::on("sendMessage").carried_out().no_answer().times(1);
        sandbox.faults().add(slow);
        let folder = tempfile::tempdir()?;
        let served = Served {
            url: sandbox.url(),
            store: folder.path().join("mailbox.db"),
        };
        let mut first = served.start()?;
        first.ask().await?;
        let left = async {
            while sends(&sandbox) == 0 {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, left).await?;
        first.child.kill().await?;
        sandbox.clock().advance(Duration::from_secs(10));

        let mut second = served.start()?;
        second.ask().await?;
        let told = second.answer().await?;
        if told["state"] != "sent" || told["idMessage"].as_str().is_none() {
            return Err(told.to_string().into());
        }
        drop(second.to);
        let ended = timeout(PATIENCE, second.child.wait()).await??;
        sandbox.clock().advance(Duration::from_secs(600));
        let came = sandbox.phone(ADA).messages(SHOP).len();
        if (came, sends(&sandbox), ended.success()) != (1, 1, true) {
            return Err(format!("{came} messages, {} sends, {ended}", sends(&sandbox)).into());
        }
        Ok(())
    }
}
