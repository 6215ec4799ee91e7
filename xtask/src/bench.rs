//! Counts what the library costs beside the same by hand, and writes `BENCHMARKS.md`.

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

/// What takes memory: a name for people, the program's name, how many of them, and the same by hand.
const MEMORY: [(&str, &str, u64, Option<&str>); 2] = [
    (
        "an instance, of 100,000 over one pool",
        "instance/green-api",
        100_000,
        None,
    ),
    (
        "a call that waits for its answer, of 1,000 at once",
        "waiting/green-api",
        // As many as the server waits for.
        1000,
        Some("waiting/reqwest"),
    ),
];

/// The same by HTTP/2.
const SHARING: (&str, &str, u64, &str) = (
    "the same over HTTP/2, 100 on a connection (by hand all on one)",
    "waiting/green-api",
    1000,
    "waiting/reqwest",
);

/// What takes time: a name for people, the program's name, how many of them, and what it is compared with.
const TIME: [(&str, &str, u64, &str); 3] = [
    (
        "a notification through the inbox against the bare loop",
        "receive/inbox",
        2000,
        "receive/bare",
    ),
    (
        "a message through the outbox against bare sends",
        "send/outbox",
        2000,
        "send/bare",
    ),
    (
        "a notification in a store with 1,000,000 old ones against a new store",
        "store/old",
        2000,
        "store/new",
    ),
];

/// What the whole mailbox takes at most: a name for people, the program's name, how many notifications, and what it is compared with.
const PEAK: (&str, &str, u64, &str) = (
    "the mailbox with 1,000,000 old notifications against a new one",
    "memory/old",
    10_000,
    "memory/new",
);

const FILE: &str = "BENCHMARKS.md";

/// Runs the comparison, and writes the file or compares with it, which needs fewer repetitions.
///
/// # Errors
///
/// When the programs cannot be built or run, and with `check` when something is worse than the file says.
pub fn bench(root: &Path, check: bool) -> Result<(), String> {
    if !is_there("valgrind") {
        println!("skipped: valgrind, which counts instructions, is not here");
        return Ok(());
    }
    let [program, memory] = build(
        root,
        "green-api-cost",
        &[],
        ["green-api-cost", "green-api-memory"],
    )?;
    let server = Server::start(&program)?;
    let mut counts: Vec<(&str, u64)> = Vec::new();
    let mut calls = Vec::new();
    for (what, ours, other) in COMPARISONS {
        let mut count = |name| match counts.iter().find(|(known, _)| *known == name) {
            Some((_, count)) => Ok(*count),
            None => {
                let count = instructions(&program, name, &server.address, check)?;
                counts.push((name, count));
                Ok::<u64, String>(count)
            }
        };
        let row = Row {
            what,
            ours: count(ours)?,
            other: Some(count(other)?),
        };
        println!("{}", row.line());
        calls.push(row);
    }
    let mut taken = Vec::new();
    for (what, ours, count, other) in MEMORY {
        let bytes = |name| number(&memory, &[name, &count.to_string(), &server.address]);
        let row = Row {
            what,
            ours: bytes(ours)?,
            other: other.map(bytes).transpose()?,
        };
        println!("{}", row.line());
        taken.push(row);
    }
    let (what, ours, count, other) = SHARING;
    let [sharing] = build(
        root,
        "green-api-cost",
        &["http2"],
        ["green-api-memory-http2"],
    )?;
    let server = Server::start(&sharing)?;
    let bytes = |name| number(&sharing, &[name, &count.to_string(), &server.address]);
    let row = Row {
        what,
        ours: bytes(ours)?,
        other: Some(bytes(other)?),
    };
    println!("{}", row.line());
    taken.push(row);
    let path = root.join(FILE);
    if !check {
        let [throughput] = build(root, "green-api-throughput", &[], ["green-api-throughput"])?;
        let mut times = Vec::new();
        for (what, ours, count, other) in TIME {
            let time = |name| number(&throughput, &[name, &count.to_string()]);
            let row = Row {
                what,
                ours: time(ours)?,
                other: Some(time(other)?),
            };
            println!("{}", row.line());
            times.push(row);
        }
        let (what, ours, count, other) = PEAK;
        let peak = |name| number(&throughput, &[name, &count.to_string()]);
        let row = Row {
            what,
            ours: peak(ours)?,
            other: Some(peak(other)?),
        };
        println!("{}", row.line());
        taken.push(row);
        return fs::write(&path, document(&calls, &taken, &times))
            .map_err(|error| format!("{FILE}: {error}"));
    }
    let committed = fs::read_to_string(&path).map_err(|error| format!("{FILE}: {error}"))?;
    let worse: Vec<String> = calls
        .iter()
        .chain(&taken)
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
    other: Option<u64>,
}

impl Row {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn ratio(&self) -> Option<f64> {
        Some(self.ours as f64 / self.other? as f64)
    }

    fn line(&self) -> String {
        let other = self.other.map(|other| other.to_string());
        let ratio = self.ratio().map(|ratio| format!("{ratio:.2}"));
        format!(
            "| {} | {} | {} | {} |",
            self.what,
            self.ours,
            other.unwrap_or_default(),
            ratio.unwrap_or_default()
        )
    }

    /// What is compared with the file: the ratio, or the number where there is nothing by hand.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    fn measure(&self) -> f64 {
        self.ratio().unwrap_or(self.ours as f64)
    }

    fn complaint(&self, committed: &str) -> Option<String> {
        let line = committed
            .lines()
            .find_map(|line| line.strip_prefix("| ")?.strip_prefix(self.what));
        let numbers = line.into_iter().flat_map(|line| line.split('|'));
        let last = numbers
            .filter_map(|cell| cell.trim().parse::<f64>().ok())
            .next_back();
        let Some(committed) = last else {
            return Some(format!(
                "{FILE} has no line for {}; run `cargo xtask bench`",
                self.what
            ));
        };
        let measure = self.measure();
        (measure > committed * TOLERANCE)
            .then(|| format!("{}: {measure:.2}, {committed} in {FILE}", self.what))
    }
}

fn document(calls: &[Row], taken: &[Row], times: &[Row]) -> String {
    let lines = |rows: &[Row]| -> String {
        let head = "| | green-api | by hand | ratio |\n|---|---|---|---|".to_owned();
        let rows = rows.iter().map(Row::line);
        Vec::from_iter([head].into_iter().chain(rows)).join("\n")
    };
    format!(
        "# Benchmarks\n\n\
         Written by `cargo xtask bench`. `cargo xtask bench --check` measures the same with fewer repetitions and fails when a ratio is more than\n\
         {TOLERANCE} times what is written here.\n\n\
         ## Instructions\n\n\
         What one call or one decoded notification costs in this process, counted by callgrind, beside the same written by hand: reqwest with a time\n\
         limit, a check of the status and a typed answer; hyper's pool of connections with nothing around it; `serde_json::Value`. The server runs in\n\
         another process on the same machine, and connections are kept. Counts are the same on every run to within a per cent.\n\n\
         What the library does for them: it keeps the token out of errors and headers, knows whether the request had left, bounds the body, keeps to\n\
         the documented rates and limits, and tells refusals from answers.\n\n\
         {}\n\n\
         `Value` keeps the order of fields here (serde_json's `preserve_order`). Without that it costs about a sixth less.\n\n\
         ## Memory\n\n\
         Bytes: of an instance those on the heap, of calls what the process grows by. A call that waits has a connection of its own, and most of it is\n\
         hyper's: two buffers and a queue of 8 kB each, which reqwest has no settings for. Over HTTP/2 (feature `http2`) calls share a connection.\n\
         Of the mailbox the most that a whole program takes (VmHWM) which puts 10,000 notifications in and handles them; it is not compared in\n\
         CI.\n\n\
         {}\n\n\
         ## Time\n\n\
         Microseconds of one of 2,000, each in a process that has the sandbox as well, with a store of SQLite on this disk. The inbox writes a notification\n\
         before it is deleted at the server, and its end after the handler; the outbox writes a message, that it is being sent, and its id. Each is on disk\n\
         before it goes on, so these are the times of the disk. They are not compared in CI, whose machines differ from run to run.\n\n\
         {}\n\n\
         Measured with {} and {} on {}, release profile.\n",
        lines(calls),
        lines(taken),
        lines(times),
        output("rustc", &["--version"]),
        output("valgrind", &["--version"]),
        std::env::consts::ARCH
    )
}

fn is_there(program: &str) -> bool {
    !output(program, &["--version"]).is_empty()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text).trim().to_owned()
}

/// Builds the programs of a package that are measured. Packages are built one by one, since the features of one would change the other.
fn build<const N: usize>(
    root: &Path,
    package: &str,
    features: &[&str],
    programs: [&str; N],
) -> Result<[PathBuf; N], String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "-p", package, "--locked"])
        .args(["--features", &features.join(",")])
        .args(programs.iter().flat_map(|program| ["--bin", program]))
        .arg("--message-format=json-render-diagnostics")
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    let lines = String::from_utf8_lossy(&built.stdout);
    let messages = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let messages: Vec<Value> = messages.collect();
    let program = |name: &str| {
        let mut of_name = messages
            .iter()
            .filter(|message| message["target"]["name"] == name);
        let path = of_name.find_map(|message| message["executable"].as_str().map(PathBuf::from));
        path.ok_or_else(|| format!("{name} was not built"))
    };
    let found = programs.into_iter().map(program);
    let found = found.collect::<Result<Vec<PathBuf>, String>>()?;
    found
        .try_into()
        .map_err(|_| format!("{package} was not built"))
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
fn instructions(program: &Path, name: &str, address: &str, short: bool) -> Result<u64, String> {
    let (rarely, often) = match name.split_once('/') {
        Some(("client", _)) => (1, 3),
        Some(("code" | "send", _)) if short => (20, 70),
        Some(("code" | "send", _)) => (50, 250),
        _ if short => (50, 150),
        _ => (100, 600),
    };
    let counted = |times: u64| {
        let run = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(program)
            .args([name, &times.to_string(), address])
            .output()
            .map_err(|error| format!("valgrind cannot be run: {error}"))?;
        let report = String::from_utf8_lossy(&run.stderr);
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

/// Runs a program that measures, and returns the number that it prints.
fn number(program: &Path, arguments: &[&str]) -> Result<u64, String> {
    let run = Command::new(program).args(arguments).output();
    let run = run.map_err(|error| format!("{arguments:?} cannot be run: {error}"))?;
    let text = String::from_utf8_lossy(&run.stdout);
    let number = text.trim().parse();
    number.map_err(|_| format!("{arguments:?}: {}", String::from_utf8_lossy(&run.stderr)))
}
