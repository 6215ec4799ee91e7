//! How much memory a large upload takes: `cargo run --release -p green-api --example upload_large`.
//!
//! A sparse file of 300 MB goes to a server on this machine that throws it away. On Linux the peak of resident memory is printed.

use std::io::Result;

use green_api::{ChatId, Client, Credentials, Upload};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const SIZE: u64 = 300 * 1024 * 1024;

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let file = tempfile::Builder::new().suffix(".bin").tempfile()?;
    file.as_file().set_len(SIZE)?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(swallow(stream));
        }
    });

    let instance =
        Client::new()?.instance(Credentials::new(&url, "7103000001", "0123456789abcdef")?);
    let chat: ChatId = "447700900145@c.us".parse()?;
    let before = peak_memory();
    instance
        .send_file_by_upload(&chat, Upload::from_path(file.path())?)
        .await?;
    println!(
        "sendFileByUpload: peak memory {} before, {} after",
        shown(before),
        shown(peak_memory())
    );
    instance
        .upload_file(Upload::from_path(file.path())?)
        .await?;
    println!("uploadFile: peak memory {} after", shown(peak_memory()));
    Ok(())
}

/// Reads one request and keeps nothing of it.
async fn swallow(mut stream: TcpStream) -> Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut head = Vec::new();
    let mut body = loop {
        let read = stream.read(&mut buffer).await?;
        head.extend_from_slice(&buffer[..read]);
        if read == 0 {
            return Ok(());
        }
        if let Some(end) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break (head.len() - end - 4) as u64;
        }
    };
    let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<u64>().ok())
        .unwrap_or_default();
    while body < length {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            read => body += read as u64,
        }
    }
    println!("{body} bytes arrived");
    let answer = r#"{"idMessage": "3EB0", "urlFile": "https://media.example.com/a"}"#;
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all(format!("{head}{answer}").as_bytes()).await
}

/// The peak of resident memory in KiB, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?
            .trim()
            .strip_suffix(" kB")?
            .parse()
            .ok()
    })
}

fn shown(memory: Option<u64>) -> String {
    memory.map_or_else(
        || "unknown".to_owned(),
        |memory| format!("{:.1} MiB", memory as f64 / 1024.0),
    )
}
