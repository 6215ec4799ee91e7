//! Products and orders in messages, and reading orders.

use green_api_sandbox::{Content, OrderError, Plan, Product, Sandbox};
use serde_json::{Value, json};

use crate::common::{FRIEND, PHONE, notifications, setup_with};
use crate::{SHOP, id, kettle, pan, shop};

#[tokio::test]
async fn products_are_sent_in_both_directions() {
    let (setup, friend) = shop().await;
    let id = setup.sells(kettle()).await;
    notifications(&setup).await;
    let chat = format!("{FRIEND}@c.us");
    let body = json!({ "chatId": chat, "productId": id, "archive": true });
    setup.does("sendProduct", body.clone()).await;
    setup.advance(1);
    let sent = &notifications(&setup).await[0];
    let product = json!({
        "productId": id, "title": "Kettle", "description": "1.7 litres", "currencyCode": "GBP", "price": "4590",
        "url": "https://shop.example.com/kettle", "productImageCount": 1,
        "fileMessageData": {
            "downloadUrl": "https://media.example.com/kettle.jpg", "caption": "", "fileName": "kettle.jpg", "jpegThumbnail": "",
            "mimeType": "image/jpeg", "isAnimated": false, "forwardingScore": 0, "isForwarded": false,
        },
    });
    assert_eq!(sent["typeWebhook"], "outgoingAPIMessageReceived");
    assert_eq!(
        sent["messageData"],
        json!({ "typeMessage": "productMessage", "productMessage": product })
    );
    let content = &friend.messages(PHONE)[0].content;
    assert_eq!(*content, Content::Product(friend.products(PHONE).remove(0)));
    let chats = setup.get("getChats").await.json();
    assert_eq!(
        (&chats[0]["id"], &chats[0]["archive"]),
        (&json!(chat), &json!(true))
    );

    friend.send(PHONE, content.clone());
    setup.advance(1);
    let came = &notifications(&setup).await[0];
    assert_eq!(
        (&came["typeWebhook"], &came["messageData"]),
        (&json!("incomingMessageReceived"), &sent["messageData"])
    );
    let journal = setup.get("lastIncomingMessages").await.json();
    assert_eq!(journal[0]["productMessage"], product);

    let unknown = json!({ "chatId": chat, "productId": "1" });
    assert_eq!(
        setup.refuses("sendProduct", unknown).await,
        "product not found"
    );
    setup.set(json!({ "catalogWebhook": "no" })).await;
    setup.does("sendProduct", body).await;
    friend.send(PHONE, content.clone());
    setup.advance(1);
    let kinds: Vec<Value> = notifications(&setup)
        .await
        .into_iter()
        .map(|body| body["typeWebhook"].clone())
        .collect();
    assert!(
        kinds.iter().all(|kind| kind == "outgoingMessageStatus") && !kinds.is_empty(),
        "{kinds:?}"
    );
}

#[tokio::test]
async fn a_phone_orders_and_whoever_has_the_token_reads_the_order() {
    let (setup, friend) = shop().await;
    let (kettle, pan) = (setup.sells(kettle()).await, setup.sells(pan()).await);
    let hidden = setup.does("createProduct", json!({ "name": "Vase", "countryCode": "GB", "price": "1", "imageUrl": "https://media.example.com/vase.jpg", "isHidden": true })).await;
    let dear = setup.sells(json!({ "name": "Pot", "countryCode": "FR", "price": "1", "imageUrl": "https://media.example.com/pot.jpg" })).await;
    assert_eq!(friend.order(SHOP, &[(&kettle, 0)]), Err(OrderError::Empty));
    assert_eq!(
        friend.order(SHOP, &[(&kettle, 1), (&id(&hidden), 1)]),
        Err(OrderError::UnknownProduct)
    );
    assert_eq!(
        friend.order(SHOP, &[(&kettle, 1), (&dear, 1)]),
        Err(OrderError::MixedCurrencies)
    );

    notifications(&setup).await;
    let message = friend.order(SHOP, &[(&kettle, 2), (&pan, 1)]).unwrap();
    // What was ordered stays what it was.
    setup
        .does("editProduct", json!({ "productId": kettle, "price": "60" }))
        .await;
    setup.advance(1);
    let came = &notifications(&setup).await[0];
    assert_eq!(
        (&came["typeWebhook"], &came["idMessage"]),
        (&json!("incomingMessageReceived"), &json!(message))
    );
    assert_eq!(came["messageData"]["typeMessage"], "orderMessage");
    let order = &came["messageData"]["orderMessage"];
    assert_eq!(
        (&order["totalPrice"], &order["sellerJid"]),
        (&json!("17080"), &json!(SHOP))
    );

    let Content::Order(shown) = &friend.messages(SHOP)[0].content else {
        panic!("no order")
    };
    assert_eq!(
        (json!(shown.id), json!(shown.token())),
        (order["orderId"].clone(), order["token"].clone())
    );
    assert!(!format!("{shown:?}").contains(shown.token()));

    let ask = json!({ "orderId": order["orderId"], "token": order["token"] });
    let line = |id: &str, name: &str, price: &str, quantity: u32| {
        json!({
            "id": id, "name": name, "price": price, "currency": "GBP", "quantity": quantity,
            "media": { "images": [{ "id": id, "request_image_url": format!("https://media.example.com/{}.jpg", name.to_lowercase()) }] },
        })
    };
    let details = setup.does("getOrderDetails", ask.clone()).await;
    assert_eq!(
        details["products"],
        json!([
            line(&kettle, "Kettle", "4590", 2),
            line(&pan, "Pan", "7900", 1)
        ])
    );
    assert_eq!(
        details["price_details"],
        json!({ "subtotal_amount": "17080", "total_amount": "17080", "currency": "GBP" })
    );
    assert_eq!(details["creation_time_stamp"], came["timestamp"]);
    for (name, wrong) in [
        ("token", "b3JkZXI="),
        ("orderId", "1"),
        ("sellerJid", "447700900145@c.us"),
    ] {
        let mut ask = ask.clone();
        ask[name] = json!(wrong);
        assert_eq!(
            setup.refuses("getOrderDetails", ask).await,
            "order not found",
            "{name}"
        );
    }
    assert!(!format!("{:?}", setup.sandbox.requests()).contains(shown.token()));
}

#[tokio::test]
async fn an_instance_orders_from_a_foreign_shop() {
    let (setup, friend) = shop().await;
    setup.sandbox.instance().link(&friend);
    let id = setup.sells(kettle()).await;
    setup.sandbox.instance().link(&setup.phone());
    let seller = format!("{FRIEND}@c.us");
    let foreign = setup
        .does("getProduct", json!({ "chatId": seller, "productId": id }))
        .await;
    assert_eq!(
        foreign["is_hidden"], "ISHIDDEN_FALSE",
        "as strangers see it"
    );
    notifications(&setup).await;
    setup
        .does(
            "sendOrder",
            json!({ "chatId": seller, "productIds": [id, id] }),
        )
        .await;
    let sent = notifications(&setup).await;
    assert_eq!(sent[0]["typeWebhook"], "outgoingAPIMessageReceived");
    let order = &sent[0]["messageData"]["orderMessage"];
    let mut ask = json!({ "orderId": order["orderId"], "token": order["token"] });
    assert_eq!(
        setup.refuses("getOrderDetails", ask.clone()).await,
        "order not found",
        "it is not the own shop's"
    );
    ask["sellerJid"] = order["sellerJid"].clone();
    assert_eq!(
        setup.does("getOrderDetails", ask).await["products"][0]["quantity"],
        1
    );
    let unknown = json!({ "chatId": SHOP, "productIds": [id] });
    assert!(
        setup
            .refuses("sendOrder", unknown)
            .await
            .contains("no such product")
    );
}

#[tokio::test]
async fn a_product_to_a_new_chat_counts_against_the_quota() {
    let setup = setup_with(Sandbox::builder().plan(Plan::Developer)).await;
    setup.sandbox.instance().link(&setup.phone());
    let product = setup
        .phone()
        .add_product(Product::new("Kettle", 4590, "GBP"));
    for (chat, status) in [(145, 200), (146, 200), (147, 200), (148, 466), (145, 200)] {
        setup.advance(1);
        let body = json!({ "chatId": format!("447700900{chat}@c.us"), "productId": product.id });
        let answer = setup.post("sendProduct", body).await;
        assert_eq!(answer.status, status, "{chat}: {}", answer.text);
    }
}
