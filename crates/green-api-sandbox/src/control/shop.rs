//! The shop behind a chat: its products, and ordering them.

use axum::http::StatusCode;
use axum::response::Json;
use serde::Deserialize;

use super::chats::{ChatId, Sent};
use super::input::{Body, NamedPhone};
use super::problem::Problem;
use crate::world::catalog::{OrderError, Product};
use crate::world::selling;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cart {
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item {
    product_id: String,
    quantity: u32,
}

pub(super) async fn show(phone: NamedPhone, ChatId(chat): ChatId) -> Json<Vec<Product>> {
    let seller = selling::seller(&chat);
    Json(phone.with(|world, number| world.show_products(&seller, number)))
}

pub(super) async fn sell(
    phone: NamedPhone,
    Body(product): Body<Product>,
) -> (StatusCode, Json<Product>) {
    let product = phone.with(|world, number| world.put_on_sale(number, product));
    (StatusCode::CREATED, Json(product))
}

pub(super) async fn order(
    phone: NamedPhone,
    ChatId(chat): ChatId,
    Body(cart): Body<Cart>,
) -> Result<(StatusCode, Json<Sent>), Problem> {
    let seller = selling::seller(&chat);
    let items = cart.items.iter();
    let items = items.map(|item| (item.product_id.as_str(), item.quantity));
    let id_message = phone.with(|world, number| world.order(number, &seller, items))?;
    Ok((StatusCode::CREATED, Json(Sent { id_message })))
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::UnknownProduct => Self::unknown(error.to_string()),
            OrderError::Empty | OrderError::MixedCurrencies => Self::bad(error.to_string()),
        }
    }
}
