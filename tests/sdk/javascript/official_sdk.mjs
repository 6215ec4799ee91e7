// The official JavaScript SDK against the sandbox: link, send, receive, delete, read journals, fetch files.

import { deepStrictEqual as equal } from "node:assert";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

// The SDK logs every request.
const print = console.log;
for (const level of ["log", "info", "debug"]) console[level] = () => {};
const { GreenApiClient, GreenApiPartnerClient } = (await import("@green-api/whatsapp-api-client-js-v2")).default;

const ALICE = 447700900123;
const BOB = 447700900124;
const JPEG = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, ...Array(256).keys()]);

const sandbox = spawn(process.env.GREEN_API, ["--json", "sandbox"], { stdio: ["ignore", "pipe", "ignore"] });
process.on("exit", () => sandbox.kill());
const lines = createInterface({ input: sandbox.stdout })[Symbol.asyncIterator]();
const { url, idInstance, apiTokenInstance, partnerToken } = JSON.parse((await lines.next()).value);

/** What a person would do by hand with the sandbox's phones and its clock. */
async function act(path, body) {
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}/sandbox/${path}`, options);
    equal(answer.ok, true, `${path}: ${answer.status}`);
}

const advance = (seconds) => act("clock/advance", { seconds });

/** The SDK knows one host only, so its HTTP client is told. */
function client(credentials) {
    const client = new GreenApiClient(credentials);
    client.client.defaults.baseURL = `${url}/waInstance${credentials.idInstance}`;
    return client;
}

async function link(client, phone) {
    const { status, code } = await client.getAuthorizationCode(phone);
    equal(status, true);
    await act(`phones/${phone}/type-code`, { code });
    await advance(30);
    equal(await client.getStateInstance(), { stateInstance: "authorized" });
}

/** Receives a notification and deletes it. */
async function receive(client) {
    const { receiptId, body } = await client.receiveNotification(5);
    equal(await client.deleteNotification(receiptId), { result: true, reason: "" });
    return body;
}

const download = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

const alice = client({ idInstance, apiTokenInstance });
const partner = new GreenApiPartnerClient({ partnerToken, partnerApiUrl: url });
const created = await partner.createInstance({ name: "Bob", incomingWebhook: "yes" });
const bob = client(created);
equal(await bob.getStateInstance(), null);
equal((await partner.getInstances()).map((instance) => instance.idInstance), [idInstance, created.idInstance]);

equal(await alice.setSettings({ outgoingWebhook: "yes", outgoingAPIMessageWebhook: "yes" }), { saveSettings: true });
await advance(300);
equal((await alice.getQR()).type, "qrCode");
await link(alice, ALICE);
await link(bob, BOB);

// A text, on both sides.
const sent = (await alice.sendMessage({ chatId: `${BOB}@c.us`, message: "Hello, Bob" })).idMessage;
await advance(60);
const incoming = await receive(bob);
equal(incoming.typeWebhook, "incomingMessageReceived");
equal(incoming.senderData.sender, `${ALICE}@c.us`);
equal(incoming.messageData.textMessageData.textMessage, "Hello, Bob");
equal((await receive(alice)).typeWebhook, "outgoingAPIMessageReceived");
equal([(await receive(alice)).status, (await receive(alice)).status], ["sent", "delivered"]);
equal(await bob.readChat({ chatId: `${ALICE}@c.us` }), { setRead: true });
await advance(60);
const read = await receive(alice);
equal([read.status, read.idMessage], ["read", sent]);

// The journals.
const outgoing = await alice.lastOutgoingMessages(60);
equal(outgoing.map((message) => [message.idMessage, message.statusMessage]), [[sent, "read"]]);
equal((await bob.lastIncomingMessages(60)).map((message) => message.textMessage), ["Hello, Bob"]);
equal((await bob.getChatHistory({ chatId: `${ALICE}@c.us`, count: 10 })).map((message) => message.type), ["incoming"]);

// A file.
const data = new File([JPEG], "window.jpg", { type: "image/jpeg" });
const file = await alice.sendFileByUpload({ chatId: `${BOB}@c.us`, file: { data, fileName: "window.jpg" }, caption: "The view" });
await advance(60);
const picture = await receive(bob);
equal(picture.messageData.typeMessage, "imageMessage");
const { downloadUrl } = await bob.downloadFile({ chatId: `${ALICE}@c.us`, idMessage: picture.idMessage });
equal(downloadUrl, file.urlFile);
equal(await download(downloadUrl), JPEG);

equal(await alice.logout(), { isLogout: true });
await advance(1);
equal(await alice.getStateInstance(), { stateInstance: "notAuthorized" });
equal(await partner.deleteInstanceAccount({ idInstance: created.idInstance }), { deleteInstanceAccount: true });

print("The official JavaScript SDK links, sends, receives, deletes, reads journals and fetches files.");
process.exit(0);
