//! Counts what the library costs beside the same by hand, and writes `BENCHMARKS.md`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// How much worse than the committed ratio one may be: instructions of the same program differ by less.
const TOLERANCE: f64 = 1.15;

/// What is compared: a name for people, what the library does, and the same by hand.
const COMPARISONS: [(&str, &str, &str); 11] = [
    (
        "`getAuthorizationCode` against reqwest",
        "code/green-api",
        "code/reqwest",
    ),
    (
        "`getAuthorizationCode` against bare hyper",
        "code/green-api",
        "code/hyper",
    ),
    (
        "`sendMessage` against reqwest",
        "send/green-api",
        "send/reqwest",
    ),
    (
        "`sendMessage` against bare hyper",
        "send/green-api",
        "send/hyper",
    ),
    (
        "`Client::new` against `reqwest::Client::new`",
        "client/green-api",
        "client/reqwest",
    ),
    (
        "a `textMessage` against `Value`",
        "typed/textMessage",
        "value/textMessage",
    ),
    (
        "an `extendedTextMessage` against `Value`",
        "typed/extendedTextMessage",
        "value/extendedTextMessage",
    ),
    (
        "an `imageMessage` against `Value`",
        "typed/imageMessage",
        "value/imageMessage",
    ),
    (
        "a `quotedMessage` against `Value`",
        "typed/quotedMessage",
        "value/quotedMessage",
    ),
    (
        "a `pollUpdateMessage` against `Value`",
        "typed/pollUpdateMessage",
        "value/pollUpdateMessage",
    ),
    (
        "an `outgoingMessageStatus` against `Value`",
        "typed/outgoingMessageStatus",
        "value/outgoingMessageStatus",
    ),
];

const FILE: &str = "BENCHMARKS.md";

/// Runs the comparison, and writes the file or compares with it.
///
/// # Errors
///
/// When the program cannot be built or run, and with `check` when a ratio is worse than the file says.
pub fn bench(root: &Path, check: bool) -> Result<(), String> {
    if !is_there("valgrind") {
        println!("skipped: valgrind, which counts instructions, is not here");
        return Ok(());
    }
    let program = build(root)?;
    let server = Server::start(&program)?;
    let mut counts: Vec<(&str, u64)> = Vec::new();
    let mut rows = Vec::new();
    for (what, ours, other) in COMPARISONS {
        let mut count = |name| match counts.iter().find(|(known, _)| *known == name) {
            Some((_, count)) => Ok(*count),
            None => {
                let count = instructions(&program, name, &server.address)?;
                counts.push((name, count));
                Ok::<u64, String>(count)
            }
        };
        let row = Row {
            what,
            ours: count(ours)?,
            other: count(other)?,
        };
        println!("{}", row.line());
        rows.push(row);
    }
    let path = root.join(FILE);
    if !check {
        return fs::write(&path, document(&rows)).map_err(|error| format!("{FILE}: {error}"));
    }
    let committed = fs::read_to_string(&path).map_err(|error| format!("{FILE}: {error}"))?;
    let worse: Vec<String> = rows
        .iter()
        .filter_map(|row| row.complaint(&committed))
        .collect();
    if worse.is_empty() {
        Ok(())
    } else {
        Err(worse.join("\n"))
    }
}

struct Row {
    what: &'static str,
    ours: u64,
    other: u64,
}

impl Row {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn ratio(&self) -> f64 {
        self.ours as f64 / self.other as f64
    }

    fn line(&self) -> String {
        format!(
            "| {} | {} | {} | {:.2} |",
            self.what,
            self.ours,
            self.other,
            self.ratio()
        )
    }

    fn complaint(&self, committed: &str) -> Option<String> {
        let line = committed
            .lines()
            .find_map(|line| line.strip_prefix("| ")?.strip_prefix(self.what));
        let ratio = line.and_then(|line| line.rsplit('|').nth(1)?.trim().parse::<f64>().ok());
        let Some(ratio) = ratio else {
            return Some(format!(
                "{FILE} has no line for {}; run `cargo xtask bench`",
                self.what
            ));
        };
        (self.ratio() > ratio * TOLERANCE).then(|| {
            format!(
                "{}: {:.2} times as many instructions, {ratio:.2} in {FILE}",
                self.what,
                self.ratio()
            )
        })
    }
}

fn document(rows: &[Row]) -> String {
    let mut text = format!(
        "# Benchmarks\n\n\
         Instructions that one call or one decoded notification costs in this process, counted by callgrind (`cargo xtask bench`), beside the same\n\
         written by hand: reqwest with a time limit, a check of the status and a typed answer; hyper's pool of connections with nothing around it; \n\
         `serde_json::Value`. The server runs in another process on the same machine, and connections are kept. Counts are the same on every run to\n\
         within a per cent; `cargo xtask bench --check`\n\
         fails when a ratio is more than {TOLERANCE} times what is written here.\n\n\
         What the library does for them: it keeps the token out of errors and headers, knows whether the request had left, bounds the body, checks the\n\
         documented limits, and tells refusals from answers.\n\n\
         | | green-api | by hand | ratio |\n|---|---|---|---|\n"
    )
    .replace("; \n", ";\n");
    for row in rows {
        let _ = writeln!(text, "{}", row.line());
    }
    let rustc = output("rustc", &["--version"]);
    let valgrind = output("valgrind", &["--version"]);
    let _ = writeln!(
        text,
        "\nMeasured with {rustc} and {valgrind} on {}, release profile.",
        std::env::consts::ARCH
    );
    text
}

fn is_there(program: &str) -> bool {
    !output(program, &["--version"]).is_empty()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text).trim().to_owned()
}

/// Builds the program that does what is measured.
fn build(root: &Path) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args([
            "bench",
            "-p",
            "green-api",
            "--bench",
            "cost",
            "--no-run",
            "--locked",
        ])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    let lines = String::from_utf8_lossy(&built.stdout).into_owned();
    let messages = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = messages.filter(|message| message["target"]["name"] == "cost");
    let program = programs.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.ok_or_else(|| "the program that is measured was not built".to_owned())
}

/// Answers the calls, in a process of its own.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(program: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("the server cannot be started: {error}");
        let mut child = Command::new(program)
            .arg("serve")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let mut address = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output)
                .read_line(&mut address)
                .map_err(failed)?;
        }
        Ok(Self {
            child,
            address: address.trim().to_owned(),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Counts the instructions of doing something once, apart from what comes before: the difference between doing it rarely and often.
fn instructions(program: &Path, name: &str, address: &str) -> Result<u64, String> {
    let (rarely, often) = match name.split_once('/') {
        Some(("client", _)) => (1, 3),
        Some(("code" | "send", _)) => (50, 250),
        _ => (100, 600),
    };
    let counted = |times: u64| {
        let run = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(program)
            .args([name, &times.to_string(), address])
            .output()
            .map_err(|error| format!("valgrind cannot be run: {error}"))?;
        let report = String::from_utf8_lossy(&run.stderr).into_owned();
        let count = report
            .split("Collected : ")
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next());
        let count = count.and_then(|count| count.parse::<u64>().ok());
        count.ok_or_else(|| format!("{name}: nothing was counted:\n{report}"))
    };
    let more = counted(often)?.saturating_sub(counted(rarely)?);
    Ok(more / (often - rarely))
}
