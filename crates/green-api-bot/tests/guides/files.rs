#[path = "../../examples/files.rs"]
#[expect(dead_code, reason = "a program has a `main`")]
mod program;

use green_api_bot::Store;
use green_api_sandbox::Fault;

use crate::support::{ALICE, Tested, in_time, troubled};

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
    assert_eq!(
        std::fs::read(folder.path().join(id).with_extension("pdf"))?,
        b"12345678"
    );
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 1);
    Ok(())
}
