//! Files on their way out: from memory, disk and streams, whole and broken.

mod wire;

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use futures_util::stream;
use green_api::{ChatId, Delivery, Error, ErrorKind, Instance, Upload};
use wire::{Seen, Wire, answer, instance_at, json};

const CONTENT: &[u8] = b"\x89PNG not really\r\n--a boundary?";

fn chat() -> ChatId {
    "120363000000000001@g.us".parse().unwrap()
}

type Pieces = Vec<io::Result<&'static [u8]>>;

fn streamed(pieces: Pieces, length: Option<u64>) -> Upload {
    Upload::from_stream(
        stream::iter(pieces.into_iter().map(|piece| piece.map(Into::into))),
        length,
    )
    .named("file.bin")
}

fn on_disk(folder: &tempfile::TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// One way to send a file.
type Way = fn(&Instance, Upload) -> std::pin::Pin<Box<dyn Future<Output = Result<(), Error>>>>;

macro_rules! way {
    (|$instance:ident, $file:ident| $request:expr) => {
        |$instance, $file| {
            let request = $request;
            Box::pin(async move { request.await.map(drop) })
        }
    };
}

/// The four of them, and whether the file is a part of a form.
const WAYS: [(&str, Way, bool); 4] = [
    (
        "sendFileByUpload",
        way!(|instance, file| instance.send_file_by_upload(chat(), file)),
        true,
    ),
    (
        "uploadFile",
        way!(|instance, file| instance.upload_file(file)),
        false,
    ),
    (
        "setGroupPicture",
        way!(|instance, file| instance.set_group_picture(chat(), file)),
        true,
    ),
    (
        "setProfilePicture",
        way!(|instance, file| instance.set_profile_picture(file)),
        true,
    ),
];

/// An answer that all four take.
fn good() -> Vec<u8> {
    json(
        r#"{"idMessage": "3EB0", "urlFile": "https://media.example.com/a", "setGroupPicture": true, "setProfilePicture": true, "urlAvatar": "https://media.example.com/b", "reason": ""}"#,
    )
}

async fn send(way: Way, file: Upload) -> Seen {
    let server = Wire::start([good()]).await;
    way(&server.instance(), file).await.unwrap();
    let mut seen = server.seen();
    assert_eq!(seen.len(), 1);
    seen.remove(0)
}

#[tokio::test]
async fn every_way_sends_every_kind_with_its_length_or_in_chunks() {
    let folder = tempfile::tempdir().unwrap();
    let path = on_disk(&folder, "photo.png", CONTENT);
    for (id, way, form) in WAYS {
        let pieces = || -> Pieces { vec![Ok(&CONTENT[..5]), Ok(&CONTENT[5..])] };
        let length = CONTENT.len() as u64;
        let files = [
            ("bytes", Upload::from_bytes(CONTENT).named("file.bin"), true),
            (
                "watched bytes",
                Upload::from_bytes(CONTENT)
                    .named("file.bin")
                    .on_progress(|_, _| ()),
                true,
            ),
            ("path", Upload::from_path(&path).unwrap(), true),
            ("stream", streamed(pieces(), Some(length)), true),
            ("stream of unknown length", streamed(pieces(), None), false),
        ];
        for (kind, file, known) in files {
            let file = file.named("photo.png").of_type("image/png");
            let seen = send(way, file).await;
            assert!(
                seen.head.starts_with("POST ") && seen.head.contains(&format!("/{id}/")),
                "{id}: {}",
                seen.head
            );
            assert!(seen.complete, "{id}, {kind}");
            assert_eq!(
                seen.header("content-length").is_some(),
                known,
                "{id}, {kind}: {}",
                seen.head
            );
            assert_eq!(
                seen.header("transfer-encoding").is_some(),
                !known,
                "{id}, {kind}: {}",
                seen.head
            );
            if form {
                let body = seen.text();
                assert!(
                    seen.header("content-type")
                        .unwrap()
                        .starts_with("multipart/form-data; boundary="),
                    "{id}, {kind}"
                );
                assert!(
                    body.contains(
                        "name=\"file\"; filename=\"photo.png\"\r\ncontent-type: image/png\r\n"
                    ),
                    "{id}, {kind}: {body}"
                );
                assert!(
                    seen.body
                        .windows(CONTENT.len())
                        .any(|window| window == CONTENT),
                    "{id}, {kind}: {body}"
                );
                assert!(body.ends_with("--\r\n"), "{id}, {kind}: {body}");
            } else {
                assert_eq!(seen.header("content-type"), Some("image/png"), "{kind}");
                assert_eq!(seen.header("ga-filename"), Some("photo.png"), "{kind}");
                assert_eq!(seen.body, CONTENT, "{kind}");
            }
        }
    }
}

#[tokio::test]
async fn names_in_other_scripts_and_with_quotes_stay_one_name() {
    for (id, way, form) in WAYS {
        let seen = send(way, Upload::from_bytes("a").named("Отчёт \"итог\".pdf")).await;
        let text = if form { seen.text() } else { seen.head.clone() };
        let line = text
            .lines()
            .find(|line| line.contains(".pdf"))
            .unwrap_or_else(|| panic!("{id}: {text}"));
        if form {
            assert!(
                line.ends_with("name=\"file\"; filename=\"Отчёт \\\"итог\\\".pdf\""),
                "{id}: {line}"
            );
        } else {
            assert_eq!(line, "ga-filename: Отчёт \"итог\".pdf", "{id}");
        }
    }
}

#[tokio::test]
async fn line_breaks_in_a_name_add_no_header() {
    for (id, way, form) in WAYS {
        let seen = send(way, Upload::from_bytes("a").named("a\r\nX-Evil: 1.pdf")).await;
        let place = if form { seen.text() } else { seen.head };
        assert!(place.contains("aX-Evil: 1.pdf"), "{id}: {place}");
    }
}

/// What a callback was told: bytes, and the length.
type Reports = Vec<(u64, Option<u64>)>;

#[tokio::test]
async fn progress_grows_to_the_whole() {
    let content = vec![7; 200_000];
    let folder = tempfile::tempdir().unwrap();
    let path = on_disk(&folder, "large.bin", &content);
    for file in [
        Upload::from_bytes(content.clone()).named("file.bin"),
        Upload::from_path(&path).unwrap(),
    ] {
        for (id, way, _) in WAYS {
            let reports: Arc<Mutex<Reports>> = Arc::default();
            let log = Arc::clone(&reports);
            send(
                way,
                file.clone()
                    .on_progress(move |sent, of| log.lock().unwrap().push((sent, of))),
            )
            .await;
            let reports = reports.lock().unwrap();
            assert!(
                reports.len() > 1 && reports.is_sorted(),
                "{id}: {reports:?}"
            );
            assert_eq!(reports.last(), Some(&(200_000, Some(200_000))), "{id}");
        }
    }
}

#[tokio::test]
async fn a_stream_that_has_begun_is_not_repeated() {
    let refusal = answer("429 Too Many Requests", "application/json", "");
    for (id, way, _) in WAYS {
        let server = Wire::start([refusal.clone(), good()]).await;
        let instance = server.instance();
        let file = streamed(vec![Ok(b"abc")], Some(3));
        let error = way(&instance, file.clone()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::RateLimited, Delivery::Refused),
            "{id}: {error}"
        );
        let error = way(&instance, file).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::InvalidInput, Delivery::NotSent),
            "{id}"
        );
        assert!(
            error
                .to_string()
                .contains("a stream, which was sent already"),
            "{id}: {error}"
        );
        assert_eq!(server.seen().len(), 1, "{id}: the stream left twice");
    }
}

#[tokio::test]
async fn what_can_be_read_again_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let path = on_disk(&folder, "a.bin", CONTENT);
    let server = Wire::start([
        answer("429 Too Many Requests", "application/json", ""),
        good(),
    ])
    .await;
    server
        .instance()
        .upload_file(Upload::from_path(path).unwrap())
        .await
        .unwrap();
    let bodies: Vec<Vec<u8>> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, [CONTENT, CONTENT]);
}

#[tokio::test]
async fn a_stream_without_a_connection_keeps_its_content() {
    // Nobody listens on the port, and nobody else is given it.
    let taken = tokio::net::TcpSocket::new_v4().unwrap();
    taken.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let closed = taken.local_addr().unwrap();
    let file = streamed(vec![Ok(b"abc")], Some(3));
    let error = instance_at(&format!("http://{closed}"))
        .upload_file(file.clone())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Connect, Delivery::NotSent)
    );
    assert!(!file.is_spent());
    let server = Wire::start([good()]).await;
    server.instance().upload_file(file).await.unwrap();
    assert_eq!(server.seen()[0].body, b"abc");
}

#[tokio::test]
async fn a_file_that_fails_is_told_from_a_connection_that_does() {
    let folder = tempfile::tempdir().unwrap();
    let gone = on_disk(&folder, "gone.bin", CONTENT);
    let shrunk = on_disk(&folder, "shrunk.bin", CONTENT);
    let files = [
        (
            "gone",
            Upload::from_path(&gone).unwrap(),
            "the file cannot be read",
        ),
        (
            "shorter",
            Upload::from_path(&shrunk).unwrap(),
            "shorter than was said",
        ),
        (
            "failing",
            streamed(
                vec![Ok(b"ab"), Err(io::Error::other("the disk is on fire"))],
                Some(9),
            ),
            "the disk is on fire",
        ),
        (
            "failing, of unknown length",
            streamed(
                vec![Ok(b"ab"), Err(io::Error::other("the disk is on fire"))],
                None,
            ),
            "the disk is on fire",
        ),
        (
            "ending early",
            streamed(vec![Ok(b"ab")], Some(9)),
            "shorter than was said",
        ),
        (
            "not ending",
            streamed(vec![Ok(b"abcdef")], Some(3)),
            "longer than was said",
        ),
    ];
    std::fs::remove_file(gone).unwrap();
    std::fs::write(shrunk, b"a").unwrap();
    for (kind, file, words) in files {
        for (id, way, _) in WAYS {
            // A stream fails once.
            if file.is_spent() {
                continue;
            }
            let server = Wire::start([good()]).await;
            let error = way(&server.instance(), file.clone()).await.unwrap_err();
            assert_eq!(
                (error.kind(), error.delivery()),
                (ErrorKind::File, Delivery::NotSent),
                "{id}, {kind}: {error:?}"
            );
            assert!(error.to_string().contains(words), "{id}, {kind}: {error}");
            assert!(
                server.seen().iter().all(|seen| !seen.complete),
                "{id}, {kind}: it came whole"
            );
        }
    }
}

#[tokio::test]
async fn a_file_that_grew_is_sent_as_long_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for (id, way, _) in WAYS {
        let path = on_disk(&folder, "log.txt", b"first line");
        let file = Upload::from_path(&path).unwrap();
        std::fs::write(&path, b"first line, second line").unwrap();
        let seen = send(way, file).await;
        assert!(
            seen.complete && seen.text().contains("first line") && !seen.text().contains("second"),
            "{id}: {}",
            seen.text()
        );
    }
}
