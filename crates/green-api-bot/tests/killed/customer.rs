//! A person who orders, step by step, and goes on when the answer is there.

use green_api_sandbox::{Content, Message, Phone, Sandbox};
use libtest_mimic::Failed;

/// The bot's number.
pub const BOT: &str = "447700900123";

enum Act {
    Says(String),
    Presses(&'static str),
    Votes(&'static str),
}

pub struct Customer {
    phone: Phone,
    /// What is done, and the answers that it leads to.
    script: Vec<(Act, Vec<&'static str>)>,
    done: usize,
    receipt: String,
}

impl Customer {
    pub fn new(sandbox: &Sandbox, number: usize) -> Self {
        use Act::{Presses, Says, Votes};
        let spanish = number % 3 == 1;
        let say = |english, spanish_| if spanish { spanish_ } else { english };
        let drink = [say("Coffee", "Café"), say("Tea", "Té")][number % 2];
        let size = [say("Small", "Pequeño"), say("Large", "Grande")][number / 2 % 2];
        let name = format!("Customer {number}");
        let receipt = format!("{name}: {size} {drink}\n");
        let mut script = vec![(Says("/start".to_owned()), vec!["Welcome to the café!"])];
        if spanish {
            script.push((Presses("Español"), vec!["¡Bienvenido al café!"]));
        }
        script.extend([
            (
                Presses(say("Order", "Pedir")),
                vec![say("What would you like?", "¿Qué te apetece?")],
            ),
            (Presses(drink), vec![say("How large?", "¿De qué tamaño?")]),
            (
                Presses(size),
                vec![say("What is your name?", "¿Cómo te llamas?")],
            ),
            (
                Says(name),
                vec![say("Your receipt:", "Tu recibo:"), "receipt.txt"],
            ),
            (
                Presses(say("Poll", "Encuesta")),
                vec![say("Which cake do we bake?", "¿Qué tarta hacemos?")],
            ),
            (
                Votes(say("Carrot", "Zanahoria")),
                vec![say("🍰 Carrot", "🍰 Zanahoria")],
            ),
        ]);
        Self {
            phone: sandbox.phone(&format!("4477009002{number:02}")),
            script,
            done: 0,
            receipt,
        }
    }

    /// How many answers there are in the end.
    pub fn answers(&self) -> usize {
        self.script.iter().map(|(_, answers)| answers.len()).sum()
    }

    /// Does what is next if everything before it was answered. Returns how many answers there are, and whether the end is reached.
    pub fn go_on(&mut self) -> Result<(usize, bool), Failed> {
        let messages = self.phone.messages(BOT);
        let came: Vec<&Message> = messages
            .iter()
            .filter(|message| !message.outgoing)
            .collect();
        let due: Vec<&str> = self
            .script
            .iter()
            .take(self.done)
            .flat_map(|(_, answers)| answers)
            .copied()
            .collect();
        let texts: Vec<&str> = came
            .iter()
            .map(|message| text_of(&message.content))
            .collect();
        if !due.starts_with(&texts) {
            let number = self.phone.number();
            return Err(format!("{number} expected {due:?}, and this came: {texts:?}").into());
        }
        if texts.len() < due.len() {
            return Ok((texts.len(), false));
        }
        let Some((act, _)) = self.script.get(self.done) else {
            return Ok((texts.len(), true));
        };
        let find = |find: &dyn Fn(&Message) -> Option<Content>| {
            came.iter().rev().find_map(|message| find(message))
        };
        let content = match act {
            Act::Says(text) => Some(Content::from(text.as_str())),
            Act::Presses(label) => find(&|message| press(message, label)),
            Act::Votes(option) => find(&|message| vote(message, option)),
        };
        self.phone
            .send(BOT, content.ok_or("there is nothing to press")?);
        self.done += 1;
        Ok((texts.len(), false))
    }

    /// Returns where the receipt is, and what it should say.
    pub fn receipt(&self) -> Option<(String, &str)> {
        let messages = self.phone.messages(BOT);
        let url = messages
            .into_iter()
            .find_map(|message| match message.content {
                Content::File(file) => Some(file.url),
                _ => None,
            });
        Some((url?, &self.receipt))
    }
}

fn press(message: &Message, label: &str) -> Option<Content> {
    let Content::Buttons { buttons, .. } = &message.content else {
        return None;
    };
    let button = buttons.iter().find(|button| button.text == label)?;
    Some(Content::ButtonPress {
        message: message.id.clone(),
        button_id: button.id.clone(),
    })
}

fn vote(message: &Message, option: &str) -> Option<Content> {
    matches!(message.content, Content::Poll { .. }).then(|| Content::PollVote {
        message: message.id.clone(),
        options: vec![option.to_owned()],
    })
}

fn text_of(content: &Content) -> &str {
    match content {
        Content::Text { text, .. } | Content::Buttons { text, .. } => text,
        Content::Poll { question, .. } => question,
        Content::File(file) => &file.name,
        _ => "something else",
    }
}
