// The official integration platform against the sandbox: its client sends, and its adapter carries a webhook to another platform.

import { deepStrictEqual as equal, ok } from "node:assert";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

// The platform logs every request.
const print = console.log;
for (const level of ["log", "info", "debug"]) console[level] = () => {};
const { BaseAdapter, GreenApiClient, MessageTransformer, StorageProvider } = (await import("@green-api/greenapi-integration")).default;

const CUSTOMER = "447700900145";

const options = ["--json", "sandbox", "--seed", "1", "--state", "authorized"];
const sandbox = spawn(process.env.GREEN_API, options, { stdio: ["ignore", "pipe", "ignore"] });
process.on("exit", () => sandbox.kill());
const { value } = await createInterface({ input: sandbox.stdout })[Symbol.asyncIterator]().next();
const { url, idInstance, apiTokenInstance } = JSON.parse(value);
const [{ phoneNumber: SHOP }] = (await (await fetch(`${url}/sandbox/state`)).json()).instances;

async function control(path, body) {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`${url}/sandbox/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    equal(answer.ok, true, `${path}: ${answer.status}`);
}

const instance = { idInstance, apiTokenInstance, settings: {} };

class Transformer extends MessageTransformer {
    toPlatformMessage(webhook) {
        return { from: webhook.senderData.sender, text: webhook.messageData.textMessageData.textMessage };
    }
}

class Storage extends StorageProvider {
    async getInstance() {
        return instance;
    }
}

const carried = [];

class Adapter extends BaseAdapter {
    async createPlatformClient() {}

    async sendToPlatform(message) {
        carried.push(message);
    }
}

const adapter = new Adapter(new Transformer(), new Storage());
let arrived;
const arrival = new Promise((resolve) => (arrived = resolve));
const endpoint = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const webhook = JSON.parse(Buffer.concat(chunks));
    await adapter.handleGreenApiWebhook(webhook, ["incomingMessageReceived"]);
    response.end();
    if (webhook.typeWebhook === "incomingMessageReceived") arrived();
});
await new Promise((resolve) => endpoint.listen(0, "127.0.0.1", resolve));

/** The platform knows one host only, so its HTTP client is told. */
const client = new GreenApiClient(instance);
client.client.defaults.baseURL = `${url}/waInstance${idInstance}`;
await client.setSettings({ incomingWebhook: "yes", webhookUrl: `http://127.0.0.1:${endpoint.address().port}/` });
await control("clock/advance", { seconds: 300 });
equal((await client.getStateInstance()).stateInstance, "authorized");

ok((await client.sendMessage({ chatId: `${CUSTOMER}@c.us`, message: "Hello" })).idMessage);
const data = new Blob([Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])]);
ok((await client.sendFileByUpload({ chatId: `${CUSTOMER}@c.us`, file: { data, fileName: "window.jpg" } })).idMessage);

await control(`phones/${CUSTOMER}/messages`, { chatId: `${SHOP}@c.us`, text: "Where is my parcel?" });
await control("clock/advance", { seconds: 60 });
await arrival;
equal(carried, [{ from: `${CUSTOMER}@c.us`, text: "Where is my parcel?" }]);

print("The official integration platform sends, and carries a webhook.");
process.exit(0);
