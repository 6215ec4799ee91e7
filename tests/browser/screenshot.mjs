// Makes the picture of the documentation: node screenshot.mjs && pngquant --force --output ../../crates/green-api-sandbox/phone.png 64 phone.png

import { Sandbox, launch } from './sandbox.mjs';

const CAFE = '447700900123';
const ANN = '447700900145';

const sandbox = await Sandbox.start();
const browser = await launch();
try {
  const write = (from, to, message) => sandbox.control(`phones/${from}/messages`, { chatId: to, ...message });
  await sandbox.control('phones', { number: CAFE, name: 'Harbour Café' });
  await sandbox.control('phones', { number: ANN, name: 'Ann' });
  await sandbox.set({ incomingWebhook: 'yes', outgoingWebhook: 'yes' });
  const { code } = await sandbox.api('getAuthorizationCode', { phoneNumber: Number(CAFE) });
  await sandbox.control(`phones/${CAFE}/type-code`, { code });
  await sandbox.advance(5);
  await sandbox.api('getStateInstance');
  const { idMessage: booked } = await sandbox.api('sendMessage', { chatId: `${ANN}@c.us`, message: 'Your table for two is booked for 19:30.' });
  await sandbox.advance(100);
  await sandbox.control(`phones/${ANN}/chats/${CAFE}@c.us/read`, {});
  const { idMessage: wish } = await write(ANN, CAFE, { text: 'Lovely. Could we have the one at the window?', quotedMessageId: booked });
  await sandbox.advance(40);
  await sandbox.notification();
  await sandbox.api('sendPoll', { chatId: `${ANN}@c.us`, message: 'There are two:', options: [{ optionName: 'Harbour side' }, { optionName: 'Market side' }] });
  await write(CAFE, ANN, { content: { kind: 'reaction', message: wish, emoji: '👍' } });
  await sandbox.advance(70);
  await sandbox.control(`phones/${ANN}/chats/${CAFE}@c.us/read`, {});
  await write(ANN, CAFE, { text: 'Harbour side, please!' });
  await sandbox.control(`phones/${ANN}/online`, { online: false });
  await sandbox.advance(20);
  await write(CAFE, ANN, { text: 'It is yours. See you tonight.' });
  await sandbox.control('faults', { operation: 'sendMessage', times: 1, answer: { kind: 'html', status: 502 } });
  await sandbox.api('sendMessage', { chatId: `${ANN}@c.us`, message: 'Again' }).catch(() => {});
  await sandbox.api('receiveNotification');

  const page = await browser.newPage({ viewport: { width: 1240, height: 800 }, deviceScaleFactor: 1.5, locale: 'en-GB', colorScheme: 'light' });
  await page.goto(`${sandbox.url}/#${CAFE}`);
  await page.getByRole('button', { name: /Ann/ }).click();
  await page.locator('.bubble', { hasText: 'It is yours' }).waitFor();
  await page.locator('.calls summary').first().click();
  await page.locator('.calls pre').first().waitFor();
  await page.evaluate(() => document.activeElement.blur());
  await page.mouse.move(0, 0);
  await page.screenshot({ path: 'phone.png', animations: 'disabled' });
} finally {
  await browser.close();
  sandbox.stop();
}
