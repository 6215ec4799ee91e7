//! Catalogues: what sellers do with theirs, what others see of it, and orders.

#[path = "../common/mod.rs"]
mod common;

mod orders;

use common::{PHONE, Setup, linked};
use green_api_sandbox::Phone;
use serde_json::{Value, json};

const SHOP: &str = "447700900123@c.us";

fn kettle() -> Value {
    json!({
        "name": "Kettle", "countryCode": "GB", "price": "45.90", "imageUrl": "https://media.example.com/kettle.jpg",
        "description": "1.7 litres", "retailerId": "K-17", "url": "https://shop.example.com/kettle",
    })
}

fn pan() -> Value {
    json!({ "name": "Pan", "countryCode": "GB", "price": "79", "imageUrl": "https://media.example.com/pan.jpg" })
}

/// A shop that hears of its orders, and a customer.
async fn shop() -> (Setup, Phone) {
    let (setup, friend) = linked().await;
    setup.set(json!({ "catalogWebhook": "yes" })).await;
    (setup, friend)
}

impl Setup {
    /// Calls an operation that is carried out.
    async fn does(&self, operation: &str, body: Value) -> Value {
        // The rates are not what these tests are about.
        self.advance(1);
        let answer = self.post(operation, body).await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.text);
        answer.json()
    }

    async fn refuses(&self, operation: &str, body: Value) -> String {
        self.advance(1);
        self.post(operation, body).await.refusal()
    }

    /// Creates a product that others see at once.
    async fn sells(&self, product: Value) -> String {
        let id = id(&self.does("createProduct", product).await);
        self.advance(5);
        id
    }

    /// The ids in a page of the shop, and the cursor of the next one.
    async fn page(&self, more: Value) -> (Vec<String>, String) {
        let mut body = json!({ "chatId": SHOP });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let page = self.does("getProducts", body).await;
        let ids = page["products"]
            .as_array()
            .unwrap()
            .iter()
            .map(id)
            .collect();
        (ids, page["paging"]["after"].as_str().unwrap().to_owned())
    }

    /// The ids of the collections of the shop, with those of their products.
    async fn collections(&self, more: Value) -> Vec<(String, Vec<String>)> {
        let mut body = json!({ "chatId": SHOP });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = self.does("getCollections", body).await;
        let collections = answer["collections"].as_array().unwrap().iter();
        let products = |one: &Value| one["products"].as_array().unwrap().iter().map(id).collect();
        collections.map(|one| (id(one), products(one))).collect()
    }
}

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

fn ids(products: &[green_api_sandbox::Product]) -> Vec<&str> {
    products.iter().map(|product| product.id.as_str()).collect()
}

#[tokio::test]
async fn products_are_created_edited_and_deleted() {
    let (setup, friend) = shop().await;
    let created = setup.does("createProduct", kettle()).await;
    let kettle = id(&created);
    assert!(kettle.parse::<u64>().unwrap() > 1 << 53, "{kettle}");
    let mut expected = json!({
        "id": kettle, "name": "Kettle", "description": "1.7 litres", "price": "4590", "currency": "GBP", "retailer_id": "K-17",
        "is_hidden": false, "product_availability": "IN_STOCK", "url": "https://shop.example.com/kettle",
        "media": { "images": [{
            "id": kettle, "original_image_url": "https://media.example.com/kettle.jpg", "request_image_url": "https://media.example.com/kettle.jpg",
        }], "videos": [] },
        "status_info": { "status": "PENDING", "can_appeal": false },
    });
    assert_eq!(created, expected);
    // Nobody else sees it until it is approved.
    assert_eq!(friend.products(SHOP), []);
    setup.advance(5);
    assert_eq!(ids(&friend.products(PHONE)), [&kettle]);
    expected["status_info"]["status"] = json!("APPROVED");
    let read = json!({ "chatId": SHOP, "productId": kettle });
    assert_eq!(setup.does("getProduct", read.clone()).await, expected);

    let change =
        json!({ "productId": kettle, "price": "49", "countryCode": "DE", "isHidden": true });
    let edited = setup.does("editProduct", change).await;
    (
        expected["price"],
        expected["currency"],
        expected["is_hidden"],
    ) = (json!("4900"), json!("EUR"), json!(true));
    assert_eq!(edited, expected);
    assert_eq!(friend.products(SHOP), []);
    assert_eq!(
        setup.page(json!({})).await.0,
        vec![kettle.clone()],
        "its seller sees it"
    );
    // As documented: what does not say that it is hidden shows it again.
    setup
        .does(
            "editProduct",
            json!({ "productId": kettle, "name": "Red kettle" }),
        )
        .await;
    assert_eq!(friend.products(SHOP)[0].name, "Red kettle");

    let both = json!({ "productIds": [kettle, "7300000000000199"] });
    let gone = json!({ "deleted": true, "deletedProductIds": [kettle] });
    assert_eq!(setup.does("deleteProduct", both.clone()).await, gone);
    assert_eq!(
        setup.does("deleteProduct", both).await,
        json!({ "deleted": false, "deletedProductIds": [] })
    );
    assert_eq!(setup.refuses("getProduct", read).await, "product not found");
    assert_eq!(
        setup
            .refuses("editProduct", json!({ "productId": kettle }))
            .await,
        "product not found"
    );
}

#[tokio::test]
async fn products_come_in_pages() {
    let (setup, _) = shop().await;
    assert_eq!(setup.page(json!({})).await, (vec![], String::new()));
    let mut all = Vec::new();
    for _ in 0..11 {
        all.push(setup.sells(pan()).await);
    }
    let (first, after) = setup.page(json!({})).await;
    assert_eq!(first, all[..10]);
    for name in ["after", "afterProduct"] {
        assert_eq!(
            setup.page(json!({ name: after })).await,
            (all[10..].to_vec(), String::new())
        );
    }
    let (first, after) = setup.page(json!({ "productLimit": 5 })).await;
    assert_eq!(first, all[..5]);
    assert_eq!(
        setup
            .page(json!({ "productLimit": 2, "after": after }))
            .await
            .0,
        all[5..7]
    );
    let wrong = json!({ "chatId": SHOP, "after": "?" });
    assert_eq!(
        setup.refuses("getProducts", wrong).await,
        "the cursor is wrong"
    );
    let nobody = setup
        .does("getProducts", json!({ "chatId": "447700900199@c.us" }))
        .await;
    assert_eq!(nobody, json!({ "paging": { "after": "" }, "products": [] }));
}

#[tokio::test]
async fn collections_change_their_id_with_every_edit() {
    let (setup, _) = shop().await;
    let (kettle, pan) = (setup.sells(kettle()).await, setup.sells(pan()).await);
    let kitchen = id(&setup
        .does(
            "createCollection",
            json!({ "name": "Kitchen", "productIds": [kettle] }),
        )
        .await);
    let garden = id(&setup
        .does(
            "createCollection",
            json!({ "name": "Garden", "productIds": [] }),
        )
        .await);
    let unknown = json!({ "name": "Bath", "productIds": ["1"] });
    assert_eq!(
        setup.refuses("createCollection", unknown).await,
        "product not found"
    );
    let unknown = json!({ "collectionId": kitchen, "productIdsToAdd": ["1"] });
    assert_eq!(
        setup.refuses("editCollection", unknown).await,
        "product not found"
    );

    let change = json!({ "collectionId": kitchen, "name": "Home", "productIdsToAdd": [pan] });
    let home = setup.does("editCollection", change.clone()).await["newCollectionId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(home, kitchen);
    assert_eq!(
        setup.refuses("editCollection", change).await,
        "collection not found"
    );
    let nothing = setup
        .refuses(
            "editCollection",
            json!({ "collectionId": home, "title": "x" }),
        )
        .await;
    assert!(
        nothing.contains("one of 'name', 'productIdsToAdd', 'productIdsToRemove' is required"),
        "{nothing}"
    );

    let both = vec![kettle.clone(), pan.clone()];
    assert_eq!(
        setup.collections(json!({})).await,
        [(home.clone(), both), (garden.clone(), vec![])]
    );
    let short = setup
        .collections(json!({ "productLimit": 1, "collectionLimit": 1 }))
        .await;
    assert_eq!(short, [(home.clone(), vec![kettle.clone()])]);

    let read = json!({ "chatId": SHOP, "collectionId": home, "productLimit": 1 });
    let page = setup.does("getCollection", read.clone()).await;
    assert_eq!(
        (
            &page["collection"]["name"],
            id(&page["collection"]["products"][0])
        ),
        (&json!("Home"), kettle.clone())
    );
    let mut rest = read.clone();
    rest["afterProduct"] = page["paging"]["after"].clone();
    let rest = setup.does("getCollection", rest).await;
    assert_eq!(
        (
            id(&rest["collection"]["products"][0]),
            &rest["paging"]["after"]
        ),
        (pan.clone(), &json!(""))
    );

    let swap = json!({ "collections": [
        { "collectionId": home, "fromIndex": 0, "toIndex": 1 }, { "collectionId": garden, "fromIndex": 1, "toIndex": 0 },
    ] });
    assert_eq!(
        setup.does("moveCollections", swap.clone()).await,
        json!({ "success": true })
    );
    assert_eq!(setup.collections(json!({})).await[0].0, garden);
    assert_eq!(
        setup.does("moveCollections", swap).await,
        json!({ "success": false }),
        "they are elsewhere now"
    );
    for (name, twice) in [
        ("collectionId", json!(garden)),
        ("fromIndex", json!(0)),
        ("toIndex", json!(1)),
    ] {
        let mut moves = json!([{ "collectionId": garden, "fromIndex": 0, "toIndex": 1 }, { "collectionId": home, "fromIndex": 1, "toIndex": 0 }]);
        moves[1][name] = twice;
        let refusal = setup
            .refuses("moveCollections", json!({ "collections": moves }))
            .await;
        assert!(
            refusal.contains(&format!("'{name}' must not occur twice")),
            "{refusal}"
        );
    }

    setup
        .does("deleteProduct", json!({ "productIds": [kettle] }))
        .await;
    assert_eq!(setup.collections(json!({})).await[1].1, vec![pan.clone()]);
    let delete = json!({ "collectionId": home });
    let gone = json!({ "deleted": true, "deletedCollectionId": home });
    assert_eq!(setup.does("deleteCollection", delete.clone()).await, gone);
    assert_eq!(
        setup.does("deleteCollection", delete).await,
        json!({ "deleted": false })
    );
    assert_eq!(setup.page(json!({})).await.0, [pan], "the products stay");
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let (setup, _) = shop().await;
    for (name, wrong, complaint) in [
        ("price", "45,90", "'price' must be a number"),
        ("price", "45.901", "'price' must be a number"),
        ("countryCode", "GBR", "'countryCode' must be two letters"),
        ("currency", "£", "'currency' must be three letters"),
        ("imageUrl", "kettle.jpg", "'imageUrl' must be an address"),
        ("url", "ftp://shop.example.com", "'url' must be an address"),
        ("name", "", "'name' must be a text"),
        ("countryCode", "AQ", "'currency' is required"),
    ] {
        let mut product = kettle();
        product[name] = json!(wrong);
        let refusal = setup.refuses("createProduct", product).await;
        assert!(refusal.contains(complaint), "{refusal}");
    }
    for name in ["name", "countryCode", "price", "imageUrl"] {
        let mut product = kettle();
        product.as_object_mut().unwrap().remove(name);
        assert!(setup.refuses("createProduct", product).await.contains(name));
    }
}

#[tokio::test]
async fn changes_need_a_business_account() {
    let (setup, _) = shop().await;
    let id = setup.sells(kettle()).await;
    setup.phone().set_business(false);
    for (operation, body) in [
        ("createProduct", pan()),
        ("editProduct", json!({ "productId": id, "price": "1" })),
        ("deleteProduct", json!({ "productIds": [id] })),
        (
            "createCollection",
            json!({ "name": "Kitchen", "productIds": [id] }),
        ),
        (
            "editCollection",
            json!({ "collectionId": "1", "name": "Kitchen" }),
        ),
        ("deleteCollection", json!({ "collectionId": "1" })),
        (
            "moveCollections",
            json!({ "collections": [{ "collectionId": "1", "fromIndex": 0, "toIndex": 0 }] }),
        ),
        ("sendProduct", json!({ "chatId": SHOP, "productId": id })),
    ] {
        let refusal = setup.refuses(operation, body).await;
        assert!(
            refusal.starts_with("Catalog mutations requir"),
            "{operation}: {refusal}"
        );
    }
    assert_eq!(setup.page(json!({})).await.0, [id]);
}
