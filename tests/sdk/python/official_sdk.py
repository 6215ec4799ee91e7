"""The official Python SDK against the sandbox: link, send, receive, delete, read journals, fetch files."""

import json
import os
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from whatsapp_api_client_python.API import GreenApi, GreenApiPartner

ALICE, BOB = 447700900123, 447700900124
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))


class Sandbox:
    """`green-api sandbox`, and what a person would do by hand with its phones and its clock."""

    def __enter__(self):
        command = [os.environ["GREEN_API"], "--json", "sandbox"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        credentials = json.loads(self.process.stdout.readline())
        self.url, self.partner_token = credentials["url"], credentials["partnerToken"]
        self.credentials = str(credentials["idInstance"]), credentials["apiTokenInstance"]
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def client(self, id_instance, token):
        return GreenApi(id_instance, token, raise_errors=True, host=self.url, media=self.url)

    def act(self, path, body):
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/sandbox/{path}", json.dumps(body).encode(), headers)).read()

    def advance(self, seconds):
        self.act("clock/advance", {"seconds": seconds})

    def link(self, client, number):
        answer = client.account.getAuthorizationCode(number).data
        assert answer["status"] is True, answer
        self.act(f"phones/{number}/type-code", {"code": answer["code"]})
        self.advance(30)
        assert client.account.getStateInstance().data == {"stateInstance": "authorized"}


def equal(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def receive(client):
    """Receives a notification and deletes it."""
    notification = client.receiving.receiveNotification(receiveTimeout=5).data
    equal(client.receiving.deleteNotification(notification["receiptId"]).data, {"result": True, "reason": ""})
    return notification["body"]


def receive_all(client):
    return [receive(client) for _ in range(client.queues.getWebhooksCount().data["count"])]


def fetch(url):
    with urllib.request.urlopen(url) as answer:
        return answer.headers["Content-Type"], answer.read()


def main(sandbox):
    alice = sandbox.client(*sandbox.credentials)
    partner = GreenApiPartner(sandbox.partner_token, host=sandbox.url)
    created = partner.partner.createInstance({"name": "Bob", "incomingWebhook": "yes"}).data
    bob = sandbox.client(str(created["idInstance"]), created["apiTokenInstance"])
    equal(bob.account.getStateInstance().data, None)
    equal([instance["name"] for instance in partner.partner.getInstances().data][1:], ["Bob"])

    equal(alice.account.setSettings({"outgoingWebhook": "yes", "outgoingAPIMessageWebhook": "yes"}).data, {"saveSettings": True})
    sandbox.advance(300)
    equal(alice.account.qr().data["type"], "qrCode")
    sandbox.link(alice, ALICE)
    sandbox.link(bob, BOB)
    equal(alice.account.getSettings().data["wid"], f"{ALICE}@c.us")

    # A text, on both sides.
    sent = alice.sending.sendMessage(f"{BOB}@c.us", "Hello, Bob").data["idMessage"]
    sandbox.advance(60)
    incoming = receive(bob)
    equal(incoming["typeWebhook"], "incomingMessageReceived")
    equal(incoming["senderData"]["sender"], f"{ALICE}@c.us")
    equal(incoming["messageData"]["textMessageData"]["textMessage"], "Hello, Bob")
    outgoing = receive_all(alice)
    equal([body["typeWebhook"] for body in outgoing], ["outgoingAPIMessageReceived"] + ["outgoingMessageStatus"] * 2)
    equal([body.get("status") for body in outgoing[1:]], ["sent", "delivered"])
    equal({body["idMessage"] for body in outgoing}, {sent})

    equal(bob.marking.readChat(f"{ALICE}@c.us").data, {"setRead": True})
    sandbox.advance(60)
    equal([body["status"] for body in receive_all(alice)], ["read"])

    # The journals.
    last = alice.journals.lastOutgoingMessages(minutes=60).data
    equal([(message["idMessage"], message["statusMessage"]) for message in last], [(sent, "read")])
    equal([message["textMessage"] for message in bob.journals.lastIncomingMessages(minutes=60).data], ["Hello, Bob"])
    equal([message["type"] for message in bob.journals.getChatHistory(f"{ALICE}@c.us").data], ["incoming"])
    equal(alice.journals.getMessage(f"{BOB}@c.us", sent).data["textMessage"], "Hello, Bob")

    # A file, sent with its message and uploaded before.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "window.jpg")
        path.write_bytes(JPEG)
        file = alice.sending.sendFileByUpload(f"{BOB}@c.us", str(path), "window.jpg", "The view").data
        uploaded = alice.sending.uploadFile(str(path)).data["urlFile"]
    sandbox.advance(60)
    equal(fetch(uploaded), ("image/jpeg", JPEG))
    picture = receive(bob)
    equal(picture["messageData"]["typeMessage"], "imageMessage")
    equal(picture["messageData"]["fileMessageData"]["caption"], "The view")
    download = bob.receiving.downloadFile(f"{ALICE}@c.us", picture["idMessage"]).data["downloadUrl"]
    equal(download, file["urlFile"])
    equal(fetch(download), ("image/jpeg", JPEG))

    equal(alice.account.logout().data, {"isLogout": True})
    sandbox.advance(1)
    equal(alice.account.getStateInstance().data, {"stateInstance": "notAuthorized"})
    equal(partner.partner.deleteInstanceAccount(created["idInstance"]).data, {"deleteInstanceAccount": True})


if __name__ == "__main__":
    with Sandbox() as running:
        main(running)
    print("The official Python SDK links, sends, receives, deletes, reads journals and fetches files.")
