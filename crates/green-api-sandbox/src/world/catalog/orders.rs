//! Orders, and the secret tokens with which anybody can read them.

use std::collections::VecDeque;
use std::fmt;
use std::time::SystemTime;

use serde::de::Error as _;
use serde::{Deserializer, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use super::Product;

/// How many orders are kept: a sandbox that runs for weeks must not fill the memory.
const KEPT: usize = 10_000;
/// The length of a token: 24 bytes in Base64.
const TOKEN_LENGTH: usize = 32;

/// An order, from [`Phone::order`](crate::Phone::order) or `sendOrder`. Neither its `Debug` nor its JSON shows the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(description = "An order. Its token is not shown.")]
#[non_exhaustive]
pub struct Order {
    /// The id, `orderId`.
    pub id: String,
    /// The seller, as a chat id.
    pub seller: String,
    /// The items ordered.
    pub items: Vec<OrderItem>,
    /// The total in hundredths of the currency.
    pub total: u64,
    /// The currency, by its three letters in ISO 4217.
    pub currency: String,
    #[serde(skip)]
    token: Token,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[non_exhaustive]
pub struct OrderItem {
    /// The product as it was when it was ordered.
    pub product: Product,
    /// The quantity ordered.
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
    /// Returns an order of these products, which must have one currency.
    pub(crate) fn new(
        id: String,
        seller: String,
        items: Vec<OrderItem>,
        token: String,
    ) -> Result<Self, OrderError> {
        let currency = &items.first().ok_or(OrderError::Empty)?.product.currency;
        if items.iter().any(|item| item.product.currency != *currency) {
            return Err(OrderError::MixedCurrencies);
        }
        let total = items.iter().fold(0_u64, |total, item| {
            total.saturating_add(item.product.price.saturating_mul(item.quantity.into()))
        });
        Ok(Self {
            id,
            seller,
            total,
            currency: currency.clone(),
            token: Token(token),
            items,
        })
    }

    /// Refuses an order that somebody writes: it would have no token.
    pub(crate) fn refuse<'de, D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("orders are made at a shop, not written"))
    }

    /// Returns the secret with which anybody can read the order, `token` in its notification.
    pub fn token(&self) -> &str {
        &self.token.0
    }
}

impl Orders {
    pub(crate) fn push(&mut self, placed: PlacedOrder) {
        self.0.push_back(placed);
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// Returns the tokens of orders that stand in this text.
    pub(crate) fn tokens_in(&self, text: &[u8]) -> Vec<String> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        text.split(|byte| !is_part(byte))
            .filter(|run| run.len() == TOKEN_LENGTH)
            .filter_map(|run| {
                let mut tokens = self.0.iter().map(|placed| &placed.order.token.0);
                tokens.find(|token| token.as_bytes() == run).cloned()
            })
            .collect()
    }

    /// Returns the order with this id, token and seller.
    pub(crate) fn get(&self, id: &str, token: &str, seller: &str) -> Option<&PlacedOrder> {
        self.0.iter().find(|PlacedOrder { order, .. }| {
            order.id == id && order.token.0 == token && order.seller == seller
        })
    }
}
