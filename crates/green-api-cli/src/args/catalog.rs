//! Arguments of `catalog`.

use clap::{Args, Subcommand};
use green_api::ChatId;

use super::LimitArgs;
use super::send::MessageArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// List the products of a catalogue
    ///
    /// Prices are printed as the server sends them, documented as hundredths of the currency.
    Products {
        #[command(flatten)]
        seller: SellerArgs,
        /// How many products to list at most [default: 10, by the server]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
        count: Option<i64>,
    },
    /// Show a product of a catalogue
    ///
    /// The price is printed as the server sends it, documented as hundredths of the currency.
    Product {
        #[command(flatten)]
        seller: SellerArgs,
        /// Id of the product
        product: String,
    },
    /// Send a product of your own catalogue
    Send {
        /// Id of the product
        product: String,
        /// Archive the chat
        #[arg(long)]
        archive: bool,
        #[command(flatten)]
        message: MessageArgs,
    },
    /// Show an order
    ///
    /// The order's token, which opens the order to anybody, is read from a hidden prompt or from standard input. It is in the notification of
    /// the order, beside the order's id and the seller.
    Order {
        /// Id of the order
        order: String,
        /// Seller, if that is not the instance's own account: a phone number with country code, or a chat id
        #[arg(long, value_name = "CHAT")]
        seller: Option<ChatId>,
        #[command(flatten)]
        limit: LimitArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SellerArgs {
    /// Seller, your own account included: a phone number with country code, or a chat id
    #[arg(value_name = "SELLER")]
    pub seller: ChatId,
    #[command(flatten)]
    pub limit: LimitArgs,
}
