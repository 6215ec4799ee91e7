// The client of openapi-generator's typescript-axios. An instance's own media host takes the place of the one in the description.
import { deepStrictEqual as equal, ok } from "node:assert";
import { AccountApi, Configuration, ReceivingApi, SendingApi } from "./typescript-axios";
import { operationServerMap } from "./typescript-axios/base";
import { CHAT, JPEG, credentials, url } from "./sandbox";

async function main() {
    const { idInstance, apiTokenInstance } = credentials;
    const api = new Configuration({ basePath: url });
    operationServerMap["SendingApi.uploadFile"] = [{ url, description: "The media host" }];
    equal((await new AccountApi(api).getStateInstance(idInstance, apiTokenInstance)).data?.stateInstance, "authorized");
    const sent = await new SendingApi(api).sendMessage(idInstance, apiTokenInstance, { chatId: CHAT, message: "Hello" });
    ok(sent.data.idMessage);
    const body = (await new ReceivingApi(api).receiveNotification(idInstance, apiTokenInstance)).data?.body;
    equal(body?.typeWebhook, "stateInstanceChanged");
    const file = new File([JPEG], "window.jpg");
    const uploaded = await new SendingApi(api).uploadFile(idInstance, apiTokenInstance, file, "window.jpg");
    ok(uploaded.data.urlFile);
}

main();
