//! Reading catalogues and orders. What WhatsApp describes keeps its spelling with underscores.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::NO_PRODUCT;
use crate::api::call::{Call, text};
use crate::api::operations::files::either;
use crate::api::reply::Reply;
use crate::kit::clock::unix_seconds;
use crate::world::World;
use crate::world::catalog::{Collection, Entry, Listed, OrderItem, PlacedOrder};
use crate::world::messages::Peer;
use crate::world::selling;

/// The documented number of products or collections in a page.
const PAGE: usize = 10;
/// The documented number of products in a collection.
const PRODUCTS: usize = 3;
/// What the text of a cursor begins with, before it is encoded.
const CURSOR: &str = "after ";

/// Returns the number of the seller that the body names.
pub(super) fn seller(call: &Call<'_>) -> String {
    selling::seller(text(&call.body, "chatId"))
}

pub(in crate::api::operations) fn get_products(call: &Call<'_>) -> Reply {
    let seller = seller(call);
    let products: Vec<Value> = call.with_phone(|world, phone| {
        let products = world.products(&seller, phone);
        products
            .map(|entry| product(entry, seller == phone, world.now))
            .collect()
    });
    // Which of the two names the server takes is not known.
    let cursor = [text(&call.body, "afterProduct"), text(&call.body, "after")].concat();
    let page = page(call, products, "productLimit", PAGE, &cursor);
    either(
        page.map(|(products, paging)| {
            Reply::json(&json!({ "paging": paging, "products": products }))
        }),
    )
}

pub(in crate::api::operations) fn get_product(call: &Call<'_>) -> Reply {
    let (seller, id) = (seller(call), text(&call.body, "productId"));
    let found = call.with_phone(|world, phone| {
        let mut products = world.products(&seller, phone);
        let entry = products.find(|entry| entry.item.product.id == id)?;
        Some(product(entry, seller == phone, world.now))
    });
    match found {
        Some(product) => Reply::json(&product),
        None => call.refuse(NO_PRODUCT),
    }
}

pub(in crate::api::operations) fn get_collections(call: &Call<'_>) -> Reply {
    let seller = seller(call);
    let limit = limit(&call.body["productLimit"], PRODUCTS);
    let collections: Vec<Value> = call.with_phone(|world, phone| {
        let collections = world.collections(&seller, phone).map(|entry| {
            let mut products = products_in(world, entry, &seller, phone);
            products.truncate(limit);
            collection(entry, products, world.now)
        });
        collections.collect()
    });
    let cursor = text(&call.body, "afterCollectionId");
    let page = page(call, collections, "collectionLimit", PAGE, cursor);
    either(page.map(|(collections, paging)| {
        Reply::json(&json!({ "paging": paging, "collections": collections }))
    }))
}

pub(in crate::api::operations) fn get_collection(call: &Call<'_>) -> Reply {
    let (seller, id) = (seller(call), text(&call.body, "collectionId"));
    let found = call.with_phone(|world, phone| {
        let mut collections = world.collections(&seller, phone);
        let entry = collections.find(|entry| entry.item.id == id)?;
        Some((
            collection(entry, Vec::new(), world.now),
            products_in(world, entry, &seller, phone),
        ))
    });
    let Some((mut collection, products)) = found else {
        return call.refuse(super::NO_COLLECTION);
    };
    let page = page(
        call,
        products,
        "productLimit",
        PRODUCTS,
        text(&call.body, "afterProduct"),
    );
    either(page.map(|(products, paging)| {
        collection["products"] = Value::Array(products);
        Reply::json(&json!({ "paging": paging, "collection": collection }))
    }))
}

pub(in crate::api::operations) fn get_order_details(call: &Call<'_>) -> Reply {
    let (id, token, named) = (
        text(&call.body, "orderId"),
        text(&call.body, "token"),
        text(&call.body, "sellerJid"),
    );
    let order = call.with_phone(|world, phone| {
        let seller = if named.is_empty() { phone } else { named };
        let placed = world
            .orders
            .get(id, token, &Peer::parse(seller).chat_id())?;
        Some(order(placed))
    });
    match order {
        Some(order) => Reply::json(&order),
        None => call.refuse("order not found"),
    }
}

/// Returns a product as its seller or somebody else sees it.
pub(super) fn product(entry: &Entry<Listed>, own: bool, now: SystemTime) -> Value {
    let product = &entry.item.product;
    let hidden = match (own, entry.item.hidden) {
        (true, hidden) => json!(hidden),
        // Strangers see no other products, and WhatsApp says so in its own way.
        (false, _) => json!("ISHIDDEN_FALSE"),
    };
    let mut shown = json!({
        "id": product.id,
        "name": product.name,
        "description": product.description,
        "price": product.price.to_string(),
        "currency": product.currency,
        "retailer_id": product.retailer_id,
        "is_hidden": hidden,
        "product_availability": "IN_STOCK",
        "url": product.url,
        "media": { "images": [{ "id": product.id, "original_image_url": product.image_url, "request_image_url": product.image_url }], "videos": [] },
        "status_info": review(entry, now),
    });
    if let Value::Object(fields) = &mut shown {
        fields.retain(|_, value| !value.is_null());
    }
    shown
}

fn collection(entry: &Entry<Collection>, products: Vec<Value>, now: SystemTime) -> Value {
    json!({ "id": entry.item.id, "name": entry.item.name, "products": products, "status_info": review(entry, now) })
}

fn review<T>(entry: &Entry<T>, now: SystemTime) -> Value {
    let status = if entry.is_approved(now) {
        "APPROVED"
    } else {
        "PENDING"
    };
    json!({ "status": status, "can_appeal": false })
}

/// Returns the products of a collection that `viewer` sees, in its order.
fn products_in(world: &World, entry: &Entry<Collection>, seller: &str, viewer: &str) -> Vec<Value> {
    let products = entry.item.product_ids.iter().filter_map(|id| {
        let mut products = world.products(seller, viewer);
        let entry = products.find(|entry| entry.item.product.id == *id)?;
        Some(product(entry, seller == viewer, world.now))
    });
    products.collect()
}

fn order(placed: &PlacedOrder) -> Value {
    let order = &placed.order;
    let line = |OrderItem {
                    product, quantity, ..
                }: &OrderItem| {
        json!({
            "id": product.id, "name": product.name, "price": product.price.to_string(), "currency": product.currency, "quantity": quantity,
            "media": { "images": [{ "id": product.id, "request_image_url": product.image_url }] },
        })
    };
    let total = order.total.to_string();
    json!({
        "creation_time_stamp": unix_seconds(placed.at),
        "products": order.items.iter().map(line).collect::<Vec<_>>(),
        "price_details": { "subtotal_amount": total, "total_amount": total, "currency": order.currency },
    })
}

/// Returns how many entries are asked for; the documentation says nothing of 0 and less.
fn limit(asked: &Value, usual: usize) -> usize {
    let asked = asked.as_u64().filter(|limit| *limit > 0);
    asked.map_or(usual, |limit| limit.try_into().unwrap_or(usize::MAX))
}

/// Returns the entries after a cursor, as many as the request wants, and `paging`, whose cursor is empty on the last page.
fn page(
    call: &Call<'_>,
    mut entries: Vec<Value>,
    limit_name: &str,
    usual: usize,
    cursor: &str,
) -> Result<(Vec<Value>, Value), Reply> {
    let start = match cursor {
        "" => 0,
        cursor => place_of(cursor).ok_or_else(|| call.refuse("the cursor is wrong"))?,
    };
    let mut page = entries.split_off(start.min(entries.len()));
    let limit = limit(&call.body[limit_name], usual);
    let after = match page.len() > limit {
        true => BASE64.encode(format!("{CURSOR}{}", start + limit)),
        false => String::new(),
    };
    page.truncate(limit);
    Ok((page, json!({ "after": after })))
}

/// Returns how many entries come before what a cursor stands for.
fn place_of(cursor: &str) -> Option<usize> {
    let decoded = String::from_utf8(BASE64.decode(cursor).ok()?).ok()?;
    decoded.strip_prefix(CURSOR)?.parse().ok()
}
