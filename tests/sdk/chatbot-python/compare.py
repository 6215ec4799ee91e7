"""The demo in Python and the one in Rust, killed (kill -9) in the middle of an order and started again: what customers see.

GREEN_API=target/debug/green-api DEMO=target/debug/examples/demo python compare.py [--quick]
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

PYTHON = [sys.executable, str(pathlib.Path(__file__).with_name("demo.py"))]
BOTS = {
    "Python": (PYTHON, {}),
    "Python, keeping notifications": (PYTHON, {"KEEP_NOTIFICATIONS": "yes"}),
    "Rust": ([os.environ["DEMO"]], {}),
}
# How long it is waited for what may come, and for what should: as the library answers at once or never, it need not be long for a bot that has it.
QUIET, PATIENCE = 1.5, {"Python": 3, "Python, keeping notifications": 3, "Rust": 20}


def call(url, body=None, verb=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=verb)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


class World:
    """A sandbox with one bot."""

    def __init__(self, name):
        (self.command, self.more), self.patience = BOTS[name], PATIENCE[name]
        command = [os.environ["GREEN_API"], "--json", "sandbox", "--seed", "1", "--state", "authorized", "--no-rate-limits"]
        self.sandbox = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        started = json.loads(self.sandbox.stdout.readline())
        self.url, self.folder, self.bot = started["url"], tempfile.TemporaryDirectory(), None
        self.environment = {
            **os.environ,
            **self.more,
            "GREEN_API_URL": self.url,
            "GREEN_API_ID_INSTANCE": str(started["idInstance"]),
            "GREEN_API_TOKEN_INSTANCE": started["apiTokenInstance"],
        }
        self.shop = f"{self.control('state')['instances'][0]['phoneNumber']}@c.us"
        names = ["incoming", "outgoing", "outgoingAPIMessage", "pollMessage", "incomingCall", "state"]
        settings = {f"{name}Webhook": "yes" for name in names}
        self.api("setSettings", settings)
        # The instance is started again with them.
        while True:
            self.control("clock/advance", {"seconds": 300})
            if self.api("getStateInstance")["stateInstance"] == "authorized":
                break
        self.start()

    def api(self, method, body=None):
        instance, token = self.environment["GREEN_API_ID_INSTANCE"], self.environment["GREEN_API_TOKEN_INSTANCE"]
        return call(f"{self.url}/waInstance{instance}/{method}/{token}", body)

    def control(self, path, body=None, verb=None):
        return call(f"{self.url}/sandbox/{path}", body, verb)

    def log(self):
        return pathlib.Path(self.folder.name, "log")

    def start(self):
        log = self.log().open("a")
        starts = self.starts()
        self.bot = subprocess.Popen(self.command, env=self.environment, cwd=self.folder.name, stdout=log, stderr=log)
        # The library may delete what comes before.
        while self.command is PYTHON and self.starts() == starts:
            time.sleep(0.1)

    def starts(self):
        return self.log().read_text().count("Started receiving")

    def kill(self):
        self.bot.kill()
        self.bot.wait()

    def end(self):
        self.kill()
        self.sandbox.kill()
        self.sandbox.wait()
        self.folder.cleanup()


class Phone:
    def __init__(self, world, number):
        self.world, self.number, self.seen = world, number, 0

    def messages(self):
        messages = self.world.control(f"phones/{self.number}/chats/{self.world.shop}/messages")
        return [message for message in messages if not message["outgoing"]]

    def send(self, **message):
        self.world.control(f"phones/{self.number}/messages", {"chatId": self.world.shop, **message})

    def press(self, label):
        for message in reversed(self.messages()):
            for button in message["content"].get("buttons", []):
                if button["text"] == label:
                    return self.send(content={"kind": "buttonPress", "message": message["id"], "buttonId": button["id"]})
        raise AssertionError(f"nobody offers {label}")

    def vote(self, option):
        poll = next(message for message in reversed(self.messages()) if message["content"]["kind"] == "poll")
        self.send(content={"kind": "pollVote", "message": poll["id"], "options": [option]})

    def do(self, act):
        kind, value = act
        if kind == "say":
            self.send(text=value)
        elif kind == "press":
            self.press(value)
        elif kind == "vote":
            self.vote(value)
        else:
            self.send(file={"name": value, "base64": base64.b64encode(b"12345").decode()})

    def hear(self, *expected):
        """Returns what has come since the last time, as soon as it is this, or when nothing comes any more."""
        latest = time.monotonic()
        count = 0
        while True:
            heard = [text_of(message["content"]) for message in self.messages()[self.seen :]]
            if len(heard) != count:
                count, latest = len(heard), time.monotonic()
            now = time.monotonic()
            if (heard == list(expected) and expected) or now - latest > self.world.patience or (not expected and now - latest > QUIET):
                self.seen += len(heard)
                return heard
            self.world.control("clock/advance", {"seconds": 2})
            time.sleep(0.05)


def text_of(content):
    return content.get("text") or content.get("question") or content.get("name")


ORDER = [
    (("say", "/start"), ["Welcome to the café!"]),
    (("press", "Order"), ["What would you like?"]),
    (("press", "Coffee"), ["How large?"]),
    (("press", "Large"), ["What is your name?"]),
    (("say", "Alice"), ["Your receipt:", "receipt.txt"]),
]
EVERYTHING = [
    *ORDER[:2],
    (("say", "Beer"), ["What would you like?"]),
    *ORDER[2:],
    (("press", "Poll"), ["Which cake do we bake?"]),
    (("vote", "Carrot"), ["🍰 Carrot"]),
    (("file", "cat.png"), ["📎 5 bytes"]),
    (("say", "/help"), ["/start shows the menu."]),
    (("press", "Español"), ["¡Bienvenido al café!"]),
    (("press", "Pedir"), ["¿Qué te apetece?"]),
    (("press", "Café"), ["¿De qué tamaño?"]),
    (("press", "Pequeño"), ["¿Cómo te llamas?"]),
    (("say", "Alicia"), ["Tu recibo:", "receipt.txt"]),
    (("say", "Gracias"), ["¡Bienvenido al café!"]),
]


def go(phone, script):
    for act, answers in script:
        phone.do(act)
        heard = phone.hear(*answers)
        assert heard == answers, f"{act}: {heard} and not {answers}"


def judge(heard, expected):
    if heard == expected:
        return "as it should be"
    missing, more = Counter(expected) - Counter(heard), Counter(heard) - Counter(expected)
    twice, other = [text for text in more if text in expected], [text for text in more if text not in expected]
    found = [("missing", missing), ("twice", twice), ("instead" if missing else "besides", other)]
    return "; ".join(f"{word}: {', '.join(texts)}" for word, texts in found if texts) or f"in another order: {heard}"


def nothing_goes_wrong(world, phone):
    go(phone, EVERYTHING)
    return judge(phone.hear(), [])


def killed_between_two_steps(world, phone):
    """The customer answers the second question while the bot is down."""
    go(phone, ORDER[:3])
    world.kill()
    phone.press("Large")
    world.start()
    heard = phone.hear("What is your name?")
    phone.send(text="Alice")
    heard += phone.hear("Your receipt:", "receipt.txt") + phone.hear()
    return judge(heard, ["What is your name?", "Your receipt:", "receipt.txt"])


def killed_after_an_answer(world, phone):
    """The answer has been sent, and the notification is not deleted yet."""
    go(phone, ORDER[:2])
    world.control("faults", {"operation": "deleteNotification", "answer": {"kind": "noAnswer"}})
    phone.press("Coffee")
    heard = phone.hear("How large?")
    world.kill()
    world.control("faults", verb="DELETE")
    world.start()
    heard += phone.hear()
    phone.press("Large")
    return judge(heard + phone.hear("What is your name?"), ["How large?", "What is your name?"])


def the_reply_of_the_server_is_lost(world, phone):
    """The answer has been sent, and the connection ends before the server says so. Nothing is killed."""
    go(phone, ORDER[:2])
    lost = {"operation": "sendInteractiveButtonsReply", "times": 1, "carriedOut": True, "answer": {"kind": "dropConnection"}}
    world.control("faults", lost)
    phone.press("Coffee")
    return judge(phone.hear("How large?") + phone.hear(), ["How large?"])


SCENES = [
    nothing_goes_wrong,
    killed_between_two_steps,
    killed_after_an_answer,
    the_reply_of_the_server_is_lost,
]


def play(name):
    world = World(name)
    try:
        return [scene(world, Phone(world, f"44770090020{number}")) for number, scene in enumerate(SCENES)]
    except Exception:
        print(f"{name} logged:\n{world.log().read_text()[-2000:]}", file=sys.stderr)
        raise
    finally:
        world.end()


def main():
    # The library waits five seconds at each start for more to delete.
    names = [name for name in BOTS if name != "Python" or "--quick" not in sys.argv]
    with ThreadPoolExecutor() as pool:
        results = dict(zip(names, pool.map(play, names)))
    for number, scene in enumerate(SCENES):
        print(scene.__name__.replace("_", " "))
        for name, found in results.items():
            print(f"    {name}: {found[number]}")
    assert set(results["Rust"]) == {"as it should be"}, results["Rust"]


if __name__ == "__main__":
    main()
