//! Orders, and the secret tokens with which anybody can read them.

use std::collections::VecDeque;
use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use thiserror::Error;

use super::Product;
use crate::world::World;
use crate::world::messages::{Content, person_id};

/// How many orders are kept: a sandbox that runs for weeks must not fill the memory.
const KEPT: usize = 10_000;

/// An order, from [`Phone::order`](crate::Phone::order) or `sendOrder`. Neither its `Debug` nor its JSON shows the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Order {
    /// The id, `orderId`.
    pub id: String,
    /// The seller, as a chat id.
    pub seller: String,
    /// What was ordered.
    pub items: Vec<OrderItem>,
    /// The total in hundredths of the currency.
    pub total: u64,
    /// The currency, by its three letters in ISO 4217.
    pub currency: String,
    #[serde(skip)]
    token: Token,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OrderItem {
    /// The product as it was when it was ordered.
    pub product: Product,
    /// How many.
    pub quantity: u32,
}

/// The reason why an order is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OrderError {
    /// Nothing was ordered, or none of it.
    #[error("nothing is ordered")]
    Empty,
    /// The seller has no such product, or others do not see it: it is hidden or not yet approved.
    #[error("the seller shows no such product; a new one is reviewed for 5 seconds")]
    UnknownProduct,
    /// The products have different currencies.
    #[error("the products have different currencies")]
    MixedCurrencies,
}

/// Lets anybody who has it read an order.
#[derive(Clone, PartialEq, Eq)]
struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// An order and when it was made.
pub(crate) struct PlacedOrder {
    pub(crate) order: Order,
    pub(crate) at: SystemTime,
}

/// The latest orders, oldest first.
#[derive(Default)]
pub(crate) struct Orders(VecDeque<PlacedOrder>);

impl Order {
    /// Returns the secret with which anybody can read the order, `token` in its notification.
    pub fn token(&self) -> &str {
        &self.token.0
    }
}

impl Orders {
    /// Returns the order with this id, token and seller.
    pub(crate) fn get(&self, id: &str, token: &str, seller: &str) -> Option<&PlacedOrder> {
        self.0.iter().find(|PlacedOrder { order, .. }| {
            order.id == id && order.token.0 == token && order.seller == seller
        })
    }
}

impl World {
    /// Orders products from the phone of `buyer`, and returns the id of the message with the order.
    pub(crate) fn order<'i>(
        &mut self,
        buyer: &str,
        seller: &str,
        items: impl IntoIterator<Item = (&'i str, u32)>,
    ) -> Result<String, OrderError> {
        let order = self.place_order(buyer, seller, items)?;
        Ok(self.write(buyer, seller, Content::Order(order), None))
    }

    /// Makes an order for `buyer` of these products and quantities. It still has to be sent.
    pub(crate) fn place_order<'i>(
        &mut self,
        buyer: &str,
        seller: &str,
        items: impl IntoIterator<Item = (&'i str, u32)>,
    ) -> Result<Order, OrderError> {
        let ordered = items.into_iter().filter(|(_, quantity)| *quantity > 0);
        let items: Option<Vec<OrderItem>> = ordered
            .map(|(id, quantity)| {
                let mut products = self.products(seller, buyer);
                let entry = products.find(|entry| entry.item.product.id == id)?;
                let product = entry.item.product.clone();
                Some(OrderItem { product, quantity })
            })
            .collect();
        let items = items.ok_or(OrderError::UnknownProduct)?;
        let currency = &items.first().ok_or(OrderError::Empty)?.product.currency;
        if items.iter().any(|item| item.product.currency != *currency) {
            return Err(OrderError::MixedCurrencies);
        }
        let mut token = [0; 24];
        self.rng.fill(&mut token);
        let order = Order {
            id: self.new_catalog_id(),
            seller: person_id(seller),
            total: items.iter().fold(0, |total, item| {
                total.saturating_add(item.product.price.saturating_mul(item.quantity.into()))
            }),
            currency: currency.clone(),
            token: Token(BASE64.encode(token)),
            items,
        };
        self.orders.0.push_back(PlacedOrder {
            order: order.clone(),
            at: self.now,
        });
        if self.orders.0.len() > KEPT {
            self.orders.0.pop_front();
        }
        Ok(order)
    }
}
