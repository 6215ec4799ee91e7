//! What a message says, as one line.

use green_api::Content;
use green_api::types::{ContactCard, OrderMessage, Place, Poll, ProductMessage};

use super::{one_line, price};

/// Shows the words of a message, or else its kind and what one acts on.
pub(crate) fn said(kind: &str, message: &impl Content) -> String {
    let reaction = message.reaction().and_then(|reaction| reaction.emoji);
    let button = message.button_reply().and_then(|button| button.text);
    match message.text().or(reaction).or(button) {
        Some(words) => one_line(words),
        None => format!("[{}] {}", one_line(kind), about(message))
            .trim_end()
            .to_owned(),
    }
}

/// Shows what is in a message without words.
fn about(message: &impl Content) -> String {
    let file = message.file();
    let named = message.caption().or(file.and_then(|file| file.file_name));
    let marker = message.placeholder().map(str::to_owned);
    let parts = [
        message.location().map(place),
        message.poll().map(|poll| votes(poll, &message.chosen())),
        message.product().map(product),
        message.order().map(order),
        named.map(one_line),
        // A text or a file that has not come, and may come later.
        marker,
    ];
    let people = message.contacts().iter().map(person);
    let parts = parts.into_iter().flatten().chain(people);
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    match message.refers_to() {
        Some(other) if parts.is_empty() => one_line(other.as_str()),
        _ => parts.join(", "),
    }
}

fn place(place: &Place) -> String {
    let words = listed([&place.name_location, &place.address]);
    match (place.latitude, place.longitude) {
        (Some(latitude), Some(longitude)) => format!("{words} ({latitude}, {longitude})")
            .trim_start()
            .to_owned(),
        _ => words,
    }
}

/// Shows the name of a poll with its options, or with those that were chosen.
fn votes(poll: &Poll, chosen: &[&str]) -> String {
    let name = listed([&poll.name]);
    let options = poll.options.iter().map(|option| &option.option_name);
    let after = match poll.options.is_empty() {
        false => options.map(|name| listed([name])).collect(),
        true if chosen.is_empty() => vec!["nothing chosen".to_owned()],
        true => chosen.iter().copied().map(one_line).collect::<Vec<_>>(),
    };
    format!("{name}: {}", after.join(", "))
}

fn product(product: &ProductMessage) -> String {
    let price = price(&product.price, &product.currency_code);
    listed([&product.title, &Some(price), &product.product_id])
}

/// Shows an order without its token, which is a secret.
fn order(order: &OrderMessage) -> String {
    let total = price(&order.total_price, &order.total_currency_code);
    let items = order.item_count.map(|count| format!("{count} items"));
    let title = &order.order_title;
    listed([&order.order_id, title, &items, &Some(total), &order.message])
}

/// Shows a name, and the numbers of the card.
fn person(card: &ContactCard) -> String {
    let vcard = card.vcard.as_deref().unwrap_or_default();
    let lines = vcard.lines().filter_map(|line| line.split_once(':'));
    let property = |wanted: &'static str| {
        let lines = lines.clone().filter(move |(key, _)| {
            let name = key.split(';').next().unwrap_or_default();
            // Lines of one entry are grouped as `item1.TEL`.
            let name = name.rsplit('.').next().unwrap_or_default();
            name.eq_ignore_ascii_case(wanted)
        });
        lines.map(|(_, value)| one_line(value))
    };
    let given = [&card.contact_name, &card.display_name];
    let name = given.into_iter().flatten().find(|name| !name.is_empty());
    let name = name.map(|name| one_line(name)).or(property("FN").next());
    let parts: Vec<_> = name.into_iter().chain(property("TEL")).collect();
    parts.join(" ")
}

/// Puts the texts that are there on one line.
fn listed<const N: usize>(texts: [&Option<String>; N]) -> String {
    let texts = texts.into_iter().flatten().map(|text| one_line(text));
    let texts: Vec<_> = texts.filter(|text| !text.is_empty()).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use green_api::types::MessageData;
    use serde_json::{Value, json};

    use super::*;

    fn shown(data: Value) -> String {
        let data: MessageData = serde_json::from_value(data).unwrap();
        said(data.kind(), &data)
    }

    #[test]
    fn markers_are_shown() {
        for marker in ["{{SWE001}}", "{{SWE003}}", "{{SWE999}}"] {
            let data =
                json!({"typeMessage": "textMessage", "textMessageData": {"textMessage": marker}});
            assert_eq!(shown(data), format!("[textMessage] {marker}"));
        }
        let data = json!({"typeMessage": "videoMessage",
            "fileMessageData": {"downloadUrl": "{{SWE002}}", "fileName": "party.mp4", "mimeType": "video/mp4"}});
        assert_eq!(shown(data), "[videoMessage] party.mp4, {{SWE002}}");
    }

    #[test]
    fn places_are_shown() {
        for (place, expected) in [
            (
                json!({"nameLocation": "The Mill", "address": "1 High Street\u{1b}[2J", "latitude": 51.5, "longitude": -0.25}),
                "The Mill, 1 High Street�[2J (51.5, -0.25)",
            ),
            (json!({"latitude": 0.0, "longitude": 0.0}), "(0, 0)"),
            (
                json!({"nameLocation": "", "address": "1 High Street"}),
                "1 High Street",
            ),
        ] {
            let data = json!({"typeMessage": "locationMessage", "locationMessageData": place});
            assert_eq!(shown(data), format!("[locationMessage] {expected}"));
        }
    }

    #[test]
    fn contacts_are_shown() {
        let ann = json!({"displayName": "Ann",
            "vcard": "BEGIN:VCARD\nVERSION:3.0\nN:;Ann;;;\nFN:Ann\nitem1.TEL;waid=447700900145:+44 7700 900145\nEND:VCARD"});
        let bob = json!({"displayName": "", "vcard": "BEGIN:VCARD\r\nFN:Bob\u{202e}\r\nEND:VCARD"});
        let one = json!({"typeMessage": "contactMessage", "contactMessageData": ann});
        assert_eq!(shown(one), "[contactMessage] Ann +44 7700 900145");
        let two =
            json!({"typeMessage": "contactsArrayMessage", "messageData": {"contacts": [ann, bob]}});
        assert_eq!(
            shown(two),
            "[contactsArrayMessage] Ann +44 7700 900145, Bob�"
        );
    }

    #[test]
    fn votes_are_shown() {
        let options = json!([{"optionName": "Yes"}, {"optionName": "No"}]);
        let poll = json!({"typeMessage": "pollMessage", "pollMessageData": {"name": "Lunch?", "options": options}});
        assert_eq!(shown(poll), "[pollMessage] Lunch?: Yes, No");
        for (voters, expected) in [
            (json!(["447700900145@c.us"]), "No\t"),
            (json!([]), "nothing chosen"),
        ] {
            let votes = json!([{"optionName": "Yes", "optionVoters": []}, {"optionName": "No\t", "optionVoters": voters}]);
            let vote = json!({"typeMessage": "pollUpdateMessage",
                "pollMessageData": {"stanzaId": "3EB0", "name": "Lunch?", "votes": votes}});
            assert_eq!(
                shown(vote),
                format!("[pollUpdateMessage] Lunch?: {}", expected.trim())
            );
        }
    }

    #[test]
    fn products_and_orders_are_shown_without_the_token() {
        let product = json!({"typeMessage": "productMessage",
            "productMessage": {"productId": "7000", "title": "Mug", "currencyCode": "EUR", "price": "4590"}});
        assert_eq!(shown(product), "[productMessage] Mug, 4590 (EUR/100), 7000");
        let order = json!({"typeMessage": "orderMessage", "orderMessage": {
            "orderId": "8000", "token": "AR4FX2t3b3JkZXItdG9rZW4=", "totalPrice": "4590", "totalCurrencyCode": "EUR",
            "itemCount": 2, "message": "By Friday,\nplease"}});
        assert_eq!(
            shown(order),
            "[orderMessage] 8000, 2 items, 4590 (EUR/100), By Friday,⏎please"
        );
    }

    #[test]
    fn what_is_deleted_is_named() {
        let data = json!({"typeMessage": "deletedMessage", "deletedMessageData": {"stanzaId": "3EB0C767"}});
        assert_eq!(shown(data), "[deletedMessage] 3EB0C767");
    }
}
