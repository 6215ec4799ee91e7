"""The models of datamodel-code-generator, with an HTTP client of one's own."""

import httpx
from models import ReceivedNotification, SendMessageRequest, SentMessage, StateInstanceResponse, UploadedFile
from sandbox import CHAT, ID_INSTANCE, JPEG, TOKEN, URL


def call(method, **request):
    verb = "POST" if "content" in request else "GET"
    return httpx.request(verb, f"{URL}/waInstance{ID_INSTANCE}/{method}/{TOKEN}", **request).raise_for_status().content


assert StateInstanceResponse.model_validate_json(call("getStateInstance")).stateInstance.value == "authorized"
message = SendMessageRequest(chatId=CHAT, message="Hello").model_dump_json(exclude_none=True)
assert SentMessage.model_validate_json(call("sendMessage", content=message, headers={"Content-Type": "application/json"})).idMessage
received = ReceivedNotification.model_validate_json(call("receiveNotification"))
assert "StateInstanceChanged" in repr(received.body), received
uploaded = call("uploadFile", content=JPEG, headers={"Content-Type": "image/jpeg", "GA-Filename": "window.jpg"})
assert UploadedFile.model_validate_json(uploaded).urlFile
