"""What the calls of every client need."""

import os

URL = os.environ["API_URL"]
ID_INSTANCE = int(os.environ["ID_INSTANCE"])
TOKEN = os.environ["API_TOKEN_INSTANCE"]
CREDENTIALS = ID_INSTANCE, TOKEN
CHAT = "447700900124@c.us"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))
