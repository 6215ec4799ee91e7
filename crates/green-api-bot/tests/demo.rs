//! The example `demo`, from the first word to the receipt.

#[path = "../examples/demo.rs"]
#[expect(dead_code, reason = "the test has another `main`")]
mod demo;

use green_api::{Client, Credentials};
use green_api_bot::testing::{Harness, Phone};
use green_api_bot::{BoxError, Store};
use green_api_sandbox::Content;

type Tested = Result<(), BoxError>;

async fn test() -> Result<Harness, BoxError> {
    demo::bot(Store::in_memory().await?).test().await
}

/// Goes through the dialogue.
async fn order(phone: &Phone, [drink, size, name]: [&str; 3]) {
    phone.expect("What would you like?").await;
    phone.presses(drink);
    phone.expect("How large?").await;
    phone.presses(size);
    phone.expect("What is your name?").await;
    phone.says(name);
    phone.expect("Your receipt:").await;
}

#[tokio::test]
async fn it_does_all_that_it_says() -> Tested {
    let test = test().await?;
    let alice = test.phone("+44 7700 900145");
    alice.says("Good morning");
    alice.expect("Welcome to the café!").await;
    alice.says("/help");
    alice.expect("/start shows the menu.").await;

    alice.presses("Order");
    order(&alice, ["Coffee", "Large", "Alice"]).await;
    let receipt = alice.expect("receipt.txt").await;
    let Content::File(file) = receipt.content else {
        return Err(format!("{:?} is no receipt", receipt.content).into());
    };
    let folder = tempfile::tempdir()?;
    let credentials = test.sandbox().credentials(0).pass_to(Credentials::new)?;
    let instance = Client::new()?.instance(credentials);
    let saved = instance.download(file.url, folder.path().join("receipt"));
    let receipt = std::fs::read_to_string(saved.await?.path)?;
    assert_eq!(receipt, "Alice: Large Coffee\n");

    alice.presses("Poll");
    alice.expect("Which cake do we bake?").await;
    alice.votes(["Carrot"]);
    alice.expect("🍰 Carrot").await;
    alice.sends_file("cat.png", "12345");
    alice.expect("📎 5 bytes").await;

    alice.presses("Español");
    alice.expect("¡Bienvenido al café!").await;
    alice.says("/ayuda");
    alice.expect("/start muestra el menú.").await;
    alice.presses("Pedir");
    alice.expect("¿Qué te apetece?").await;
    alice.presses("English");
    alice.expect("Welcome to the café!").await;
    alice.expect_nothing().await;
    Ok(())
}

#[tokio::test]
async fn a_step_takes_only_its_own_answers() -> Tested {
    let test = test().await?;
    let (alice, bob) = (test.phone("+44 7700 900145"), test.phone("+44 7700 900146"));
    for phone in [&alice, &bob] {
        phone.says("/start");
        phone.expect("Welcome").await;
        phone.presses("Order");
        phone.expect("What would you like?").await;
    }
    alice.says("Beer");
    alice.expect("What would you like?").await;
    alice.presses("Tea");
    alice.expect("How large?").await;
    alice.presses("Coffee");
    alice.expect("How large?").await;
    alice.says("/help");
    alice.expect("/start shows the menu.").await;
    alice.presses("Small");
    alice.expect("What is your name?").await;
    alice.presses("Large");
    alice.expect("What is your name?").await;
    bob.presses("Coffee");
    bob.expect("How large?").await;
    alice.says("Alice");
    alice.expect("Your receipt:").await;
    alice.expect("receipt.txt").await;
    alice.says("Thank you");
    alice.expect("Welcome").await;
    alice.expect_nothing().await;
    bob.expect_nothing().await;
    Ok(())
}

#[test]
fn the_guide_shows_the_program_in_python_that_is_run() {
    let guide = include_str!("../src/guides/from_python.md");
    // Not a part of the package.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = folder.join("../../tests/sdk/chatbot-python/demo.py");
    if let Ok(python) = std::fs::read_to_string(python) {
        assert!(guide.contains(&python));
    }
}
