//! The shop behind a chat, and ordering from it.

use serde_json::{Value, json};

use crate::common::setup;

const SHOP: &str = "phones/447700900145/chats/447700900123@c.us/shop";

#[tokio::test]
async fn a_phone_orders_and_the_token_is_in_the_notification_alone() {
    let setup = setup().await;
    setup
        .set(json!({ "incomingWebhook": "yes", "catalogWebhook": "yes" }))
        .await;
    setup.link().await;
    assert_eq!(setup.look(SHOP).await, json!([]));
    let kettle = json!({ "name": "Kettle", "countryCode": "GB", "price": "45.90", "imageUrl": "https://media.example.com/kettle.jpg" });
    setup.post("createProduct", kettle).await;
    assert_eq!(setup.look(SHOP).await, json!([]), "it is not yet approved");
    let version = setup.look("state").await["version"].clone();
    setup.advance(5);
    assert_ne!(setup.look("state").await["version"], version);
    let shop = setup.look(SHOP).await;
    assert_eq!(
        (&shop[0]["name"], &shop[0]["price"]),
        (&json!("Kettle"), &json!(4590))
    );

    let cart =
        |id: &Value, quantity: u32| json!({ "items": [{ "productId": id, "quantity": quantity }] });
    let sent = setup.act(SHOP, cart(&shop[0]["id"], 2)).await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    for (cart, status) in [
        (cart(&shop[0]["id"], 0), 400),
        (cart(&json!("1"), 1), 404),
        (json!({ "items": [] }), 400),
    ] {
        assert_eq!(setup.complaint(SHOP, cart).await.0, status);
    }
    setup.advance(1);
    let body = setup.get("receiveNotification").await.json()["body"].clone();
    assert_eq!(body["idMessage"], sent.json()["idMessage"]);
    let order = &body["messageData"]["orderMessage"];
    let token = order["token"].as_str().unwrap();
    let ask = json!({ "orderId": order["orderId"], "token": token });
    let details = setup.post("getOrderDetails", ask).await.json();
    assert_eq!(details["price_details"]["total_amount"], "9180");

    let chat = "phones/447700900145/chats/447700900123@c.us/messages";
    let shown = setup.look(chat).await;
    assert_eq!(
        (&shown[0]["content"]["kind"], &shown[0]["content"]["total"]),
        (&json!("order"), &json!(9180))
    );
    let requests = setup.look("requests").await;
    assert!(requests.to_string().contains("orderMessage"));
    let asked = requests[0]["body"].as_str().unwrap();
    assert!(asked.contains(r#""token":"***""#), "{asked}");
    for place in [shown, requests, setup.look("state").await] {
        assert!(!place.to_string().contains(token), "{place}");
    }
    // A phone cannot send an order that was never made.
    let made_up = json!({ "chatId": "447700900123", "content": { "kind": "order", "id": "1", "seller": "447700900123@c.us", "items": [], "total": 1, "currency": "GBP" } });
    assert_eq!(
        setup
            .act("phones/447700900145/messages", made_up)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_product_is_sent_from_a_phone() {
    let setup = setup().await;
    let kettle = json!({ "name": "Kettle", "price": 4590, "currency": "GBP" });
    setup.acts("phones/447700900123/products", kettle).await;
    let mut product = setup.look(SHOP).await[0].take();
    product["kind"] = json!("product");
    let message = json!({ "chatId": "447700900123", "content": product });
    setup.acts("phones/447700900145/messages", message).await;
    let chat = "phones/447700900145/chats/447700900123@c.us/messages";
    let content = setup.look(chat).await[0]["content"].clone();
    assert_eq!(
        (&content["kind"], &content["name"]),
        (&json!("product"), &json!("Kettle"))
    );
}

#[tokio::test]
async fn an_account_that_is_no_business_has_no_catalogue() {
    let setup = setup().await;
    setup.link().await;
    setup
        .acts(
            "phones",
            json!({ "number": "447700900123", "isBusiness": false }),
        )
        .await;
    let delete = json!({ "productIds": ["10000000000000001"] });
    let refusal = setup.post("deleteProduct", delete).await.refusal();
    assert!(refusal.starts_with("Catalog mutations requir"), "{refusal}");
}
