//! The shops that a phone sees, and ordering from them.

use super::phone::Phone;
use crate::world::catalog::{OrderError, Product};
use crate::world::selling;

impl Phone {
    /// Sets whether this is a WhatsApp Business account, which may have a catalogue. Default: yes. Without one, the operations that change
    /// a catalogue or send a product are refused.
    pub fn set_business(&self, is_business: bool) {
        self.with(|world, number| world.person(number).is_business = is_business);
    }

    /// Adds a product to the catalogue of this phone, as if it had been approved some time ago, and returns it with its id.
    ///
    /// ```
    /// # use green_api_sandbox::{Content, Product, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// let (shop, customer) = (sandbox.phone("447700900123"), sandbox.phone("447700900145"));
    /// let kettle = shop.add_product(Product::new("Kettle", 4590, "GBP"));
    /// customer.order("447700900123", &[(&kettle.id, 2)])?;
    /// let Content::Order(order) = &customer.messages("447700900123")[0].content else { panic!("no order") };
    /// assert_eq!(order.total, 9180);
    /// # Ok(()) }
    /// ```
    pub fn add_product(&self, product: Product) -> Product {
        self.with(|world, number| world.put_on_sale(number, product))
    }

    /// Returns the products of a seller that this phone shows: its own with the hidden and the new ones, those of others once they are
    /// approved, 5 seconds after they came.
    ///
    /// To send one of them in a chat, use [`Phone::send`] with [`Content::Product`](crate::Content::Product).
    pub fn products(&self, seller: &str) -> Vec<Product> {
        let seller = selling::seller(seller);
        self.with(|world, number| world.show_products(&seller, number))
    }

    /// Orders products, by their ids and with quantities, from a seller and returns the id of the message with the order.
    ///
    /// The seller's instances hear of it as `orderMessage` if `incomingWebhook` and `catalogWebhook` are on.
    ///
    /// # Errors
    ///
    /// Returns an error if nothing is ordered, if the seller shows no such product, or if the products have different currencies.
    pub fn order(&self, seller: &str, items: &[(&str, u32)]) -> Result<String, OrderError> {
        let (seller, items) = (selling::seller(seller), items.iter().copied());
        self.with(|world, number| world.order(number, &seller, items))
    }
}
