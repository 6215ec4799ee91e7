"""The client of openapi-generator's python. An instance's own media host takes the place of the one in the description."""

from openapi_client import AccountApi, ApiClient, Configuration, ReceivingApi, SendingApi, SendMessageRequest
from sandbox import CHAT, CREDENTIALS, JPEG, URL

api = ApiClient(Configuration(host=URL))
media = ApiClient(Configuration(host=URL, ignore_operation_servers=True))
assert AccountApi(api).get_state_instance(*CREDENTIALS).state_instance == "authorized"
assert SendingApi(api).send_message(*CREDENTIALS, SendMessageRequest(chat_id=CHAT, message="Hello")).id_message

# A union finds the variant of a tag, also of one that it does not know.
for kind in "StateInstanceChanged", "OtherNotification":
    received = ReceivingApi(api).receive_notification(*CREDENTIALS)
    assert type(received.body.actual_instance).__name__ == kind, received
    assert ReceivingApi(api).delete_notification(*CREDENTIALS, received.receipt_id).result

assert SendingApi(media).upload_file(*CREDENTIALS, JPEG, ga_filename="window.jpg").url_file
assert SendingApi(media).send_file_by_upload(*CREDENTIALS, CHAT, ("window.jpg", JPEG), "window.jpg").url_file
