// A bot and its test against the sandbox, with Node.js alone: GREEN_API=path/to/green-api node bot.mjs

import { deepStrictEqual as equal } from "node:assert";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const CUSTOMER = "447700900145";
const SHOP = "447700900123";

async function call(url, body, method = body ? "POST" : "GET") {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
    return text && JSON.parse(text);
}

/** The code under test. It knows three credentials, of the sandbox here and of GREEN-API elsewhere. */
class Bot {
    constructor(apiUrl, idInstance, token) {
        this.address = (method) => `${apiUrl}/waInstance${idInstance}/${method}/${token}`;
    }

    api(method, body) {
        return call(this.address(method), body);
    }

    /** Waits for a notification, answers it if it is a text, and deletes it. */
    async answerOne() {
        const received = await this.api("receiveNotification");
        if (!received) return;
        const { typeWebhook, senderData, messageData } = received.body;
        if (typeWebhook === "incomingMessageReceived" && messageData.typeMessage === "textMessage") {
            const message = `You said: ${messageData.textMessageData.textMessage}`;
            await this.api("sendMessage", { chatId: senderData.chatId, message });
        }
        await call(`${this.address("deleteNotification")}/${received.receiptId}`, undefined, "DELETE");
    }
}

const sandbox = spawn(process.env.GREEN_API, ["--json", "sandbox", "--seed", "1"], { stdio: ["ignore", "pipe", "ignore"] });
process.on("exit", () => sandbox.kill());
// The first line has the address and the credentials.
const { value } = await createInterface({ input: sandbox.stdout })[Symbol.asyncIterator]().next();
const { url, idInstance, apiTokenInstance } = JSON.parse(value);
const control = (path, body) => call(`${url}/sandbox/${path}`, body);
const bot = new Bot(url, idInstance, apiTokenInstance);

// The settings apply after minutes, by the sandbox's clock; then the code is typed on the shop's phone.
await bot.api("setSettings", { incomingWebhook: "yes" });
await control("clock/advance", { seconds: 300 });
const { code } = await bot.api("getAuthorizationCode", { phoneNumber: Number(SHOP) });
await control(`phones/${SHOP}/type-code`, { code });
await control("clock/advance", { seconds: 30 });
equal(await bot.api("getStateInstance"), { stateInstance: "authorized" });

// A customer writes, and the bot answers.
await control(`phones/${CUSTOMER}/messages`, { chatId: `${SHOP}@c.us`, text: "Where is my parcel?" });
await bot.answerOne();
await control("clock/advance", { seconds: 60 });
const chat = await control(`phones/${CUSTOMER}/chats/${SHOP}@c.us/messages`);
const texts = chat.map((message) => message.content.text);
equal(texts.sort(), ["Where is my parcel?", "You said: Where is my parcel?"]);

console.log("The bot in JavaScript answers.");
process.exit(0);
