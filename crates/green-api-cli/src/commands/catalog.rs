//! `green-api catalog`.

use green_api::types::{
    CatalogProduct, CatalogReview, GetProductsResponse, OrderDetails, OrderProduct,
};
use green_api::{Instance, SecretString};

use super::Task;
use super::login::token;
use super::plan::{Given, Plan, typed, untyped};
use super::send::{message, sent};
use crate::args::CatalogCommand;
use crate::failure::Stop;
use crate::terminal::Terminal;
use crate::text::{moment, one_line, price, table};

pub(crate) fn prepare(
    command: CatalogCommand,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Stop> {
    let plan = match command {
        CatalogCommand::Products {
            seller: args,
            count,
        } => {
            let request = move |i: &Instance| {
                i.get_products(args.seller)
                    .given(count, |r, count| r.product_limit(count))
            };
            Plan::one(typed(request, products), args.limit)
        }
        CatalogCommand::Product {
            seller: args,
            product: id,
        } => {
            let request = move |i: &Instance| i.get_product(args.seller, id);
            Plan::one(typed(request, product), args.limit)
        }
        CatalogCommand::Send {
            product,
            archive,
            message,
        } => {
            let archive = archive.then_some(true);
            let request = move |i: &Instance| {
                let request = i.send_product(message.to, product);
                message!(request, message).given(archive, |r, archive| r.archive(archive))
            };
            Plan::one(untyped(request, sent), message.limit)
        }
        CatalogCommand::Order {
            order: id,
            seller,
            limit,
        } => {
            let token = SecretString::from(token("the order's token", limit, terminal)?);
            terminal.hide_secret(token.expose());
            let request = move |i: &Instance| {
                i.get_order_details(id, token)
                    .given(seller, |r, seller| r.seller_jid(seller))
            };
            Plan::one(typed(request, order), limit)
        }
    };
    plan.prepare(profile, terminal)
}

/// Id, name, price and whatever keeps a product from being sold.
fn products(answer: GetProductsResponse) -> Option<String> {
    let row = |product: &CatalogProduct| {
        let notes = [hidden(product), availability(product), review(product)];
        [
            shown(&product.id),
            shown(&product.name),
            price(&product.price, &product.currency),
            notes.into_iter().flatten().collect::<Vec<_>>().join(", "),
        ]
    };
    let mut rows: Vec<_> = answer.products.iter().map(row).collect();
    let after = answer.paging.and_then(|paging| paging.after);
    if after.is_some_and(|after| !after.is_empty()) {
        let more = "there are more; see --count".to_owned();
        rows.push(["…".to_owned(), more, String::new(), String::new()]);
    }
    Some(table(&rows))
}

fn product(product: CatalogProduct) -> Option<String> {
    let rows = [
        ("Id", shown(&product.id)),
        ("Name", shown(&product.name)),
        ("Description", shown(&product.description)),
        ("Price", price(&product.price, &product.currency)),
        ("Retailer id", shown(&product.retailer_id)),
        ("Availability", availability(&product).unwrap_or_default()),
        ("Review", review(&product).unwrap_or_default()),
        ("Visibility", hidden(&product).unwrap_or_default()),
        ("Link", shown(&product.url)),
    ];
    Some(named(rows))
}

fn order(order: OrderDetails) -> Option<String> {
    let total = order.price_details.unwrap_or_default();
    let mut shown_order = named([
        (
            "Ordered",
            order.creation_time_stamp.map(moment).unwrap_or_default(),
        ),
        ("Total", price(&total.total_amount, &total.currency)),
    ]);
    let row = |product: &OrderProduct| {
        [
            product
                .quantity
                .map(|count| format!("{count} ×"))
                .unwrap_or_default(),
            shown(&product.id),
            shown(&product.name),
            price(&product.price, &product.currency),
        ]
    };
    let rows: Vec<_> = order.products.iter().map(row).collect();
    if !rows.is_empty() {
        shown_order = format!("{shown_order}\n{}", table(&rows));
    }
    Some(shown_order.trim().to_owned())
}

/// The lines that have something to say.
fn named<const N: usize>(rows: [(&str, String); N]) -> String {
    let rows: Vec<_> = rows
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| [name.to_owned(), value])
        .collect();
    table(&rows)
}

fn shown(text: &Option<String>) -> String {
    text.as_deref().map(one_line).unwrap_or_default()
}

fn hidden(product: &CatalogProduct) -> Option<String> {
    let hidden = matches!(product.is_hidden.as_deref(), Some("true" | "ISHIDDEN_TRUE"));
    hidden.then(|| "hidden".to_owned())
}

fn availability(product: &CatalogProduct) -> Option<String> {
    let availability = product
        .product_availability
        .as_ref()
        .or(product.availability.as_ref())?;
    Some(one_line(availability.as_str()))
}

fn review(product: &CatalogProduct) -> Option<String> {
    let CatalogReview { status, .. } = product.status_info.as_ref()?;
    Some(one_line(status.as_ref()?.as_str()))
}
