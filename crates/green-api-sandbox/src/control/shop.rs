//! The shop behind a chat: its products, and ordering them.

use axum::http::StatusCode;
use axum::response::Json;
use serde::Deserialize;
use utoipa::ToSchema;

use super::chats::{ChatPath, Sent};
use super::input::{Body, InPath, NamedPhone, PhonePath};
use super::problem::Problem;
use crate::kit::integer;
use crate::world::catalog::{OrderError, Product};
use crate::world::selling;

/// What is to be ordered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Cart {
    #[schema(min_items = 1)]
    items: Vec<CartItem>,
}

/// A product and how many of it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CartItem {
    product_id: String,
    #[serde(with = "integer")]
    #[schema(minimum = 1, maximum = 4_294_967_295_u32)]
    quantity: u32,
}

/// Adds a product to the catalogue of the phone, as if it had been approved some time ago. It is given its `id` and `seller`.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/products",
    operation_id = "addProduct",
    params(PhonePath),
    request_body(content = Product, example = json!({ "name": "Kettle", "price": 4590, "currency": "GBP" })),
    responses((status = 201, body = Product))
)]
pub(super) async fn add_product(
    phone: NamedPhone,
    Body(product): Body<Product>,
) -> (StatusCode, Json<Product>) {
    let product = phone.with(|world, number| world.put_on_sale(number, product));
    (StatusCode::CREATED, Json(product))
}

/// Lists the products that the phone sees of the seller with whom it chats.
#[utoipa::path(
    get,
    path = "/sandbox/phones/{number}/chats/{chatId}/shop",
    operation_id = "getShop",
    params(PhonePath, ChatPath),
    responses((status = 200, body = Vec<Product>))
)]
pub(super) async fn show(
    phone: NamedPhone,
    InPath(ChatPath { chat_id }): InPath<ChatPath>,
) -> Json<Vec<Product>> {
    let seller = selling::seller(&chat_id.0);
    Json(phone.with(|world, number| world.show_products(&seller, number)))
}

/// Orders products from the seller with whom the phone chats.
#[utoipa::path(
    post,
    path = "/sandbox/phones/{number}/chats/{chatId}/shop",
    operation_id = "orderFromShop",
    params(PhonePath, ChatPath),
    request_body(content = Cart, example = json!({ "items": [{ "productId": "10000000000000001", "quantity": 2 }] })),
    responses(
        (status = 201, body = Sent),
        (status = 404, description = "The seller shows no such product.", body = Problem)
    )
)]
pub(super) async fn order(
    phone: NamedPhone,
    InPath(ChatPath { chat_id }): InPath<ChatPath>,
    Body(cart): Body<Cart>,
) -> Result<(StatusCode, Json<Sent>), Problem> {
    let seller = selling::seller(&chat_id.0);
    let items = cart.items.iter();
    let items = items.map(|item| (item.product_id.as_str(), item.quantity));
    let id = phone.with(|world, number| world.order(number, &seller, items))?;
    Ok(Sent::created(id))
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::UnknownProduct => Self::unknown(error.to_string()),
            OrderError::Empty | OrderError::MixedCurrencies => Self::bad(error.to_string()),
        }
    }
}
