// A sandbox, a browser, and what a program of any language does with the API.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = `${process.env.CARGO_TARGET_DIR ?? `${root}target`}/debug/green-api`;

/** Chromium, wherever it is; `undefined` where it is not. */
export const browserPath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .find(path => path && existsSync(path));

/** Why nothing can be tested here; `false` when it can. */
export const skip = !browserPath ? 'Chromium is not here; CHROMIUM=/path/to/it says where it is'
  : !existsSync(binary) ? 'green-api is not built; run `cargo build -p green-api-cli`' : false;

export function launch() {
  const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  // A browser cannot make its own cage as root, and the only page that it sees is ours.
  return chromium.launch({ executablePath: browserPath, args: process.getuid?.() === 0 ? ['--no-sandbox', ...quiet] : quiet });
}

/** A sandbox of its own for each test. */
export class Sandbox {
  static async start() {
    const child = spawn(binary, ['sandbox', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise((resolve, reject) => {
      child.stdout.once('data', data => resolve(data.toString()));
      child.once('exit', code => reject(new Error(`green-api sandbox ended with ${code}`)));
    });
    // Whatever becomes of the test.
    process.once('exit', () => child.kill());
    return Object.assign(new Sandbox(), { child, ...JSON.parse(line.split('\n')[0]) });
  }

  stop() {
    this.child.removeAllListeners('exit');
    this.child.kill();
  }

  /** Calls an operation of GREEN-API. */
  async api(operation, body, { method = body === undefined ? 'GET' : 'POST', rest = '' } = {}) {
    const address = `${this.url}/waInstance${this.idInstance}/${operation}/${this.apiTokenInstance}${rest}`;
    return exchange(address, method, body);
  }

  /** Does something with the sandbox itself. */
  control(path, body) {
    return exchange(`${this.url}/sandbox/${path}`, body === undefined ? 'GET' : 'POST', body);
  }

  advance(seconds) {
    return this.control('clock/advance', { seconds });
  }

  /** Switches settings on and lets the instance restart. */
  async set(settings) {
    await this.api('setSettings', settings);
    await this.advance(10);
  }

  /** The oldest notification, which is then deleted. */
  async notification() {
    const { receiptId, body } = await this.api('receiveNotification');
    await this.api('deleteNotification', undefined, { method: 'DELETE', rest: `/${receiptId}` });
    return body;
  }
}

async function exchange(address, method, body) {
  const request = body === undefined ? { method } : { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(address, request);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(address).pathname.split('/').slice(0, 3).join('/')}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}
