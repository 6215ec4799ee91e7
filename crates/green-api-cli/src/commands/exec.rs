//! Running a command for a notification.

use std::io;
use std::process::Stdio;
#[cfg(unix)]
use std::sync::{Mutex, MutexGuard, PoisonError};
#[cfg(unix)]
use std::time::{Duration, Instant};

#[cfg(unix)]
use rustix::process::{
    Pid, Signal, WaitOptions, kill_process_group, test_kill_process_group, waitpgid,
};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::terminal::json_line;

/// The variable with the webhook endpoint's token.
pub(super) const WEBHOOK_TOKEN: &str = "GREEN_API_WEBHOOK_TOKEN";

/// What a command does not inherit: whatever it prints or starts could show the secrets. Its own calls use a profile, which needs the rest of the
/// account's variables to be gone as well.
const REMOVED: [&str; 8] = [
    "GREEN_API_URL",
    "GREEN_API_ID_INSTANCE",
    "GREEN_API_TOKEN_INSTANCE",
    "GREEN_API_MEDIA_URL",
    "GREEN_API_PARTNER_TOKEN",
    WEBHOOK_TOKEN,
    // Addresses, which can have passwords.
    "GREEN_API_STORE",
    "GREEN_API_NATS",
];

/// How long a command may take to end when it is asked to.
#[cfg(unix)]
const GRACE: Duration = Duration::from_millis(500);

/// Runs a shell command with the JSON on one line of its standard input. Nothing of the notification becomes part of the command.
/// Dropping the future asks the command and everything it has started to end, and [`end_dropped`] makes an end of it.
///
/// # Errors
///
/// If the command cannot be started, or does not exit with code 0.
pub(crate) async fn run(command: &str, json: &str) -> io::Result<()> {
    let problem = |error| io::Error::other(format!("cannot run the command: {error}"));
    let mut shell = shell(command);
    for variable in REMOVED {
        shell.env_remove(variable);
    }
    let mut child = shell
        .stdin(Stdio::piped())
        // Elsewhere its group is ended.
        .kill_on_drop(!cfg!(unix))
        .spawn()
        .map_err(problem)?;
    let group = Group(child.id());
    let input = child.stdin.take();
    let line = format!("{}\n", json_line(json));
    let write = async {
        if let Some(mut input) = input {
            // The command need not read it: only its exit code counts.
            let _ = input.write_all(line.as_bytes()).await;
        }
    };
    // What the command has started may keep its input open and not read it.
    let status = tokio::select! {
        status = child.wait() => status,
        () = write => child.wait().await,
    };
    // Processes that it left running on purpose may go on.
    group.leave();
    match status.map_err(problem)? {
        status if status.success() => Ok(()),
        status => Err(io::Error::other(format!("the command ended with {status}"))),
    }
}

/// The process group of a command, which ends when this is dropped.
struct Group(Option<u32>);

impl Group {
    /// Leaves the group running.
    fn leave(mut self) {
        self.0 = None;
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        let id = self.0.and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id.and_then(Pid::from_raw) {
            // It may have ended already.
            let _ = kill_process_group(id, Signal::TERM);
            dropped().push(id);
        }
    }
}

/// Waits for the commands whose futures were dropped, and kills what does not listen. This blocks, since the process itself ends next.
#[cfg(unix)]
pub(crate) fn end_dropped() {
    let mut groups = std::mem::take(&mut *dropped());
    let until = Instant::now() + GRACE;
    loop {
        groups.retain(|id| is_alive(*id));
        if groups.is_empty() || Instant::now() >= until {
            break;
        }
        std::thread::sleep(GRACE / 20);
    }
    for id in groups {
        let _ = kill_process_group(id, Signal::KILL);
    }
}

#[cfg(not(unix))]
pub(crate) fn end_dropped() {}

#[cfg(unix)]
fn dropped() -> MutexGuard<'static, Vec<Pid>> {
    static DROPPED: Mutex<Vec<Pid>> = Mutex::new(Vec::new());
    DROPPED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn is_alive(id: Pid) -> bool {
    // The dead belong to their group until they have been waited for.
    while let Ok(Some(_)) = waitpgid(id, WaitOptions::NOHANG) {}
    test_kill_process_group(id).is_ok()
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    // In its own process group, so that Ctrl-C does not interrupt it while it handles a notification.
    shell.arg("-c").arg(command).process_group(0);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_exit_code_decides() {
        let body = r#"{"typeWebhook":"incomingMessageReceived"}"#;
        assert!(run("grep -q incomingMessageReceived", body).await.is_ok());
        assert_eq!(
            run("exit 3", body).await.unwrap_err().to_string(),
            "the command ended with exit status: 3"
        );
        let killed = run("kill -9 $$", body).await.unwrap_err().to_string();
        assert!(killed.contains("signal: 9"), "{killed}");
    }

    #[tokio::test]
    async fn it_gets_one_line_as_it_came() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        let body = format!("{{\n\"text\": \"\\ud83d\",\n\"more\": {deep}}}");
        let expected = format!("{{ \"text\": \"\\ud83d\", \"more\": {deep}}}");
        let command =
            format!("read -r line; read -r more && exit 1; test \"$line\" = '{expected}'");
        assert!(run(&command, &body).await.is_ok(), "{command}");
    }

    #[tokio::test]
    async fn nothing_that_was_received_is_run() {
        let body = r#"{"text":"$(exit 7) `exit 7`; exit 7 #"}"#;
        assert!(run("cat > /dev/null", body).await.is_ok());
    }

    #[tokio::test]
    async fn it_need_not_read_its_input() {
        // More than a pipe holds.
        let body = format!(r#"{{"text":"{}"}}"#, "x".repeat(1_000_000));
        assert!(run("true", &body).await.is_ok());
    }

    #[tokio::test]
    async fn nor_is_what_it_has_started_waited_for() {
        let body = format!(r#"{{"text":"{}"}}"#, "x".repeat(1_000_000));
        let leave = "exec 3<&0; sleep 20 <&3 >/dev/null 2>&1 & exit 0";
        let ran = tokio::time::timeout(Duration::from_secs(10), run(leave, &body));
        assert!(ran.await.unwrap().is_ok());
    }
}
