//! Files that are saved whole or not at all.

mod wire;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use green_api::{ChatId, Delivery, ErrorKind};
use tempfile::TempDir;
use wire::{TOKEN, Wire, answer, json};

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

fn file(content: &[u8]) -> Vec<u8> {
    answer("200 OK", "image/jpeg", content)
}

fn redirect(to: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .into_bytes()
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("photo.jpg")
    }

    #[track_caller]
    fn assert_untouched(&self, what: &str) {
        assert_eq!(names(self.0.path()), [] as [String; 0], "{what}");
    }
}

#[tokio::test]
async fn the_file_of_a_message_is_asked_for_and_saved() {
    let storage = Wire::start([file(b"a photo")]).await;
    let api = Wire::start([json(&format!(
        r#"{{"downloadUrl": "{}/7103000001/photo.jpg?signature=s3cret"}}"#,
        storage.url()
    ))])
    .await;
    let place = Place::new();
    let chat: ChatId = "447700900145@c.us".parse().unwrap();
    let saved = api
        .instance()
        .download_file(chat, "3EB0")
        .save_to(place.path())
        .await
        .unwrap();
    assert_eq!(
        (saved.path.as_path(), saved.bytes),
        (place.path().as_path(), 7)
    );
    assert_eq!(std::fs::read(place.path()).unwrap(), b"a photo");
    assert_eq!(names(place.0.path()), ["photo.jpg"]);
    assert!(api.seen()[0].head.contains("/downloadFile/"));
    let request = &storage.seen()[0];
    assert!(
        request
            .head
            .starts_with("GET /7103000001/photo.jpg?signature=s3cret "),
        "{}",
        request.head
    );
    assert!(
        !request.head.contains(TOKEN) && request.header("referer").is_none(),
        "{}",
        request.head
    );
}

#[tokio::test]
async fn an_existing_file_is_replaced_only_by_a_whole_one() {
    let broken =
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf".to_vec();
    let storage = Wire::start([broken, file(b"new")]).await;
    let place = Place::new();
    std::fs::write(place.path(), b"old").unwrap();
    let instance = storage.instance();
    let error = instance
        .download(storage.url(), place.path())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::ConnectionLost, "downloadFile")
    );
    assert_eq!(error.account(), Some("instance 7103000001"));
    assert!(
        error
            .to_string()
            .contains("nothing was saved; fetch it again"),
        "{error}"
    );
    assert_eq!(
        (std::fs::read(place.path()).unwrap(), names(place.0.path())),
        (b"old".to_vec(), vec!["photo.jpg".to_owned()])
    );
    instance
        .download(storage.url(), place.path())
        .await
        .unwrap();
    assert_eq!(std::fs::read(place.path()).unwrap(), b"new");
}

#[tokio::test]
async fn what_the_host_refuses_leaves_nothing() {
    let cases = [
        ("403 Forbidden", ErrorKind::Declined),
        ("404 Not Found", ErrorKind::Declined),
        ("429 Too Many Requests", ErrorKind::RateLimited),
        ("500 Internal Server Error", ErrorKind::Server),
        ("503 Service Unavailable", ErrorKind::Gateway),
        ("206 Partial Content", ErrorKind::UnexpectedStatus),
    ];
    for (status, kind) in cases {
        let storage = Wire::start([answer(status, "text/xml", "<Error>s3cret</Error>")]).await;
        let place = Place::new();
        let error = storage
            .instance()
            .download(storage.url(), place.path())
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery(), error.status()),
            (kind, Delivery::Refused, status[..3].parse().ok()),
            "{error}"
        );
        assert_eq!(error.account(), Some("instance 7103000001"), "{error:?}");
        assert!(
            !format!("{error} {error:?}").contains("s3cret"),
            "{error:?}"
        );
        place.assert_untouched(status);
    }
}

#[tokio::test]
async fn what_is_no_address_is_said_plainly() {
    let storage = Wire::start([file(b"a")]).await;
    let cases = [
        ("{{SWE002}}", "too large"),
        ("", "there is no address"),
        ("photo.jpg", "is no address"),
        ("http://media.example.com/photo.jpg", "not https"),
        ("ftp://media.example.com/photo.jpg", "not https"),
        ("file:///etc/hostname", "not https"),
    ];
    for (url, words) in cases {
        let place = Place::new();
        let error = storage
            .instance()
            .download(url, place.path())
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::InvalidInput, Delivery::NotSent),
            "{url}: {error}"
        );
        assert!(
            error.to_string().contains(words) && error.to_string().ends_with("nothing was saved"),
            "{url}: {error}"
        );
        place.assert_untouched(url);
    }
    let api = Wire::start([json(r#"{"downloadUrl": "{{SWE002}}"}"#)]).await;
    let request = api
        .instance()
        .download_file("447700900145@c.us".parse::<ChatId>().unwrap(), "3EB0");
    let place = Place::new();
    assert!(
        request
            .save_to(place.path())
            .await
            .unwrap_err()
            .to_string()
            .contains("too large")
    );
    place.assert_untouched("the marker");
}

#[tokio::test]
async fn redirects_are_followed_a_few_times_and_only_to_safe_places() {
    let last = Wire::start([file(b"here")]).await;
    let first = Wire::start([
        redirect("/elsewhere"),
        redirect(&format!("{}/there", last.url())),
    ])
    .await;
    let place = Place::new();
    first
        .instance()
        .download(format!("{}/start", first.url()), place.path())
        .await
        .unwrap();
    assert_eq!(std::fs::read(place.path()).unwrap(), b"here");
    let asked: Vec<String> = first
        .seen()
        .iter()
        .chain(&last.seen())
        .map(|seen| seen.head.lines().next().unwrap().to_owned())
        .collect();
    assert_eq!(
        asked,
        [
            "GET /start HTTP/1.1",
            "GET /elsewhere HTTP/1.1",
            "GET /there HTTP/1.1"
        ]
    );
    assert!(
        first
            .seen()
            .iter()
            .chain(&last.seen())
            .all(|seen| seen.header("referer").is_none())
    );

    let endless = Wire::start([redirect("/again")]).await;
    let place = Place::new();
    let error = endless
        .instance()
        .download(endless.url(), place.path())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("without an end"), "{error}");
    assert_eq!(endless.seen().len(), 6);
    place.assert_untouched("an endless redirect");

    for to in [
        "http://media.example.com/a",
        "ftp://media.example.com/a",
        "http://user:s3cret@media.example.com/",
    ] {
        let unsafe_ = Wire::start([redirect(to)]).await;
        let place = Place::new();
        let error = unsafe_
            .instance()
            .download(unsafe_.url(), place.path())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Declined, "{to}: {error}");
        assert!(
            error.to_string().contains("not https") && !format!("{error:?}").contains("s3cret"),
            "{error:?}"
        );
        place.assert_untouched(to);
    }
}

#[tokio::test]
async fn a_file_above_the_limit_is_given_up() {
    let announced = file(&[0; 1000]);
    let unannounced = [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec(),
        vec![0; 1000],
    ]
    .concat();
    for (kind, bytes) in [("announced", announced), ("unannounced", unannounced)] {
        let storage = Wire::start([bytes]).await;
        let place = Place::new();
        let instance = storage.instance();
        let error = instance
            .download(storage.url(), place.path())
            .max_bytes(999)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AnswerTooLong, "{kind}: {error}");
        assert!(
            error
                .to_string()
                .contains("more than 999 bytes; allow more with `max_bytes`"),
            "{kind}: {error}"
        );
        place.assert_untouched(kind);
        assert_eq!(
            instance
                .download(storage.url(), place.path())
                .max_bytes(1000)
                .await
                .unwrap()
                .bytes,
            1000,
            "{kind}"
        );
    }
}

/// What a callback was told: bytes, and the length.
type Reports = Vec<(u64, Option<u64>)>;

#[tokio::test]
async fn progress_grows_to_the_whole() {
    let storage = Wire::start([file(&[7; 300_000])]).await;
    let reports: Arc<Mutex<Reports>> = Arc::default();
    let log = Arc::clone(&reports);
    let place = Place::new();
    let download = storage.instance().download(storage.url(), place.path());
    download
        .on_progress(move |bytes, of| log.lock().unwrap().push((bytes, of)))
        .await
        .unwrap();
    let reports = reports.lock().unwrap();
    assert!(reports.len() > 1 && reports.is_sorted(), "{reports:?}");
    assert_eq!(reports.last(), Some(&(300_000, Some(300_000))));
}

/// A host that sends half a file and then nothing, without closing.
async fn stuck() -> (String, tokio::sync::oneshot::Receiver<()>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (asked, told) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            .await
            .unwrap();
        let _ = asked.send(());
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    (url, told)
}

#[tokio::test]
async fn a_download_that_is_dropped_leaves_nothing() {
    let (url, asked) = stuck().await;
    let place = Place::new();
    let instance = wire::instance_at("http://127.0.0.1:9");
    let (arrived, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let download = instance
        .download(url, place.path())
        .on_progress(move |bytes, _| arrived.send(bytes).unwrap());
    let running = tokio::spawn(download.into_future());
    asked.await.unwrap();
    assert_eq!(seen.recv().await, Some(4));
    assert_eq!(names(place.0.path()).len(), 1, "there is no hidden file");
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    place.assert_untouched("a dropped download");
}

#[tokio::test]
async fn a_host_that_falls_silent_is_given_up() {
    for (limit, what) in [
        (Duration::from_secs(30), "its own limit"),
        (Duration::from_secs(600), "a silent minute"),
    ] {
        let (url, _asked) = stuck().await;
        let place = Place::new();
        let (arrived, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let instance = wire::instance_at("http://127.0.0.1:9");
        let download = instance
            .download(url, place.path())
            .timeout(limit)
            .on_progress(move |bytes, _| arrived.send(bytes).unwrap());
        let running = tokio::spawn(download.into_future());
        // The clock may fly once everything there is has arrived.
        assert_eq!(seen.recv().await, Some(4), "{what}");
        tokio::time::pause();
        let error = running.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut, "{what}: {error}");
        assert_eq!(error.account(), Some("instance 7103000001"));
        assert!(
            error.to_string().contains("nothing was saved"),
            "{what}: {error}"
        );
        place.assert_untouched(what);
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_found_before_anything_is_asked() {
    let storage = Wire::start([file(b"a")]).await;
    let place = Place::new();
    let instance = storage.instance();
    for (path, words) in [
        (place.0.path().to_owned(), "it is a folder"),
        (
            place.0.path().join("missing/photo.jpg"),
            "cannot be written",
        ),
    ] {
        let message =
            instance.download_file("447700900145@c.us".parse::<ChatId>().unwrap(), "3EB0");
        for download in [
            instance.download(storage.url(), &path),
            message.save_to(&path),
        ] {
            let error = download.await.unwrap_err();
            assert_eq!(
                (error.kind(), error.delivery(), error.account()),
                (ErrorKind::File, Delivery::NotSent, None),
                "{error}"
            );
            assert!(error.to_string().contains(words), "{error}");
        }
    }
    assert!(storage.seen().is_empty());
    place.assert_untouched("a wrong place");
}

#[tokio::test]
async fn the_address_shows_nowhere() {
    let instance = wire::instance_at("http://127.0.0.1:9");
    let place = Place::new();
    let download = instance.download("http://127.0.0.1:9/a?signature=s3cret", place.path());
    let mut shown = format!("{download:?}");
    let error = download.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    shown += &format!("{error} {error:?}");
    assert!(!shown.contains("s3cret"), "{shown}");
}
