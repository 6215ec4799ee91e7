
/** The phone on the left: which one it is, what is open on it, and what the sandbox last said about it. */
const phone = { number: null, screen: 'chats', chat: null, view: null, chats: [], unread: null };

const path = rest => `phones/${phone.number}/${rest}`;

function pickUp(number) {
  const digits = number.replace(/\D/g, '');
  if (!digits || digits === phone.number) return;
  Object.assign(phone, { number: digits, chat: null, chats: [], view: null, unread: null });
  el('number').value = pretty(digits);
  location.hash = digits;
  document.title = `${pretty(digits)} – GREEN-API sandbox`;
  if (['chat', 'shop'].includes(phone.screen)) open('chats');
  el('code').value = '';
  cells();
  for (const id of ['code-trouble', 'qr-trouble', 'send-trouble']) el(id).hidden = true;
}

/** Opens a screen. Whoever asked for it by hand has the focus taken there. */
function open(screen, byHand = false) {
  phone.screen = screen;
  for (const section of document.querySelectorAll('.screen')) section.hidden = section.id !== `screen-${screen}`;
  for (const button of document.querySelectorAll('nav button')) {
    const here = button.dataset.screen === screen || (button.dataset.screen === 'chats' && ['chat', 'shop'].includes(screen));
    here ? button.setAttribute('aria-current', 'page') : button.removeAttribute('aria-current');
  }
  if (byHand) el(`${screen}-title`).focus();
}

const chatId = text => text.includes('@') ? text.trim() : `${text.replace(/\D/g, '')}@c.us`;
/** A name, or a number as people write it. */
const readable = name => /^\+\d+$/.test(name) ? pretty(name.slice(1)) : name;
const nameOf = id => readable(phone.chats.find(chat => chat.id === id)?.name || (id.endsWith('@c.us') ? `+${id.split('@')[0]}` : id));
const initials = name => /^\+/.test(name) ? name.slice(-2) : [...name].slice(0, 2).join('').toUpperCase();

const TICKS = {
  pending: ['pending', 'Waiting for a connection'], sent: ['sent', 'Sent'], delivered: ['delivered', 'Delivered'],
  read: ['delivered', 'Read'], failed: ['failed', 'Not sent'], noAccount: ['failed', 'No WhatsApp account'],
  notInGroup: ['failed', 'Not in the group'], yellowCard: ['failed', 'Restricted by WhatsApp'],
};

/** What became of a message of this phone. */
function ticks(message) {
  if (!message.outgoing || !TICKS[message.status]) return null;
  const [name, label] = TICKS[message.status];
  return icon(name, label, message.status === 'read' ? 'read' : name);
}

/** A message in one line. */
function brief({ content, deleted }) {
  if (deleted) return 'This message was deleted';
  switch (content.kind) {
    case 'text': return content.text;
    case 'file': return content.caption || content.name;
    case 'location': return `Location: ${content.name || `${content.latitude}, ${content.longitude}`}`;
    case 'contact': return `Contact: ${content.name}`;
    case 'contacts': return `Contacts: ${content.contacts.map(contact => contact.name).join(', ')}`;
    case 'poll': return `Poll: ${content.question}`;
    case 'pollVote': return `Voted: ${content.options.join(', ') || 'nothing'}`;
    case 'reaction': return content.emoji ? `Reacted ${content.emoji}` : 'Took a reaction back';
    case 'buttons': return [content.title, content.text].filter(Boolean).join(': ');
    case 'buttonPress': return `Pressed: ${content.buttonId}`;
    case 'edit': return `Edited: ${content.text}`;
    case 'delete': return 'Deleted a message';
    case 'product': return `Product: ${content.name}, ${money(content.price, content.currency)}`;
    case 'order': return `Order: ${content.items.map(({ product, quantity }) => `${quantity} × ${product.name}`).join(', ')} – ${money(content.total, content.currency)}`;
    default: return content.typeMessage ?? content.kind;
  }
}

function showChats() {
  el('no-chats').hidden = phone.chats.length > 0;
  fill(el('chats'), phone.chats, chats => chats.map(({ id, unread, latest: last }) => {
    const title = nameOf(id);
    return h('li', {}, h('button', { type: 'button', 'data-key': id, onclick: () => openChat(id) },
      h('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(title)),
      h('span', { class: 'who' }, title),
      h('span', { class: 'when' }, last ? hours(Date.parse(last.at)) : ''),
      h('span', { class: 'last' }, last && ticks(last), h('span', {}, last ? brief(last) : '')),
      unread ? h('span', { class: 'badge' }, `${unread}`, h('span', { class: 'hidden' }, ' unread')) : h('span')));
  }));
  const unread = phone.chats.reduce((sum, chat) => sum + chat.unread, 0);
  el('unread').hidden = unread === 0;
  el('unread').textContent = unread;
  if (phone.unread !== null && unread > phone.unread) {
    const from = phone.chats.find(chat => chat.unread);
    say(`Message from ${nameOf(from.id)}: ${brief(from.latest)}`);
  }
  phone.unread = unread;
}

function openChat(id) {
  phone.chat = id;
  const name = nameOf(id);
  el('chat-title').textContent = name;
  el('chat-avatar').textContent = initials(name);
  el('chat-subtitle').textContent = id;
  el('send-trouble').hidden = true;
  showShop([]);
  el('messages').replaceChildren();
  shown.delete(el('messages'));
  open('chat');
  el('text').focus();
  refreshChat().catch(() => {});
}

/** A file of the sandbox has the address that clients know, which need not be the one that the page has. */
function here(url) {
  const { protocol, pathname } = new URL(url, location);
  return pathname.startsWith('/files/') ? pathname : /^https?:$/.test(protocol) ? url : '#';
}

function body(message) {
  const { content } = message;
  if (message.deleted) return h('span', { class: 'text gone' }, brief(message));
  switch (content.kind) {
    case 'file': return [
      content.mimeType.startsWith('image/')
        ? h('img', { src: here(content.url), alt: content.name })
        : h('a', { class: 'file', href: here(content.url), target: '_blank', rel: 'noopener' }, icon('file', null, 'sheet'), content.name),
      content.caption ? h('span', { class: 'text' }, content.caption) : null];
    case 'poll': return [h('span', { class: 'text' }, `Poll: ${content.question}`), h('ul', {}, content.options.map(option => h('li', {}, option)))];
    case 'buttons': return [h('span', { class: 'text' }, brief(message)), h('ul', {}, content.buttons.map(button => h('li', {}, button.text)))];
    default: return h('span', { class: 'text' }, brief(message));
  }
}

function bubble(message, all, isGroup) {
  const quoted = message.quotedMessageId && all.find(other => other.id === message.quotedMessageId);
  return h('li', { class: message.outgoing ? 'bubble mine' : 'bubble' },
    h('span', { class: message.outgoing || !isGroup ? 'hidden' : 'by' }, message.outgoing ? 'You: ' : `${readable(message.senderName)}: `),
    quoted ? h('span', { class: 'quote' }, brief(quoted)) : null,
    body(message),
    message.reactions.length ? h('span', { class: 'reactions' }, h('span', { class: 'hidden' }, 'Reactions: '), message.reactions.map(({ emoji }) => emoji).join(' ')) : null,
    h('span', { class: 'meta' }, message.edited ? 'edited' : null, h('time', { datetime: message.at }, hours(Date.parse(message.at))), ticks(message)));
}

async function refreshChat() {
  const id = phone.chat;
  refreshShop(id).catch(() => {});
  const messages = await control(path(`chats/${encodeURIComponent(id)}/messages`));
  if (phone.chat !== id) return;
  const talk = el('talk');
  const atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 60;
  const changed = fill(el('messages'), messages, () => {
    let today = null;
    return messages.flatMap(message => {
      const date = day(Date.parse(message.at));
      const isNew = date !== today;
      today = date;
      return [isNew ? h('li', { class: 'day' }, date) : [], bubble(message, messages, id.endsWith('@g.us'))].flat();
    });
  });
  const last = messages.at(-1);
  if (changed && (atEnd || last?.outgoing)) talk.scrollTop = talk.scrollHeight;
  // A chat that is open is read, as long as somebody looks.
  const unread = phone.chats.find(chat => chat.id === id)?.unread;
  if (unread && !document.hidden) {
    if (last && !last.outgoing) say(`${nameOf(id)}: ${brief(last)}`);
    await control(path(`chats/${encodeURIComponent(id)}/read`), {});
  }
}

/** Eight cells above the real input, which nobody sees but everybody uses. */
function cells() {
  const typed = el('code').value.toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, 8);
  const next = Math.min(typed.length, 7);
  const cell = place => h('span', place === next ? { class: 'next' } : {}, typed[place] ?? '');
  el('cells').replaceChildren(...[0, 1, 2, 3].map(cell), h('i'), ...[4, 5, 6, 7].map(cell));
}

function showDevices({ instances }) {
  const { number, view } = phone;
  const devices = instances.filter(({ idInstance: id }) => view.linkedTo.includes(id) || view.linkingTo.includes(id));
  fill(el('linked'), devices.map(device => [device.idInstance, view.linkedTo.includes(device.idInstance)]), all => all.map(([id, linked]) =>
    h('li', {}, icon('devices'), h('div', {}, h('strong', {}, `Instance ${id}`), h('span', {}, linked ? 'Linked through GREEN-API' : 'Linking…')))));
  const waiting = instances.filter(({ code }) => code?.phoneNumber === number).map(({ code }) => Date.parse(code.expiresAt));
  const left = Math.ceil((Math.max(...waiting) - clock.now()) / 1000);
  const hint = !waiting.length ? 'Ask for a code with getAuthorizationCode, then type it here.'
    : left > 0 ? `A code is waiting: it can be typed for another ${Math.floor(left / 60)}:${two(left % 60)}.` : 'The code has expired. Ask for another one.';
  if (el('code-hint').textContent !== hint) el('code-hint').textContent = hint;
  el('unlink').disabled = view.linkedTo.length === 0;

  const showing = instances.filter(instance => instance.stateInstance === 'notAuthorized').map(instance => instance.idInstance);
  el('qr').hidden = showing.length === 0;
  el('no-qr').hidden = showing.length > 0;
  fill(el('qr-instance'), showing, all => all.map(id => h('option', { value: id }, `${id}`)));
  if (showing.length) showQr();
}

/** There is another picture every 20 seconds, and nobody needs it while it is not seen. */
function showQr() {
  const source = `/sandbox/instances/${el('qr-instance').value}/qr?${Math.floor(clock.now() / 20_000)}`;
  if (phone.screen === 'devices' && el('qr-picture').getAttribute('src') !== source) el('qr-picture').src = source;
}

const WHAT_WHATSAPP_DOES = [
  ['authorized', 'All is well', 'The account is linked and may send.'],
  ['yellowCard', 'Yellow card', 'Sending is suspended for a while, for suspected spam.'],
  ['suspended', 'Restrict', 'The account is restricted for a while.'],
  ['blocked', 'Block', 'WhatsApp has banned the account. A code or QR code does not help.'],
  ['sleepMode', 'Switch the phone off', 'The state sleepMode; it ends when the phone is back.'],
];

function showPhone({ instances }) {
  const { view } = phone;
  const online = view.online !== false;
  el('online').setAttribute('aria-checked', online);
  el('online').textContent = online ? 'Online' : 'Offline';
  el('connection-hint').textContent = online ? 'Messages arrive at once.' : 'Messages to this phone wait: they are sent, but not delivered.';
  const linked = instances.filter(({ idInstance: id, phoneNumber }) => view.linkedTo.includes(id) || phoneNumber === phone.number);
  fill(el('accounts'), linked.map(instance => [instance.idInstance, instance.stateInstance]), all => all.length === 0
    ? [h('p', {}, 'Link an instance to this phone first.')]
    : all.flatMap(([id, state]) => WHAT_WHATSAPP_DOES.map(([name, title, does]) =>
      h('button', {
        type: 'button', class: 'choice', 'data-key': `${id} ${name}`, 'aria-pressed': `${name === state}`,
        onclick: () => control(`instances/${id}/state`, { stateInstance: name }).catch(() => {}),
      }, h('span', {}, title), h('code', {}, all.length > 1 ? `${id} ${name}` : name), h('small', {}, does)))));
}

async function send(content) {
  const sent = await attempt(el('send-trouble'), () => control(path('messages'), { chatId: phone.chat, ...content }));
  if (sent) await refreshChat().catch(() => {});
  return sent;
}

function listenOnPhone() {
  el('pick').addEventListener('submit', event => {
    event.preventDefault();
    pickUp(el('number').value);
    refresh();
  });
  addEventListener('hashchange', () => { pickUp(location.hash); refresh(); });
  for (const button of document.querySelectorAll('nav button')) {
    button.addEventListener('click', () => { phone.chat = null; open(button.dataset.screen, true); refresh(); });
  }
  el('back').addEventListener('click', () => { phone.chat = null; open('chats', true); });
  el('begin').addEventListener('submit', event => {
    event.preventDefault();
    const id = chatId(el('begin-with').value);
    if (/\d/.test(id)) openChat(id);
    el('begin-with').value = '';
  });
  el('compose').addEventListener('submit', async event => {
    event.preventDefault();
    const text = el('text').value;
    if (text.trim() && await send({ text })) el('text').value = '';
    el('text').focus();
  });
  el('text').addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    el('compose').requestSubmit();
  });
  el('attach').addEventListener('click', () => el('file').click());
  el('file').addEventListener('change', async () => {
    const [file] = el('file').files;
    if (!file) return;
    const base64 = await new Promise(done => {
      const reader = new FileReader();
      reader.addEventListener('load', () => done(reader.result.split(',')[1] ?? ''));
      reader.readAsDataURL(file);
    });
    await send({ file: { name: file.name, mimeType: file.type || null, base64, caption: el('text').value } }) && (el('text').value = '');
    el('file').value = '';
  });
  el('code').addEventListener('input', () => {
    cells();
    el('code-trouble').hidden = true;
    el('code').parentElement.classList.remove('wrong');
  });
  el('code-form').addEventListener('submit', async event => {
    event.preventDefault();
    const right = await attempt(el('code-trouble'), () => control(path('type-code'), { code: el('code').value }));
    el('code').parentElement.classList.toggle('wrong', !right);
    if (!right) return el('code').focus();
    el('code').value = '';
    cells();
    say('The code was right. Linking…');
  });
  el('qr-instance').addEventListener('change', showQr);
  el('scan').addEventListener('click', () =>
    attempt(el('qr-trouble'), () => control(path('scan-qr'), { idInstance: Number(el('qr-instance').value) })));
  el('unlink').addEventListener('click', () => control(path('unlink'), {}).catch(() => {}));
  el('online').addEventListener('click', () =>
    control(path('online'), { online: el('online').getAttribute('aria-checked') !== 'true' }).catch(() => {}));
  cells();
}
