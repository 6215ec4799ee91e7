"""The bot of a café with GREEN-API's Python chatbot library: what crates/green-api-bot/examples/demo.rs does, step by step."""

import os
import pathlib
import tempfile
import urllib.request

from whatsapp_chatbot_python import BaseStates, GreenAPIBot, Notification
from whatsapp_chatbot_python.filters import TEXT_TYPES

HELLO = ["Welcome to the café!", "¡Bienvenido al café!"]
MENU = [["Order", "Poll", "Español"], ["Pedir", "Encuesta", "English"]]
HELP = ["/start shows the menu.", "/start muestra el menú."]
DRINK = ["What would you like?", "¿Qué te apetece?"]
DRINKS = [["Coffee", "Tea"], ["Café", "Té"]]
SIZE = ["How large?", "¿De qué tamaño?"]
SIZES = [["Small", "Large"], ["Pequeño", "Grande"]]
NAME = ["What is your name?", "¿Cómo te llamas?"]
READY = ["Your receipt:", "Tu recibo:"]
CAKE = ["Which cake do we bake?", "¿Qué tarta hacemos?"]
CAKES = [["Apple", "Carrot"], ["Manzana", "Zanahoria"]]
PRESS = "interactiveButtonsResponse"
FILES = ["imageMessage", "videoMessage", "documentMessage", "audioMessage", "stickerMessage"]

languages = {}
bot = GreenAPIBot(
    os.environ["GREEN_API_ID_INSTANCE"],
    os.environ["GREEN_API_TOKEN_INSTANCE"],
    host=os.environ.get("GREEN_API_URL"),
    media=os.environ.get("GREEN_API_URL"),
    delete_notifications_at_startup="KEEP_NOTIFICATIONS" not in os.environ,
)


class Order(BaseStates):
    DRINK = "drink"
    SIZE = "size"
    NAME = "name"


def say(notification: Notification, words: list):
    return words[languages.get(notification.sender, 0)]


def ask_buttons(notification: Notification, text: str, labels: list) -> None:
    buttons = [{"buttonId": label, "buttonText": label} for label in labels]
    notification.answer_with_interactive_buttons_reply(text, buttons)


def ask(notification: Notification) -> None:
    state = notification.state_manager.get_state(notification.sender)
    if state.name == Order.DRINK.value:
        ask_buttons(notification, say(notification, DRINK), say(notification, DRINKS))
    elif state.name == Order.SIZE.value:
        ask_buttons(notification, say(notification, SIZE), say(notification, SIZES))
    else:
        notification.answer(say(notification, NAME))


@bot.router.message(command="start")
def menu(notification: Notification) -> None:
    ask_buttons(notification, say(notification, HELLO), say(notification, MENU))


@bot.router.message(command="help")
@bot.router.message(command="ayuda")
def help(notification: Notification) -> None:
    notification.answer(say(notification, HELP))


@bot.router.message(type_message=PRESS, text_message=["English", "Español"])
def speak(notification: Notification) -> None:
    languages[notification.sender] = int(notification.message_text == "Español")
    menu(notification)


@bot.router.message(type_message=PRESS, text_message=["Poll", "Encuesta"])
def poll(notification: Notification) -> None:
    options = [{"optionName": cake} for cake in say(notification, CAKES)]
    notification.answer_with_poll(say(notification, CAKE), options)


@bot.router.poll_update_message()
def vote(notification: Notification) -> None:
    votes = notification.event["messageData"]["pollMessageData"]["votes"]
    chosen = [vote["optionName"] for vote in votes if vote["optionVoters"]]
    notification.answer(f"🍰 {', '.join(chosen)}")


@bot.router.message(type_message=FILES)
def weigh(notification: Notification) -> None:
    url = notification.event["messageData"]["fileMessageData"]["downloadUrl"]
    with urllib.request.urlopen(url) as file:
        notification.answer(f"📎 {len(file.read())} bytes")


@bot.router.message(type_message=PRESS, text_message=["Order", "Pedir"])
def order(notification: Notification) -> None:
    if not notification.state_manager.get_state(notification.sender):
        notification.state_manager.set_state(notification.sender, Order.DRINK.value)
    ask(notification)


@bot.router.message(state=Order.DRINK.value, type_message=PRESS, text_message=sum(DRINKS, []))
def drink(notification: Notification) -> None:
    notification.state_manager.update_state(notification.sender, Order.SIZE.value)
    notification.state_manager.set_state_data(notification.sender, {"drink": notification.message_text})
    ask(notification)


@bot.router.message(state=Order.SIZE.value, type_message=PRESS, text_message=sum(SIZES, []))
def size(notification: Notification) -> None:
    notification.state_manager.update_state(notification.sender, Order.NAME.value)
    notification.state_manager.update_state_data(notification.sender, {"size": notification.message_text})
    ask(notification)


@bot.router.message(state=Order.NAME.value, type_message=TEXT_TYPES)
def name(notification: Notification) -> None:
    data = notification.state_manager.get_state_data(notification.sender)
    notification.answer(say(notification, READY))
    with tempfile.TemporaryDirectory() as folder:
        receipt = pathlib.Path(folder, "receipt.txt")
        receipt.write_text(f"{notification.message_text}: {data['size']} {data['drink']}\n")
        notification.answer_with_file(str(receipt), "receipt.txt")
    notification.state_manager.delete_state(notification.sender)


@bot.router.message()
def fallback(notification: Notification) -> None:
    if notification.state_manager.get_state(notification.sender):
        ask(notification)
    else:
        menu(notification)


bot.run_forever()
