//! Catalogues: products, collections, and what is sent of them.

mod reading;
mod request;

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
    act: impl FnOnce(&mut World, &str) -> Option<T>,
    otherwise: &str,
) -> Result<T, Reply> {
    let done = call.with_phone(|world, phone| {
        world
            .is_business(phone)
            .then(|| act(world, phone).ok_or(otherwise))
            .unwrap_or(Err(NO_BUSINESS))
    });
    done.map_err(|reason| call.refuse(reason))
}

pub(super) fn create_product(call: &Call<'_>) -> Reply {
    either(changes(call).and_then(|changes| {
        let create = |world: &mut World, phone: &str| {
            let mut listed = Listed::default();
            changes.apply(&mut listed);
            let now = world.now;
            Some(reading::product(
                world.add_product(phone, listed),
                true,
                now,
            ))
        };
        as_business(call, create, "").map(|product| Reply::json(&product))
    }))
}

pub(super) fn edit_product(call: &Call<'_>) -> Reply {
    either(changes(call).and_then(|changes| {
        let edit = |world: &mut World, phone: &str| {
            let now = world.now;
            let entry = world
                .catalog(phone)
                .product(text(&call.body, "productId"))?;
            changes.apply(&mut entry.item);
            Some(reading::product(entry, true, now))
        };
        as_business(call, edit, NO_PRODUCT).map(|product| Reply::json(&product))
    }))
}

pub(super) fn delete_product(call: &Call<'_>) -> Reply {
    let ids = texts(&call.body["productIds"]);
    let delete = |world: &mut World, phone: &str| Some(world.catalog(phone).delete_products(&ids));
    either(as_business(call, delete, "").map(|gone| {
        Reply::json(&json!({ "deleted": !gone.is_empty(), "deletedProductIds": gone }))
    }))
}

pub(super) fn create_collection(call: &Call<'_>) -> Reply {
    let ids = texts(&call.body["productIds"]);
    let create = |world: &mut World, phone: &str| {
        let known = world.catalog(phone).has(&ids);
        known.then(|| world.add_collection(phone, text(&call.body, "name"), ids))
    };
    either(as_business(call, create, NO_PRODUCT).map(|id| Reply::json(&json!({ "id": id }))))
}

pub(super) fn edit_collection(call: &Call<'_>) -> Reply {
    let body = &call.body;
    if ["name", "productIdsToAdd", "productIdsToRemove"]
        .iter()
        .all(|name| body[*name].is_null())
    {
        return call.invalid("one of 'name', 'productIdsToAdd', 'productIdsToRemove' is required");
    }
    let (added, removed) = (
        texts(&body["productIdsToAdd"]),
        texts(&body["productIdsToRemove"]),
    );
    let edit = |world: &mut World, phone: &str| {
        let new_id = world.new_catalog_id();
        let catalog = world.catalog(phone);
        let known = catalog.has(&added);
        let collection = catalog
            .collection(text(body, "collectionId"))
            .filter(|_| known)?;
        if let Some(name) = body["name"].as_str() {
            name.clone_into(&mut collection.name);
        }
        let ids = &mut collection.product_ids;
        ids.retain(|id| !removed.contains(id) && !added.contains(id));
        ids.extend(added);
        collection.id.clone_from(&new_id);
        Some(new_id)
    };
    let edited = as_business(call, edit, NO_COLLECTION);
    either(edited.map(|id| Reply::json(&json!({ "newCollectionId": id }))))
}

pub(super) fn delete_collection(call: &Call<'_>) -> Reply {
    let id = text(&call.body, "collectionId");
    let delete = |world: &mut World, phone: &str| Some(world.catalog(phone).delete_collection(id));
    either(as_business(call, delete, "").map(|deleted| match deleted {
        true => Reply::json(&json!({ "deleted": true, "deletedCollectionId": id })),
        false => Reply::json(&json!({ "deleted": false })),
    }))
}

pub(super) fn move_collections(call: &Call<'_>) -> Reply {
    either(moves(call).and_then(|moves| {
        let change =
            |world: &mut World, phone: &str| Some(world.catalog(phone).move_collections(&moves));
        as_business(call, change, "").map(|moved| Reply::json(&json!({ "success": moved })))
    }))
}

/// Sends a product of the linked account's own catalogue.
pub(super) fn send_product(call: &Call<'_>) -> Reply {
    let find = |world: &mut World, phone: &str| {
        let entry = world
            .catalog(phone)
            .product(text(&call.body, "productId"))?;
        Some(Content::Product(entry.item.product.clone()))
    };
    either(as_business(call, find, NO_PRODUCT).map(|content| send(call, content)))
}

/// Orders from the shop of whoever the message goes to, one of each product.
pub(super) fn send_order(call: &Call<'_>) -> Reply {
    let mut ids = texts(&call.body["productIds"]);
    ids.sort_unstable();
    ids.dedup();
    let items = ids.iter().map(|id| (id.as_str(), 1));
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
