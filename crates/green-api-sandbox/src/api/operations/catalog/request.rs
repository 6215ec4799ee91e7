//! What requests say about products and collections, beyond what the bundle checks.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::call::{Call, list, text};
use crate::api::reply::Reply;
use crate::world::catalog::Listed;

/// Currencies with the countries that have them.
const CURRENCIES: [(&str, &str); 24] = [
    ("AED", "AE"),
    ("AUD", "AU"),
    ("BRL", "BR"),
    ("BYN", "BY"),
    ("CAD", "CA"),
    ("CHF", "CH LI"),
    ("CNY", "CN"),
    ("CZK", "CZ"),
    ("DKK", "DK"),
    (
        "EUR",
        "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK",
    ),
    ("GBP", "GB"),
    ("IDR", "ID"),
    ("ILS", "IL"),
    ("INR", "IN"),
    ("KZT", "KZ"),
    ("MXN", "MX"),
    ("NOK", "NO"),
    ("PLN", "PL"),
    ("RUB", "RU"),
    ("SEK", "SE"),
    ("TRY", "TR"),
    ("UAH", "UA"),
    ("USD", "EC PA SV US"),
    ("ZAR", "ZA"),
];

/// What a request changes of a product.
pub(super) struct Changes {
    name: Option<String>,
    description: Option<String>,
    price: Option<u64>,
    currency: Option<String>,
    retailer_id: Option<String>,
    url: Option<String>,
    image_url: Option<String>,
    hidden: bool,
}

impl Changes {
    pub(super) fn apply(self, listed: &mut Listed) {
        let product = &mut listed.product;
        let texts = [
            (&mut product.name, self.name),
            (&mut product.currency, self.currency),
            (&mut product.image_url, self.image_url),
        ];
        for (old, new) in texts {
            *old = new.unwrap_or_else(|| std::mem::take(old));
        }
        product.price = self.price.unwrap_or(product.price);
        let optional = [
            (&mut product.description, self.description),
            (&mut product.retailer_id, self.retailer_id),
            (&mut product.url, self.url),
        ];
        for (old, new) in optional {
            *old = new.or_else(|| old.take());
        }
        // As documented, an edit that does not mention it shows a hidden product again.
        listed.hidden = self.hidden;
    }
}

/// Reads what is to be in a product.
pub(super) fn changes(call: &Call<'_>) -> Result<Changes, Reply> {
    let text = |name: &str| call.body[name].as_str().map(str::to_owned);
    let checked = |name: &str, fits: fn(&str) -> bool, must: &str| match text(name) {
        Some(value) if !fits(&value) => Err(call.invalid(&format!("'{name}' must be {must}"))),
        value => Ok(value),
    };
    let address = |name| checked(name, is_address, "an address with http:// or https://");
    let country = checked(
        "countryCode",
        |code| is_code(code, 2),
        "two letters of ISO 3166-1, such as 'GB'",
    )?;
    let currency = match (
        checked(
            "currency",
            |code| is_code(code, 3),
            "three letters of ISO 4217, such as 'GBP'",
        )?,
        country,
    ) {
        (None, Some(country)) => Some(currency_of(&country).ok_or_else(|| {
            call.invalid(&format!(
                "'currency' is required: the sandbox does not know that of {country}"
            ))
        })?),
        (currency, _) => currency,
    };
    let price = checked(
        "price",
        |price| hundredths(price).is_some(),
        "a number such as '45' or '45.90'",
    )?;
    Ok(Changes {
        name: checked("name", |name| !name.is_empty(), "a text")?,
        description: text("description"),
        price: price.as_deref().and_then(hundredths),
        currency,
        retailer_id: text("retailerId"),
        url: address("url")?,
        image_url: address("imageUrl")?,
        hidden: call.body["isHidden"] == Value::Bool(true),
    })
}

/// Reads which collection is to be moved from where to where.
pub(super) fn moves<'c>(call: &'c Call<'_>) -> Result<Vec<(&'c str, usize, usize)>, Reply> {
    let place = |one: &Value, name: &str| {
        let place = one[name]
            .as_u64()
            .and_then(|place| usize::try_from(place).ok());
        place.ok_or_else(|| call.invalid(&format!("'{name}' must be an integer from 0")))
    };
    let moves = list(&call.body["collections"]).map(|one| {
        Ok((
            text(one, "collectionId"),
            place(one, "fromIndex")?,
            place(one, "toIndex")?,
        ))
    });
    let moves = moves.collect::<Result<Vec<_>, Reply>>()?;
    let ids: BTreeSet<_> = moves.iter().map(|(id, ..)| id).collect();
    let from: BTreeSet<_> = moves.iter().map(|(_, from, _)| from).collect();
    let to: BTreeSet<_> = moves.iter().map(|(.., to)| to).collect();
    for (name, different) in [
        ("collectionId", ids.len()),
        ("fromIndex", from.len()),
        ("toIndex", to.len()),
    ] {
        if different < moves.len() {
            return Err(call.invalid(&format!("'{name}' must not occur twice")));
        }
    }
    Ok(moves)
}

fn is_address(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

fn is_code(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|letter| letter.is_ascii_uppercase())
}

fn currency_of(country: &str) -> Option<String> {
    let mut currencies = CURRENCIES.iter();
    let (currency, _) =
        currencies.find(|(_, countries)| countries.split(' ').any(|known| known == country))?;
    Some((*currency).to_owned())
}

/// Returns a price such as `45.90` in hundredths.
fn hundredths(price: &str) -> Option<u64> {
    let (whole, part) = price.split_once('.').unwrap_or((price, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=12).contains(&whole.len())
        || !(1..=2).contains(&part.len())
        || !digits(whole)
        || !digits(part)
    {
        return None;
    }
    format!("{whole}{part:0<2}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::hundredths;

    #[test]
    fn prices_have_at_most_two_decimals() {
        for (price, wanted) in [
            ("45", Some(4500)),
            ("45.9", Some(4590)),
            ("45.90", Some(4590)),
            ("0.05", Some(5)),
            ("45.901", None),
            ("45.", None),
            (".5", None),
            ("-1", None),
            ("45,90", None),
            ("1000000000000", None),
            ("", None),
        ] {
            assert_eq!(hundredths(price), wanted, "{price}");
        }
    }
}
