//! The whole circle of a shop, by the command: create, list, send, be ordered from, hear of it, read the order.

mod common;

use std::time::Duration;

use common::{PHONE, Ran, TOKEN, green_api_at, run, sandbox_with};
use green_api_sandbox::{Clock, Content, Sandbox};
use serde_json::Value;

const CUSTOMER: &str = "447700900145";

struct Shop {
    sandbox: Sandbox,
    shown: Vec<Ran>,
}

impl Shop {
    /// Runs the command, which succeeds.
    async fn run(&mut self, arguments: &[&str], input: &str) -> String {
        let mut command = green_api_at(&self.sandbox.url(), arguments);
        command.write_stdin(input.to_owned());
        let ran = run(command).await;
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.show());
        let out = ran.out.clone();
        self.shown.push(ran);
        out
    }

    fn advance(&self, seconds: u64) {
        self.sandbox.clock().advance(Duration::from_secs(seconds));
    }
}

#[tokio::test]
async fn from_a_new_product_to_the_order_of_it() {
    let sandbox = sandbox_with(Sandbox::builder().clock(Clock::manual())).await;
    sandbox.instance().link(&sandbox.phone(PHONE));
    let customer = sandbox.phone(CUSTOMER);
    let mut shop = Shop {
        sandbox,
        shown: Vec::new(),
    };
    let switches = ["settings", "set", "incomingWebhook=on", "catalogWebhook=on"];
    shop.run(&switches, "").await;
    shop.advance(3);

    let kettle = r#"{"name":"Kettle","countryCode":"GB","price":"45.90","imageUrl":"https://media.example.com/kettle.jpg"}"#;
    let created = shop
        .run(&["call", "createProduct", "--body", kettle], "")
        .await;
    let created: Value = serde_json::from_str(&created).unwrap();
    let product = created["id"].as_str().unwrap();
    let vase = r#"{"name":"Vase","countryCode":"GB","price":"6","imageUrl":"https://media.example.com/vase.jpg","isHidden":true}"#;
    shop.run(&["call", "createProduct", "--body", vase], "")
        .await;
    let listed = shop.run(&["catalog", "products", PHONE], "").await;
    assert!(
        listed.contains("600 (GBP/100)   hidden, IN_STOCK, PENDING"),
        "{listed}"
    );
    let first = ["catalog", "products", PHONE, "--count", "1"];
    let first = shop.run(&first, "").await;
    assert!(first.contains("there are more; see --count"), "{first}");
    assert!(
        listed.contains(product) && listed.contains("4590 (GBP/100)  IN_STOCK, PENDING"),
        "{listed}"
    );
    shop.advance(5);
    let one = shop.run(&["catalog", "product", PHONE, product], "").await;
    assert!(one.contains("APPROVED"), "{one}");

    shop.run(&["catalog", "send", product, "--to", CUSTOMER], "")
        .await;
    shop.advance(1);
    let Content::Product(offered) = customer.messages(PHONE)[0].content.clone() else {
        panic!("no product has arrived")
    };
    customer.order(PHONE, &[(&offered.id, 2)]).unwrap();
    shop.advance(1);

    let heard = shop.run(&["listen", "--limit", "1", "--json"], "").await;
    let field = |name: &str| {
        let (_, rest) = heard.split_once(&format!("\"{name}\":\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let (token, id) = (field("token"), field("orderId"));
    shop.shown.clear();
    let order = shop
        .run(&["catalog", "order", &id], &format!("{token}\n"))
        .await;
    assert!(order.contains("Total    9180 (GBP/100)"), "{order}");
    assert!(
        order.contains(&format!("2 ×  {product}  Kettle  4590 (GBP/100)")),
        "{order}"
    );
    for ran in &shop.shown {
        assert!(
            !ran.show().contains(&token) && !ran.show().contains(TOKEN),
            "{}",
            ran.show()
        );
    }

    let mut wrong = green_api_at(&shop.sandbox.url(), &["catalog", "order", &id]);
    wrong.write_stdin("b3JkZXI=\n");
    let wrong = run(wrong).await;
    assert!(
        wrong.code != 0 && wrong.err.contains("order not found"),
        "{}",
        wrong.show()
    );
}
