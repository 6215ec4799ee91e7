//! Files and pictures: kept, served back, gone when their time has come.

mod common;

use common::{Answer, PHONE, Setup, setup, setup_with};
use green_api_sandbox::Sandbox;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::{Form, Part};
use serde_json::json;

const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 1, 2, 3];

fn jpeg(name: &'static str) -> Part {
    let part = Part::bytes(JPEG).file_name(name);
    part.mime_str("image/jpeg").unwrap()
}

/// Calls an operation with a form in place of JSON.
async fn post_form(setup: &Setup, operation: &str, form: Form) -> Answer {
    let request = setup.request(Method::POST, &setup.address(operation, ""));
    setup.send(request.multipart(form)).await
}

/// What is served at an address of the sandbox: status, media type, name, bytes.
async fn fetch(setup: &Setup, url: &str) -> (u16, String, String, Vec<u8>) {
    let answer = setup.request(Method::GET, url).send().await.unwrap();
    let header = |name| {
        answer
            .headers()
            .get(name)
            .map_or(String::new(), |value| value.to_str().unwrap().to_owned())
    };
    let (mime, name) = (header("content-type"), header("content-disposition"));
    (
        answer.status().as_u16(),
        mime,
        name,
        answer.bytes().await.unwrap().to_vec(),
    )
}

async fn upload(setup: &Setup, headers: &[(&str, &str)], body: &'static [u8]) -> Answer {
    let request = setup
        .request(Method::POST, &setup.address("uploadFile", ""))
        .body(body);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    setup.send(request).await
}

#[tokio::test]
async fn an_uploaded_file_is_served_for_fifteen_days() {
    let setup = setup().await;
    let answer = upload(
        &setup,
        &[
            ("Content-Type", "image/jpeg"),
            ("GA-Filename", "window & door.jpg"),
        ],
        JPEG,
    )
    .await
    .json();
    let url = answer["urlFile"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("{}/files/1101000001/", setup.sandbox.url()))
            && url.ends_with(".jpg"),
        "{url}"
    );
    let expected = (
        200,
        "image/jpeg".to_owned(),
        "inline; filename*=UTF-8''window%20%26%20door%2Ejpg".to_owned(),
        JPEG.to_vec(),
    );
    assert_eq!(fetch(&setup, url).await, expected);

    setup.advance(15 * 24 * 60 * 60 - 1);
    assert_eq!(fetch(&setup, url).await.0, 200);
    setup.advance(1);
    assert_eq!(fetch(&setup, url).await.0, 404);
}

#[tokio::test]
async fn the_name_or_the_type_of_an_upload_may_be_missing_but_not_both() {
    let setup = setup().await;
    let named = upload(&setup, &[("GA-Filename", "note.txt")], b"hello")
        .await
        .json();
    let (status, mime, ..) = fetch(&setup, named["urlFile"].as_str().unwrap()).await;
    assert_eq!((status, mime.as_str()), (200, "text/plain"));
    let typed = upload(&setup, &[("Content-Type", "image/png")], b"hello")
        .await
        .json();
    assert!(
        typed["urlFile"].as_str().unwrap().ends_with(".png"),
        "{typed}"
    );

    assert_eq!(
        upload(&setup, &[], b"hello").await.refusal(),
        "Validation failed. Details: 'Content-Type' is required"
    );
    assert_eq!(
        upload(
            &setup,
            &[("Content-Type", "multipart/form-data; boundary=x")],
            b"--x--"
        )
        .await
        .refusal(),
        "Validation failed. Details: 'Content-Type' must be the type of the file"
    );
    assert_eq!(
        upload(&setup, &[("Content-Type", "image/png")], b"")
            .await
            .refusal(),
        "File is empty"
    );
}

#[tokio::test]
async fn a_file_that_is_sent_with_its_message_is_served_back() {
    let setup = setup().await;
    let form = Form::new()
        .text("chatId", "447700900124@c.us")
        .text("fileName", "window.jpg")
        .text("typingTime", "1000")
        .part("file", jpeg("camera.jpg"));
    let answer = post_form(&setup, "sendFileByUpload", form).await.json();
    assert!(answer["idMessage"].is_string(), "{answer}");
    let (status, mime, name, bytes) = fetch(&setup, answer["urlFile"].as_str().unwrap()).await;
    assert_eq!(
        (status, mime.as_str(), bytes.as_slice()),
        (200, "image/jpeg", JPEG)
    );
    assert_eq!(name, "inline; filename*=UTF-8''window%2Ejpg");
}

#[tokio::test]
async fn the_file_of_a_message_can_be_downloaded_on_both_sides() {
    let setup = setup_with(Sandbox::builder().instance(1, "one").instance(2, "two")).await;
    setup.link().await;
    let friend = setup.sandbox.phone("447700900124");
    setup.sandbox.instances()[1].link(&friend);
    let form = Form::new()
        .text("chatId", "447700900124@c.us")
        .part("file", jpeg("window.jpg"));
    let sent = post_form(&setup, "sendFileByUpload", form).await.json();
    setup.advance(10);

    let download = async |instance: &str, chat: &str, id: &str| {
        let address = format!("{}/{instance}", setup.sandbox.url()).replace("{}", "downloadFile");
        setup
            .send(
                setup
                    .request(Method::POST, &address)
                    .json(&json!({ "chatId": chat, "idMessage": id })),
            )
            .await
    };
    let (mine, theirs) = ("waInstance1/{}/one", "waInstance2/{}/two");
    let id = sent["idMessage"].as_str().unwrap();
    for (instance, chat) in [(mine, "447700900124@c.us"), (theirs, "447700900123@c.us")] {
        let url = download(instance, chat, id).await.json()["downloadUrl"].clone();
        assert_eq!(url, sent["urlFile"]);
        assert_eq!(fetch(&setup, url.as_str().unwrap()).await.3, JPEG);
    }
    let unknown = download(mine, "447700900124@c.us", "3EB0").await.refusal();
    assert_eq!(
        unknown,
        "File message encrypted url not found by chatId 447700900124@c.us and idMessage 3EB0"
    );
    let empty = setup
        .post("downloadFile", json!({ "chatId": "447700900124@c.us" }))
        .await
        .refusal();
    assert_eq!(
        empty,
        "Validation failed. Details: 'value' must have at least 2 keys"
    );

    setup.advance(15 * 24 * 60 * 60);
    let gone = download(mine, "447700900124@c.us", id).await;
    assert!(
        gone.status == 500
            && gone
                .text
                .contains("internal error while downloading the file by chatId 447700900124@c.us"),
        "{gone:?}"
    );
}

#[tokio::test]
async fn a_name_that_does_not_say_what_the_file_is_ends_with_bin() {
    let setup = setup().await;
    setup.sandbox.instance().link(&setup.phone());
    let form = Form::new()
        .text("chatId", "447700900124@c.us")
        .text("fileName", "window")
        .part("file", jpeg("camera.jpg"));
    let answer = post_form(&setup, "sendFileByUpload", form).await.json();
    let (_, mime, name, _) = fetch(&setup, answer["urlFile"].as_str().unwrap()).await;
    assert_eq!(
        (mime.as_str(), name.as_str()),
        (
            "application/octet-stream",
            "inline; filename*=UTF-8''window%2Ebin"
        )
    );
    setup.advance(1);
    let by_url = json!({ "chatId": "447700900124@c.us", "urlFile": "https://files.example.com/1.jpg", "fileName": "door" });
    setup.post("sendFileByUrl", by_url).await;
    setup.advance(1);
    let sent = setup.phone().messages("447700900124");
    let names = sent.iter().map(|message| match &message.content {
        green_api_sandbox::Content::File(file) => file.name.as_str(),
        _ => "",
    });
    assert_eq!(names.collect::<Vec<_>>(), ["window.bin", "door.bin"]);
}

#[tokio::test]
async fn forms_are_checked_part_by_part() {
    let setup = setup().await;
    let address = setup.address("sendFileByUpload", "");
    let file = || Part::bytes(JPEG).file_name("camera.jpg");
    for (form, details) in [
        (Form::new().part("file", file()), "'chatId' is required"),
        (
            Form::new().text("chatId", "447700900124@c.us"),
            "'file' is required",
        ),
        (
            Form::new()
                .text("chatId", "447700900124@c.us")
                .text("typingTime", "-1")
                .part("file", file()),
            "'typingTime' must be greater than or equal to 0",
        ),
        (
            Form::new()
                .text("chatId", "447700900124@c.us")
                .text("typingTime", "soon")
                .part("file", file()),
            "'typingTime' must be an integer",
        ),
    ] {
        assert_eq!(
            post_form(&setup, "sendFileByUpload", form).await.refusal(),
            format!("Validation failed. Details: {details}")
        );
    }
    // A body that is no form has no parts.
    let answer = setup
        .send(
            setup
                .request(Method::POST, &address)
                .header(CONTENT_TYPE, "multipart/form-data; boundary=x")
                .body("nonsense"),
        )
        .await;
    assert_eq!(
        answer.refusal(),
        "Validation failed. Details: 'chatId' is required"
    );
}

#[tokio::test]
async fn a_profile_picture_is_seen_by_everybody_and_replaced() {
    let setup = setup_with(Sandbox::builder().instance(1, "one").instance(2, "two")).await;
    setup.link().await;
    let set = async |last: u8| {
        setup.advance(10);
        let picture = Part::bytes([JPEG, &[last]].concat()).file_name("me.jpg");
        let form = Form::new().part("file", picture);
        let answer = post_form(&setup, "setProfilePicture", form).await;
        answer.json()["urlAvatar"].as_str().unwrap().to_owned()
    };
    let avatar_of = async |chat_id: &str| {
        let address = format!("{}/waInstance1/getAvatar/one", setup.sandbox.url());
        let answer = setup
            .send(
                setup
                    .request(Method::POST, &address)
                    .json(&json!({ "chatId": chat_id })),
            )
            .await
            .json();
        (
            answer["urlAvatar"].as_str().unwrap().to_owned(),
            answer["available"] == true,
        )
    };
    let id = format!("{PHONE}@c.us");
    let avatar = async || avatar_of(&id).await;
    assert_eq!(avatar().await, (String::new(), false));
    let first = set(1).await;
    assert_eq!(avatar().await, (first.clone(), true));
    assert_eq!(
        avatar_of(PHONE).await,
        (first.clone(), true),
        "the same chat"
    );
    assert_eq!(fetch(&setup, &first).await.3.last(), Some(&1));

    let second = set(2).await;
    assert_eq!(avatar().await.0, second);
    assert_eq!(
        (
            fetch(&setup, &first).await.0,
            fetch(&setup, &second).await.3.last().copied()
        ),
        (404, Some(2))
    );
    // A picture belongs to the account, not to the instance.
    setup.advance(365 * 24 * 60 * 60);
    setup.get("logout").await;
    setup.link().await;
    assert_eq!(setup.get("getWaSettings").await.json()["avatar"], second);
}

#[tokio::test]
async fn files_cannot_act_as_pages_of_the_sandbox() {
    let setup = setup().await;
    let answer = upload(
        &setup,
        &[("Content-Type", "text/html"), ("GA-Filename", "a.html")],
        b"<script>alert(1)</script>",
    )
    .await
    .json();
    let served = setup
        .request(Method::GET, answer["urlFile"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(
        served.headers()["content-security-policy"],
        "sandbox; default-src 'none'"
    );
    assert_eq!(served.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn addresses_begin_as_clients_know_the_sandbox() {
    let setup = setup_with(Sandbox::builder().public_url("https://green-api.example.com/")).await;
    assert_eq!(setup.sandbox.url(), "https://green-api.example.com");

    let everywhere = Sandbox::builder()
        .listen(([0, 0, 0, 0], 0).into())
        .start()
        .await
        .unwrap();
    assert!(
        everywhere.url().starts_with("http://127.0.0.1:"),
        "{}",
        everywhere.url()
    );
    let answer = reqwest::get(format!("{}/files/1/nothing.jpg", everywhere.url()))
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
}
