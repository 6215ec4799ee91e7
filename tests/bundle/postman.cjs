// newman runs every request of the Postman collection against the sandbox. Usage: postman.cjs COLLECTION, in a folder with newman and
// window.jpg.

const { spawn } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { createInterface } = require("node:readline");
const { createRequire } = require("node:module");
const newman = createRequire(`${process.cwd()}/`)("newman");

const collection = JSON.parse(readFileSync(process.argv[2], "utf8"));
// What ends the state that the others need; each of these has a sandbox of its own.
const ENDINGS = ["setSettings", "reboot", "logout", "updateApiToken"];

const only = (wanted) => ({
    ...collection,
    item: collection.item.map((folder) => ({ ...folder, item: folder.item.filter(({ name }) => wanted(name)) })),
});

/** Runs a part of the collection, and returns how many answers were good and what was wrong with the others. */
async function run(part) {
    const options = ["--json", "sandbox", "--seed", "0", "--state", "authorized", "--no-rate-limits"];
    const sandbox = spawn(process.env.GREEN_API, options, { stdio: ["ignore", "pipe", "ignore"] });
    try {
        const first = await createInterface({ input: sandbox.stdout })[Symbol.asyncIterator]().next();
        const { url, idInstance, apiTokenInstance, partnerToken } = JSON.parse(first.value);
        const variables = { apiUrl: url, mediaUrl: url, idInstance, apiTokenInstance, partnerToken };
        const envVar = Object.entries(variables).map(([key, value]) => ({ key, value: String(value) }));
        const summary = await new Promise((resolve, reject) => {
            const done = (error, summary) => (error ? reject(error) : resolve(summary));
            newman.run({ collection: part, envVar, workingDir: process.cwd(), reporters: [] }, done);
        });
        return summary.run.executions.map(({ item, response, requestError }) => {
            if (response?.code === 200) return null;
            const body = response?.stream.toString();
            // The examples name messages that nobody has sent.
            const absent = response?.code === 400 && !body.includes("Validation failed");
            return { absent, text: `${item.name}: ${response?.code} ${requestError?.message ?? body}` };
        });
    } finally {
        sandbox.kill();
    }
}

async function main() {
    const parts = [only((name) => !ENDINGS.includes(name)), ...ENDINGS.map((ending) => only((name) => name === ending))];
    const results = (await Promise.all(parts.map(run))).flat();
    const good = results.filter((result) => !result).length;
    const wrong = results.filter((result) => result && !result.absent);
    wrong.forEach(({ text }) => console.error(text));
    const requests = collection.item.flatMap(({ item }) => item).length;
    console.log(`newman: ${results.length} requests of ${requests}, ${good} answered with 200`);
    process.exitCode = wrong.length || results.length !== requests || good < requests / 2 ? 1 : 0;
}

main();
