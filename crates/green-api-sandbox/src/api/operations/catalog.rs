//! Catalogues: products, collections, and what is sent of them.

mod reading;
mod request;

use std::collections::BTreeSet;

use serde_json::{Value, json};

pub(super) use self::reading::{
    get_collection, get_collections, get_order_details, get_product, get_products,
};
use self::request::{changes, moves};
use super::files::either;
use super::sending;
use crate::api::call::{Call, text, texts};
use crate::api::reply::Reply;
use crate::world::World;
use crate::world::catalog::Listed;
use crate::world::messages::Content;

/// The documentation shows no more than the beginning of this text.
const NO_BUSINESS: &str = "Catalog mutations require a WhatsApp Business account";
const NO_PRODUCT: &str = "product not found";
const NO_COLLECTION: &str = "collection not found";

/// Calls `act` with the world and the number of the linked account, if that may have a catalogue.
fn as_business<T>(
    call: &Call<'_>,
    act: impl FnOnce(&mut World, &str) -> Result<T, &'static str>,
) -> Result<T, Reply> {
    let done = call.with_phone(|world, phone| match world.is_business(phone) {
        true => act(world, phone),
        false => Err(NO_BUSINESS),
    });
    done.map_err(|reason| call.refuse(reason))
}

/// Answers with what `act` returns, as [`as_business`] calls it.
fn change(
    call: &Call<'_>,
    act: impl FnOnce(&mut World, &str) -> Result<Value, &'static str>,
) -> Reply {
    either(as_business(call, act).map(|answer| Reply::json(&answer)))
}

pub(super) fn create_product(call: &Call<'_>) -> Reply {
    let changes = match changes(call) {
        Ok(changes) => changes,
        Err(refusal) => return refusal,
    };
    change(call, |world, phone| {
        let mut listed = Listed::default();
        changes.apply(&mut listed);
        let now = world.now;
        let entry = world.add_product(phone, listed);
        Ok(reading::product(entry, true, now))
    })
}

pub(super) fn edit_product(call: &Call<'_>) -> Reply {
    let changes = match changes(call) {
        Ok(changes) => changes,
        Err(refusal) => return refusal,
    };
    change(call, |world, phone| {
        let (now, id) = (world.now, text(&call.body, "productId"));
        let entry = world.catalog(phone).product(id).ok_or(NO_PRODUCT)?;
        changes.apply(&mut entry.item);
        Ok(reading::product(entry, true, now))
    })
}

pub(super) fn delete_product(call: &Call<'_>) -> Reply {
    let ids = texts(&call.body["productIds"]);
    change(call, |world, phone| {
        let gone = world.catalog(phone).delete_products(&ids);
        Ok(json!({ "deleted": !gone.is_empty(), "deletedProductIds": gone }))
    })
}

pub(super) fn create_collection(call: &Call<'_>) -> Reply {
    let (name, ids) = (text(&call.body, "name"), texts(&call.body["productIds"]));
    change(call, |world, phone| {
        if !world.catalog(phone).has(&ids) {
            return Err(NO_PRODUCT);
        }
        Ok(json!({ "id": world.add_collection(phone, name, ids) }))
    })
}

pub(super) fn edit_collection(call: &Call<'_>) -> Reply {
    let body = &call.body;
    let changes = ["name", "productIdsToAdd", "productIdsToRemove"];
    if changes.iter().all(|name| body[*name].is_null()) {
        return call.invalid("one of 'name', 'productIdsToAdd', 'productIdsToRemove' is required");
    }
    let [added, removed] = ["productIdsToAdd", "productIdsToRemove"].map(|name| texts(&body[name]));
    change(call, |world, phone| {
        let new_id = world.new_catalog_id();
        let catalog = world.catalog(phone);
        if !catalog.has(&added) {
            return Err(NO_PRODUCT);
        }
        let collection = catalog.collection(text(body, "collectionId"));
        let collection = collection.ok_or(NO_COLLECTION)?;
        if let Some(name) = body["name"].as_str() {
            name.clone_into(&mut collection.name);
        }
        let ids = &mut collection.product_ids;
        ids.retain(|id| !removed.contains(id) && !added.contains(id));
        ids.extend(added);
        collection.id.clone_from(&new_id);
        Ok(json!({ "newCollectionId": new_id }))
    })
}

pub(super) fn delete_collection(call: &Call<'_>) -> Reply {
    let id = text(&call.body, "collectionId");
    change(call, |world, phone| {
        Ok(match world.catalog(phone).delete_collection(id) {
            true => json!({ "deleted": true, "deletedCollectionId": id }),
            false => json!({ "deleted": false }),
        })
    })
}

pub(super) fn move_collections(call: &Call<'_>) -> Reply {
    let moves = match moves(call) {
        Ok(moves) => moves,
        Err(refusal) => return refusal,
    };
    change(call, |world, phone| {
        Ok(json!({ "success": world.catalog(phone).move_collections(&moves) }))
    })
}

/// Sends a product of the linked account's own catalogue.
pub(super) fn send_product(call: &Call<'_>) -> Reply {
    let content = as_business(call, |world, phone| {
        let id = text(&call.body, "productId");
        let entry = world.catalog(phone).product(id).ok_or(NO_PRODUCT)?;
        Ok(Content::Product(entry.item.product.clone()))
    });
    either(content.map(|content| send(call, content)))
}

/// Orders from the shop of whoever the message goes to, one of each product.
pub(super) fn send_order(call: &Call<'_>) -> Reply {
    let ids = texts(&call.body["productIds"]);
    let mut seen = BTreeSet::new();
    let items = ids.iter().filter(|id| seen.insert(*id));
    let items = items.map(|id| (id.as_str(), 1));
    let seller = reading::seller(call);
    let order = call.with_phone(|world, phone| world.place_order(phone, &seller, items));
    match order {
        Ok(order) => send(call, Content::Order(order)),
        Err(error) => call.refuse(&error.to_string()),
    }
}

fn send(call: &Call<'_>, content: Content) -> Reply {
    let reply = sending::send(call, Some(content));
    if call.body["archive"] == Value::Bool(true) {
        let chat_id = call.chat_id();
        call.with_phone(|world, phone| {
            world.set_chat(phone, &chat_id, |chat| chat.archived = true)
        });
    }
    reply
}
