// The client of hey-api.
import { deepStrictEqual as equal, ok } from "node:assert";
import { getStateInstance, receiveNotification, sendMessage, uploadFile } from "./hey-api/sdk.gen";
import { createClient } from "./hey-api/client";
import { CHAT, JPEG, credentials, url } from "./sandbox";

async function main() {
    const path = credentials;
    const client = createClient({ baseUrl: url });
    const media = createClient({ baseUrl: url });
    equal((await getStateInstance({ client, path })).data?.stateInstance, "authorized");
    ok((await sendMessage({ client, path, body: { chatId: CHAT, message: "Hello" } })).data?.idMessage);
    const body = (await receiveNotification({ client, path })).data?.body;
    equal(body && "stateInstance" in body && body.stateInstance, "authorized");
    const headers = { "GA-Filename": "window.jpg", "Content-Type": "image/jpeg" };
    ok((await uploadFile({ client: media, path, headers, body: new Blob([JPEG]) })).data?.urlFile);
}

main();
