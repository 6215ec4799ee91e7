//! Catalogues: the products and collections of an account, and what others see of them.

mod orders;

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::World;
use super::agenda::Event;
use super::messages::{Peer, person_id};

pub use self::orders::{Order, OrderError, OrderItem};
pub(crate) use self::orders::{Orders, PlacedOrder};

/// How long WhatsApp takes to review a new product or collection, which nobody but the seller sees until then.
const REVIEW: Duration = Duration::from_secs(5);

/// A product of a catalogue, from [`Phone::products`](crate::Phone::products).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
    /// What the product is.
    #[serde(default)]
    pub description: Option<String>,
    /// The price in hundredths of the currency.
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
    since: SystemTime,
}

/// The products and collections of an account, in the seller's order.
#[derive(Default)]
pub(crate) struct Catalog {
    products: Vec<Entry<Listed>>,
    pub(crate) collections: Vec<Entry<Collection>>,
}

/// Returns the number of the seller that a chat id names. A group has no catalogue.
pub(crate) fn seller(chat_id: &str) -> String {
    match Peer::parse(chat_id) {
        Peer::Person(number) => number,
        Peer::Group(id) => id,
    }
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

impl World {
    /// Returns the catalogue of somebody, to be changed.
    pub(crate) fn catalog(&mut self, seller: &str) -> &mut Catalog {
        self.changed = true;
        self.catalogs.entry(seller.to_owned()).or_default()
    }

    /// Adds a product to the catalogue of somebody and returns it.
    pub(crate) fn add_product(&mut self, seller: &str, mut listed: Listed) -> &Entry<Listed> {
        listed.product.id = self.new_catalog_id();
        listed.product.seller = person_id(seller);
        let since = self.now;
        self.schedule(REVIEW, Event::Reviewed);
        let products = &mut self.catalog(seller).products;
        products.push(Entry {
            item: listed,
            since,
        });
        &products[products.len() - 1]
    }

    /// Adds a product that is approved already.
    pub(crate) fn put_on_sale(&mut self, seller: &str, product: Product) -> Product {
        let listed = Listed {
            product,
            hidden: false,
        };
        let product = self.add_product(seller, listed).item.product.clone();
        if let Some(entry) = self.catalog(seller).product(&product.id) {
            entry.since -= REVIEW;
        }
        product
    }

    /// Adds a collection to the catalogue of somebody and returns its id.
    pub(crate) fn add_collection(
        &mut self,
        seller: &str,
        name: &str,
        product_ids: Vec<String>,
    ) -> String {
        let (id, since) = (self.new_catalog_id(), self.now);
        self.schedule(REVIEW, Event::Reviewed);
        let item = Collection {
            id: id.clone(),
            name: name.to_owned(),
            product_ids,
        };
        self.catalog(seller).collections.push(Entry { item, since });
        id
    }

    /// Returns the products that `viewer` sees in a catalogue: sellers see all of their own, others what is approved and not hidden.
    pub(crate) fn products<'w>(
        &'w self,
        seller: &str,
        viewer: &str,
    ) -> impl Iterator<Item = &'w Entry<Listed>> + use<'w> {
        let (own, now) = (seller == viewer, self.now);
        let products = self.catalogs.get(seller).into_iter();
        products
            .flat_map(|catalog| &catalog.products)
            .filter(move |entry| own || (!entry.item.hidden && entry.is_approved(now)))
    }

    /// Returns the collections that `viewer` sees in a catalogue.
    pub(crate) fn collections<'w>(
        &'w self,
        seller: &str,
        viewer: &str,
    ) -> impl Iterator<Item = &'w Entry<Collection>> + use<'w> {
        let (own, now) = (seller == viewer, self.now);
        let catalogs = self.catalogs.get(seller).into_iter();
        catalogs
            .flat_map(|catalog| &catalog.collections)
            .filter(move |entry| own || entry.is_approved(now))
    }

    /// Returns the products of a shop as a phone shows them.
    pub(crate) fn show_products(&self, seller: &str, viewer: &str) -> Vec<Product> {
        let products = self.products(seller, viewer);
        products.map(|entry| entry.item.product.clone()).collect()
    }

    /// Returns whether somebody may have a catalogue.
    pub(crate) fn is_business(&self, number: &str) -> bool {
        self.people
            .get(number)
            .is_none_or(|person| person.is_business)
    }

    /// Returns a new id of a product, a collection or an order: 17 digits, which do not fit into a floating-point number.
    pub(crate) fn new_catalog_id(&mut self) -> String {
        let digits = 10_000_000_000_000_000..100_000_000_000_000_000_u64;
        self.rng.u64(digits).to_string()
    }
}
