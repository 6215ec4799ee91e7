"""The official Python chatbot library against the sandbox: a customer writes, and a handler answers."""

import json
import os
import subprocess
import threading
import time
import urllib.request

from whatsapp_chatbot_python import GreenAPIBot

CUSTOMER = "447700900145"


def control(url, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/sandbox/{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def main():
    command = [os.environ["GREEN_API"], "--json", "sandbox", "--seed", "1", "--state", "authorized"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        started = json.loads(process.stdout.readline())
        url = started["url"]
        shop = control(url, "state")["instances"][0]["phoneNumber"]
        bot = GreenAPIBot(
            str(started["idInstance"]),
            started["apiTokenInstance"],
            host=url,
            media=url,
            raise_errors=True,
            settings={"incomingWebhook": "yes"},
            delete_notifications_at_startup=False,
        )
        control(url, "clock/advance", {"seconds": 300})

        @bot.router.message(text_message="menu")
        def menu(notification):
            notification.answer("1. Parcels")

        threading.Thread(target=bot.run_forever, daemon=True).start()
        control(url, f"phones/{CUSTOMER}/messages", {"chatId": f"{shop}@c.us", "text": "menu"})
        texts = []
        for _ in range(60):
            control(url, "clock/advance", {"seconds": 10})
            chat = control(url, f"phones/{CUSTOMER}/chats/{shop}@c.us/messages")
            texts = sorted(message["content"]["text"] for message in chat)
            if len(texts) > 1:
                break
            time.sleep(0.5)
        assert texts == ["1. Parcels", "menu"], texts
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
    print("The official Python chatbot library answers.")
