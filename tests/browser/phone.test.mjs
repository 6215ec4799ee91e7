// The sandbox's phone, used as a person would.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Sandbox, launch, skip } from './sandbox.mjs';

const SHOP = '447700900123';
const CUSTOMER = '447700900145';

describe('the phone in the browser', { skip, timeout: 300_000 }, () => {
  let browser, sandbox, page, complaints;

  before(async () => { browser = await launch(); });
  after(() => browser.close());

  beforeEach(async () => {
    sandbox = await Sandbox.start();
    page = await open();
  });
  afterEach(async () => {
    await page.context().close();
    sandbox.stop();
    assert.deepEqual(complaints, []);
  });

  /** The page, which must neither complain nor ask anybody else for anything. */
  async function open(options = {}) {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    complaints = [];
    page.on('pageerror', error => complaints.push(`${error}`));
    page.on('console', message => {
      // Chromium reports every answer from 400 on; the page shows those in words.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
    });
    page.on('request', request => {
      if (!request.url().startsWith(`${sandbox.url}/`) && !request.url().startsWith('data:')) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(`${sandbox.url}/#${SHOP}`);
    await page.locator('#instances li').waitFor();
    return page;
  }

  const screen = name => page.getByRole('navigation').getByRole('button', { name }).click();

  async function pickUp(number) {
    await page.getByLabel('Phone', { exact: true }).fill(number);
    await page.getByRole('button', { name: 'Pick up' }).click();
  }

  async function typeCode(code) {
    await screen('Linked devices');
    await page.getByRole('textbox', { name: /^Code/ }).fill(code);
    await page.getByRole('button', { name: 'Link', exact: true }).click();
  }

  async function link() {
    const { code } = await sandbox.api('getAuthorizationCode', { phoneNumber: Number(SHOP) });
    await typeCode(code);
    await page.getByText('Linked through GREEN-API').waitFor();
  }

  async function write(text) {
    await page.getByRole('textbox', { name: 'Message' }).fill(text);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  }

  test('a code is typed and the phone linked; a message from it is a notification', async () => {
    await sandbox.set({ outgoingMessageWebhook: 'yes' });
    await sandbox.api('getAuthorizationCode', { phoneNumber: Number(SHOP) });
    await typeCode('AAAA-AAAA');
    await page.getByRole('alert').getByText('The code is wrong.').waitFor();
    await sandbox.advance(150);
    await page.getByText('The code has expired').waitFor();
    await link();
    await sandbox.advance(1);
    assert.deepEqual(await sandbox.api('getStateInstance'), { stateInstance: 'authorized' });

    await screen('Chats');
    await page.getByLabel('Number to write to').fill('+44 7700 900145');
    await page.getByRole('button', { name: 'Open the chat' }).click();
    await write('Your order is ready. <b>Really</b>');
    await page.getByRole('listitem').getByText('Your order is ready. <b>Really</b>').waitFor();
    assert.equal(await page.locator('#messages b').count(), 0);

    const sent = await sandbox.notification();
    assert.equal(sent.typeWebhook, 'outgoingMessageReceived');
    assert.equal(sent.senderData.chatId, `${CUSTOMER}@c.us`);
    assert.equal(sent.messageData.textMessageData.textMessage, 'Your order is ready. <b>Really</b>');
    await page.getByRole('img', { name: 'Delivered' }).waitFor();
  });

  test('a customer writes, is answered through the API, and reads the answer', async () => {
    await sandbox.set({ incomingWebhook: 'yes' });
    await link();
    await pickUp('+44 7700 900145');
    await screen('Chats');
    await page.getByLabel('Number to write to').fill(SHOP);
    await page.getByRole('button', { name: 'Open the chat' }).click();
    await write('Are you open?');
    await page.getByRole('listitem').getByText('Are you open?').waitFor();
    await sandbox.advance(1);
    const received = await sandbox.notification();
    assert.equal(received.typeWebhook, 'incomingMessageReceived');
    assert.equal(received.messageData.textMessageData.textMessage, 'Are you open?');

    await page.getByRole('button', { name: 'Back to the chats' }).click();
    await sandbox.api('sendMessage', { chatId: `${CUSTOMER}@c.us`, message: 'Until six.', quotedMessageId: received.idMessage });
    await sandbox.advance(1);
    await page.getByRole('status').getByText('Until six.').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: /Until six.*1 unread/ }).click();
    await page.locator('.bubble', { hasText: 'Until six.' }).locator('.quote', { hasText: 'Are you open?' }).waitFor();

    await page.getByLabel('File to send').setInputFiles({ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('Bread') });
    await page.getByRole('link', { name: 'list.txt' }).waitFor();
    await sandbox.advance(1);
    const { downloadUrl, mimeType } = (await sandbox.notification()).messageData.fileMessageData;
    assert.deepEqual([mimeType, await (await fetch(downloadUrl)).text()], ['text/plain', 'Bread']);

    await pickUp(SHOP);
    await page.getByRole('button', { name: /list.txt/ }).click();
    await page.getByRole('img', { name: 'Read', exact: true }).waitFor();
  });

  test('a QR code is scanned, the phone logs its devices out and goes offline', async () => {
    await screen('Linked devices');
    await page.getByRole('img', { name: /The QR code/ }).waitFor();
    await page.getByRole('button', { name: 'Scan' }).click();
    await page.getByText('No instance shows a QR code now').waitFor();

    await screen('Phone');
    await page.getByRole('button', { name: 'Yellow card' }).click();
    await page.getByRole('listitem').getByText('yellowCard', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Log out all devices' }).click();
    await page.getByRole('listitem').getByText('notAuthorized', { exact: true }).waitFor();
    await page.getByRole('switch', { name: 'Online' }).click();
    await page.getByText('they are sent, but not delivered').waitFor();
    assert.equal((await sandbox.control('state')).phones.find(({ number }) => number === SHOP).online, false);
  });

  test('calls are listed with their answers and without the token; faults strike them', async () => {
    await page.getByLabel('Operation, or type of notifications').fill('getSettings');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText('getSettings: the next one').waitFor();
    await assert.rejects(sandbox.api('getSettings'), /502/);
    await sandbox.api('getStateInstance');
    await page.getByText('getStateInstance', { exact: true }).click();
    await page.getByText('"stateInstance": "notAuthorized"').waitFor();
    await page.locator('.calls').getByText('502', { exact: true }).waitFor();
    assert.ok(!(await page.content()).includes(sandbox.apiTokenInstance));
  });

  test('a call can be done and its answer lost, at one instance', async () => {
    await page.getByLabel('Operation, or type of notifications').fill('reboot');
    await page.getByLabel('Answer', { exact: true }).selectOption('done, answer lost');
    await page.getByLabel('Instance', { exact: true }).selectOption(`${sandbox.idInstance}`);
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByText(`reboot at ${sandbox.idInstance}: the next one – done, but connection closed`).waitFor();
    await assert.rejects(sandbox.api('reboot'));
    assert.deepEqual(await sandbox.api('getStateInstance'), { stateInstance: 'starting' });
  });

  test('everything can be done with the keyboard alone', async () => {
    const { code } = await sandbox.api('getAuthorizationCode', { phoneNumber: Number(SHOP) });
    await page.getByRole('navigation').getByRole('button', { name: 'Linked devices' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type(code.toLowerCase());
    await page.keyboard.press('Enter');
    await page.getByText('Linked through GREEN-API').waitFor();
  });

  for (const [name, options] of Object.entries({
    'wide and light': { viewport: { width: 1280, height: 820 }, colorScheme: 'light' },
    'wide and dark': { viewport: { width: 1280, height: 820 }, colorScheme: 'dark' },
    narrow: { viewport: { width: 320, height: 640 }, colorScheme: 'light' },
  })) {
    test(`everybody can use it: ${name}`, async () => {
      await page.context().close();
      page = await open(options);
      await page.evaluate(await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8'));
      const check = async where => {
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        assert.deepEqual(violations.map(({ id, nodes }) => `${where}: ${id} at ${nodes.map(node => node.target).join(', ')}`), []);
        const wide = await page.evaluate(() => [...document.querySelectorAll('body *')]
          .filter(element => !element.closest('.talk, pre') && element.getBoundingClientRect().right > innerWidth + 1).map(element => element.id || element.tagName));
        assert.deepEqual(wide, [], `${where}: wider than the window`);
      };
      await check('no chats');
      await typeCode('AAAA-AAAA');
      await page.getByRole('alert').waitFor();
      await check('a wrong code');
      await link();
      await screen('Phone');
      await check('the states');
      await screen('Chats');
      await sandbox.control(`phones/${CUSTOMER}/messages`, { chatId: SHOP, text: 'Are you open?' });
      await sandbox.advance(1);
      await page.getByRole('button', { name: /Are you open/ }).waitFor();
      await check('chats');
      await page.getByRole('button', { name: /Are you open/ }).click();
      await write('Until six.');
      await page.getByRole('listitem').getByText('Until six.').waitFor();
      await page.locator('.calls summary').first().click();
      await check('a chat');
    });
  }
});
