#[path = "../../examples/files.rs"]
#[expect(dead_code, reason = "a program has a `main`")]
mod program;

use green_api::testing;
use green_api_bot::Store;
use green_api_sandbox::{Attachment, Content, Fault};

use crate::support::{ALICE, BOB, Tested, in_time, troubled};

#[tokio::test]
async fn files_come_and_go_through_faults_and_a_kill() -> Tested {
    let folder = tempfile::tempdir()?;
    let bot = program::bot(Store::in_memory().await?, folder.path().to_owned());
    let mut test = troubled(bot).await?;
    let upload = Fault::on("sendFileByUpload");
    test.sandbox()
        .faults()
        .add(upload.times(1).carried_out().drop_connection());
    let alice = test.phone(ALICE);
    in_time(&test, async {
        alice.says("/prices");
        alice.expect("prices.txt").await;
        alice.sends_file("cat.png", "12345");
        alice.expect("as a PDF").await;
    })
    .await;
    let id = alice.sends_file("../../menu.pdf", "12345678");
    test.kill().await;
    test.restart();
    in_time(&test, async {
        let thanks = alice.expect("8 bytes").await;
        assert_eq!(thanks.quoted_message_id, Some(id.clone()));
        alice.expect_nothing().await;
    })
    .await;
    let name = format!("447700900145_c_us_{id}.pdf");
    assert_eq!(std::fs::read(folder.path().join(name))?, b"12345678");
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
    Ok(())
}

#[tokio::test]
async fn a_file_that_cannot_be_had_is_answered_at_once() -> Tested {
    let folder = tempfile::tempdir()?;
    let bot = program::bot(Store::in_memory().await?, folder.path().to_owned());
    let test = bot.test().await?;
    let (alice, sandbox) = (test.phone(ALICE), test.sandbox());
    let sends = async |url: &str, caption: &str| {
        alice.sends(Content::File(Attachment {
            url: url.to_owned(),
            name: "a.pdf".to_owned(),
            mime_type: "application/pdf".to_owned(),
            caption: caption.to_owned(),
        }));
        alice.expect("larger than 20 MB, or is gone").await;
    };
    sends("", "{{SWE002}}").await;
    sends("{{SWE002}}", "").await;
    sends(&format!("{}/gone.pdf", sandbox.url()), "").await;
    alice.sends_file("a.pdf", vec![0; 20 * 1024 * 1024 + 1]);
    alice.expect("larger than 20 MB, or is gone").await;
    let mut asked = sandbox.answered().into_keys();
    assert!(!asked.any(|(operation, _)| operation == "downloadFile"));
    // Neither an address nor a marker: the server is asked, and has none.
    sends("", "").await;
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[tokio::test]
async fn the_same_id_in_two_chats_is_two_files() -> Tested {
    let folder = tempfile::tempdir()?;
    let bot = program::bot(Store::in_memory().await?, folder.path().to_owned());
    let test = bot.test().await?;
    for number in [ALICE, BOB] {
        let chat = number.parse()?;
        let address = test.sandbox().phone(number).attachment("a.pdf", number).url;
        let sent = testing::image(address).chat(&chat).sender(&chat);
        let sent = sent
            .id_message("3EB0")
            .set("/messageData/typeMessage", "documentMessage")
            .set("/messageData/fileMessageData/mimeType", "application/pdf");
        test.sandbox().instance().notify(&sent.into_json());
    }
    test.settle().await;
    for number in [ALICE, BOB] {
        let chat = number.replace(['+', ' '], "");
        let path = folder.path().join(format!("{chat}_c_us_3EB0.pdf"));
        assert_eq!(std::fs::read_to_string(path)?, number);
    }
    Ok(())
}
