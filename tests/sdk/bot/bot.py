"""A bot and its test against the sandbox, with Python alone: GREEN_API=path/to/green-api python3 bot.py"""

import json
import os
import subprocess
import urllib.request

CUSTOMER, SHOP = "447700900145", "447700900123"


def call(url, body=None, verb=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=verb)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


class Bot:
    """The code under test. It knows three credentials, of the sandbox here and of GREEN-API elsewhere."""

    def __init__(self, api_url, id_instance, token):
        self.prefix, self.token = f"{api_url}/waInstance{id_instance}", token

    def api(self, method, *rest, **request):
        return call("/".join([self.prefix, method, self.token, *rest]), **request)

    def answer_one(self):
        """Waits for a notification, answers it if it is a text, and deletes it."""
        received = self.api("receiveNotification")
        if received is None:
            return
        body = received["body"]
        if body["typeWebhook"] == "incomingMessageReceived" and body["messageData"]["typeMessage"] == "textMessage":
            text = body["messageData"]["textMessageData"]["textMessage"]
            self.api("sendMessage", body={"chatId": body["senderData"]["chatId"], "message": f"You said: {text}"})
        self.api("deleteNotification", str(received["receiptId"]), verb="DELETE")


def test():
    command = [os.environ["GREEN_API"], "--json", "sandbox", "--seed", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        # The first line has the address and the credentials.
        started = json.loads(process.stdout.readline())
        bot = Bot(started["url"], started["idInstance"], started["apiTokenInstance"])

        def control(path, body=None):
            return call(f"{started['url']}/sandbox/{path}", body)

        # The settings apply after minutes, by the sandbox's clock; then the code is typed on the shop's phone.
        bot.api("setSettings", body={"incomingWebhook": "yes"})
        control("clock/advance", {"seconds": 300})
        code = bot.api("getAuthorizationCode", body={"phoneNumber": int(SHOP)})["code"]
        control(f"phones/{SHOP}/type-code", {"code": code})
        control("clock/advance", {"seconds": 30})
        assert bot.api("getStateInstance") == {"stateInstance": "authorized"}

        # A customer writes, and the bot answers.
        control(f"phones/{CUSTOMER}/messages", {"chatId": f"{SHOP}@c.us", "text": "Where is my parcel?"})
        bot.answer_one()
        control("clock/advance", {"seconds": 60})
        chat = control(f"phones/{CUSTOMER}/chats/{SHOP}@c.us/messages")
        texts = [message["content"]["text"] for message in chat]
        assert sorted(texts) == ["Where is my parcel?", "You said: Where is my parcel?"], texts
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    test()
    print("The bot in Python answers.")
