// The types of openapi-typescript, with its client openapi-fetch.
import { deepStrictEqual as equal, ok } from "node:assert";
import createClient from "openapi-fetch";
import type { paths } from "./openapi-typescript";
import { CHAT, JPEG, credentials, url } from "./sandbox";

async function main() {
    const params = { path: credentials };
    const api = createClient<paths>({ baseUrl: url });
    const media = createClient<paths>({ baseUrl: url });
    const state = await api.GET("/waInstance{idInstance}/getStateInstance/{apiTokenInstance}", { params });
    equal(state.data?.stateInstance, "authorized");
    const sent = await api.POST("/waInstance{idInstance}/sendMessage/{apiTokenInstance}", { params, body: { chatId: CHAT, message: "Hello" } });
    ok(sent.data?.idMessage);
    const received = await api.GET("/waInstance{idInstance}/receiveNotification/{apiTokenInstance}", { params });
    const body = received.data?.body;
    equal(body && "stateInstance" in body && body.stateInstance, "authorized");
    const uploaded = await media.POST("/waInstance{idInstance}/uploadFile/{apiTokenInstance}", {
        params: { path: credentials, header: { "GA-Filename": "window.jpg" } },
        headers: { "Content-Type": "image/jpeg" },
        // Binary is `string` in the types.
        body: JPEG as unknown as string,
        bodySerializer: (body: unknown) => body as Uint8Array<ArrayBuffer>,
    });
    ok(uploaded.data?.urlFile);
}

main();
