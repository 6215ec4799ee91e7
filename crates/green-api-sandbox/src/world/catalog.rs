//! Catalogues: the products and collections of an account, and what others see of them.

mod orders;

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::orders::{Order, OrderError, OrderItem};
pub(crate) use self::orders::{Orders, PlacedOrder};
use crate::kit::integer;

/// How long WhatsApp takes to review a new product or collection, which nobody but the seller sees until then.
pub(super) const REVIEW: Duration = Duration::from_secs(5);

/// A product of a catalogue, from [`Phone::products`](crate::Phone::products).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(description = "A product of a catalogue.")]
#[non_exhaustive]
pub struct Product {
    /// The id: more digits than a floating-point number can hold. Empty until it is in a catalogue.
    #[serde(default)]
    pub id: String,
    /// The seller, as a chat id. Empty until it is in a catalogue.
    #[serde(default)]
    pub seller: String,
    /// The name.
    pub name: String,
    /// A description of the product.
    #[serde(default)]
    pub description: Option<String>,
    /// The price in hundredths of the currency.
    #[serde(deserialize_with = "integer::deserialize")]
    #[schema(maximum = 18_446_744_073_709_551_615_u64)]
    pub price: u64,
    /// The currency, by its three letters in ISO 4217.
    pub currency: String,
    /// The seller's own id of the product.
    #[serde(default)]
    pub retailer_id: Option<String>,
    /// Address of a page about the product.
    #[serde(default)]
    pub url: Option<String>,
    /// Address of the picture. Default: one on a domain reserved for examples.
    #[serde(default = "example_picture")]
    pub image_url: String,
}

/// A product as the seller keeps it.
#[derive(Default)]
pub(crate) struct Listed {
    pub(crate) product: Product,
    pub(crate) hidden: bool,
}

/// Products that a seller shows together.
pub(crate) struct Collection {
    /// The id, which changes with every edit.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) product_ids: Vec<String>,
}

/// A product or a collection with the time at which it came, from which its review counts.
pub(crate) struct Entry<T> {
    pub(crate) item: T,
    pub(super) since: SystemTime,
}

/// The products and collections of an account, in the seller's order.
#[derive(Default)]
pub(crate) struct Catalog {
    pub(super) products: Vec<Entry<Listed>>,
    pub(crate) collections: Vec<Entry<Collection>>,
}

fn example_picture() -> String {
    "https://media.example.com/product.jpg".to_owned()
}

impl Product {
    /// Returns a product for [`Phone::add_product`](crate::Phone::add_product), with its price in hundredths of the currency.
    pub fn new(name: impl Into<String>, price: u64, currency: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            price,
            currency: currency.into(),
            image_url: example_picture(),
            ..Self::default()
        }
    }
}

impl<T> Entry<T> {
    pub(crate) fn is_approved(&self, now: SystemTime) -> bool {
        self.since + REVIEW <= now
    }
}

impl Catalog {
    pub(crate) fn product(&mut self, id: &str) -> Option<&mut Entry<Listed>> {
        let mut products = self.products.iter_mut();
        products.find(|entry| entry.item.product.id == id)
    }

    pub(crate) fn has(&self, product_ids: &[String]) -> bool {
        let known = |id: &String| {
            let mut products = self.products.iter();
            products.any(|entry| entry.item.product.id == *id)
        };
        product_ids.iter().all(known)
    }

    /// Deletes products, also from the collections, and returns the ids of those that existed.
    pub(crate) fn delete_products(&mut self, ids: &[String]) -> Vec<String> {
        let gone = self
            .products
            .extract_if(.., |entry| ids.contains(&entry.item.product.id));
        let gone: Vec<String> = gone.map(|entry| entry.item.product.id).collect();
        for entry in &mut self.collections {
            entry.item.product_ids.retain(|id| !gone.contains(id));
        }
        gone
    }

    pub(crate) fn collection(&mut self, id: &str) -> Option<&mut Collection> {
        let mut collections = self.collections.iter_mut();
        let entry = collections.find(|entry| entry.item.id == id)?;
        Some(&mut entry.item)
    }

    pub(crate) fn delete_collection(&mut self, id: &str) -> bool {
        let count = self.collections.len();
        self.collections.retain(|entry| entry.item.id != id);
        self.collections.len() < count
    }

    /// Moves collections, each given by its id, its place and its new place, or none of them if a place is wrong. The others keep their
    /// order. The new places must differ from each other.
    pub(crate) fn move_collections(&mut self, moves: &[(&str, usize, usize)]) -> bool {
        let fits = |(id, from, to): &(&str, usize, usize)| {
            let entry = self.collections.get(*from);
            entry.is_some_and(|entry| entry.item.id == *id) && *to < self.collections.len()
        };
        if !moves.iter().all(fits) {
            return false;
        }
        let is_moved =
            |entry: &mut Entry<Collection>| moves.iter().any(|(id, ..)| *id == entry.item.id);
        let mut moved: Vec<_> = self.collections.extract_if(.., is_moved).collect();
        let place = |entry: &Entry<Collection>| {
            let mut moves = moves.iter();
            moves
                .find(|(id, ..)| *id == entry.item.id)
                .map(|(.., to)| *to)
        };
        moved.sort_by_key(place);
        for entry in moved {
            let to = place(&entry).unwrap_or_default();
            self.collections.insert(to, entry);
        }
        true
    }
}
