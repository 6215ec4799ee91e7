// The client of openapi-generator's typescript-fetch. Uploads go to the media host, so they have a configuration of their own.
import { deepStrictEqual as equal, ok } from "node:assert";
import { AccountApi, Configuration, ReceivingApi, SendingApi } from "./typescript-fetch";
import { CHAT, JPEG, credentials, url } from "./sandbox";

async function main() {
    const api = new Configuration({ basePath: url });
    const media = new Configuration({ basePath: url });
    equal((await new AccountApi(api).getStateInstance(credentials))?.stateInstance, "authorized");
    const sent = await new SendingApi(api).sendMessage({ ...credentials, sendMessageRequest: { chatId: CHAT, message: "Hello" } });
    ok(sent.idMessage);
    const received = await new ReceivingApi(api).receiveNotification(credentials);
    equal([received?.body.typeWebhook, received?.body.stateInstance], ["stateInstanceChanged", "authorized"]);
    const uploaded = await new SendingApi(media).uploadFile({ ...credentials, body: new Blob([JPEG]), gAFilename: "window.jpg" });
    ok(uploaded.urlFile);
}

main();
