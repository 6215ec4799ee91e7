// The older official JavaScript SDK against the sandbox: state, settings, a text on both sides, a file, a journal.

import { deepStrictEqual as equal, ok } from "node:assert";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import whatsApp from "@green-api/whatsapp-api-client";

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

const api = whatsApp.restAPI({ idInstance: String(idInstance), apiTokenInstance, host: url, media: url });
await api.settings.setSettings({ incomingWebhook: "yes", outgoingAPIMessageWebhook: "yes" });
await control("clock/advance", { seconds: 300 });
equal((await api.instance.getStateInstance()).stateInstance, "authorized");

await control(`phones/${CUSTOMER}/messages`, { chatId: `${SHOP}@c.us`, text: "Hello" });
const { receiptId, body } = await api.webhookService.receiveNotification();
equal(body.messageData.textMessageData.textMessage, "Hello");
equal((await api.webhookService.deleteNotification(receiptId)).result, true);
const { idMessage } = await api.message.sendMessage(`${CUSTOMER}@c.us`, null, "How can I help?");
await control("clock/advance", { seconds: 300 });
equal((await api.message.getMessage(`${CUSTOMER}@c.us`, idMessage)).textMessage, "How can I help?");

const folder = mkdtempSync(join(tmpdir(), "green-api-"));
writeFileSync(join(folder, "window.jpg"), Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]));
const { urlFile } = await api.file.uploadFile(join(folder, "window.jpg"));
rmSync(folder, { recursive: true });
ok(urlFile);
ok((await api.file.sendFileByUrl(`${CUSTOMER}@c.us`, null, urlFile, "window.jpg", "The view")).idMessage);

console.log("The older official JavaScript SDK sends, receives, deletes, reads a journal and uploads.");
process.exit(0);
