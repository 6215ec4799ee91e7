"""The client of openapi-python-client."""

import io

from green_api_for_whats_app_client import Client
from green_api_for_whats_app_client.api.account import get_state_instance
from green_api_for_whats_app_client.api.receiving import delete_notification, receive_notification
from green_api_for_whats_app_client.api.sending import send_message, upload_file
from green_api_for_whats_app_client.models import SendMessageRequest
from green_api_for_whats_app_client.types import File
from sandbox import CHAT, CREDENTIALS, JPEG, URL

client, media = Client(base_url=URL), Client(base_url=URL)
assert get_state_instance.sync(*CREDENTIALS, client=client).state_instance == "authorized"
assert send_message.sync(*CREDENTIALS, client=client, body=SendMessageRequest(chat_id=CHAT, message="Hello")).id_message
for kind in "StateInstanceChanged", "OtherNotification":
    received = receive_notification.sync(*CREDENTIALS, client=client)
    assert type(received.body).__name__ == kind, received
    assert delete_notification.sync(*CREDENTIALS, received.receipt_id, client=client).result
assert upload_file.sync(*CREDENTIALS, client=media, body=File(io.BytesIO(JPEG)), ga_filename="window.jpg").url_file
