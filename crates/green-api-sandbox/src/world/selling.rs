//! How products come into catalogues, who sees them, and how they are ordered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::World;
use super::agenda::Event;
use super::catalog::{
    Catalog, Collection, Entry, Listed, Order, OrderError, OrderItem, PlacedOrder, Product, REVIEW,
};
use super::messages::{Content, Peer, person_id};

/// Returns the number of the seller that a chat id names. A group has no catalogue.
pub(crate) fn seller(chat_id: &str) -> String {
    match Peer::parse(chat_id) {
        Peer::Person(number) => number,
        Peer::Group(id) => id,
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
        let mut token = [0; 24];
        self.rng.fill(&mut token);
        let (id, token) = (self.new_catalog_id(), BASE64.encode(token));
        let order = Order::new(id, person_id(seller), items, token)?;
        self.orders.push(PlacedOrder {
            order: order.clone(),
            at: self.now,
        });
        Ok(order)
    }
}
