
/** How good a state is. */
const MOOD = { authorized: 'good', notAuthorized: '', starting: 'warn', yellowCard: 'warn', suspended: 'warn', sleepMode: 'warn', blocked: 'bad' };

function showInstances({ instances }) {
  fill(el('fault-instance'), instances.map(({ idInstance }) => idInstance), all =>
    [h('option', { value: '' }, 'every instance'), ...all.map(id => h('option', { value: `${id}` }, `${id}`))]);
  fill(el('instances'), instances, all => all.map(instance => {
    const { idInstance: id, stateInstance: state, phoneNumber, notificationsWaiting: waiting } = instance;
    const facts = [phoneNumber ? `Linked to ${pretty(phoneNumber)}` : 'Not linked'];
    if (instance.code) facts.push(`a code waits on ${pretty(instance.code.phoneNumber)}`);
    facts.push(`${waiting} notification${waiting === 1 ? '' : 's'} waiting`);
    return h('li', {},
      h('div', { class: 'head' }, `${id}`, h('span', { class: `pill ${MOOD[state] ?? ''}` }, state ?? 'being created')),
      h('p', {}, facts.join(' · ')),
      h('button', { type: 'button', 'data-key': id, onclick: event => copyCredentials(id, event.currentTarget) }, 'Copy credentials'));
  }));
}

/** As lines for a shell. They are asked for only now. */
async function copyCredentials(id, button) {
  try {
    const { apiUrl, idInstance, apiTokenInstance } = await control(`instances/${id}/credentials`);
    await navigator.clipboard.writeText(
      `export GREEN_API_URL=${apiUrl}\nexport GREEN_API_ID_INSTANCE=${idInstance}\nexport GREEN_API_TOKEN_INSTANCE=${apiTokenInstance}\n`);
    say('Copied');
    button.textContent = 'Copied';
  } catch {
    button.textContent = 'Cannot copy here';
  }
  setTimeout(() => { button.textContent = 'Copy credentials'; }, 2000);
}

function showClock() {
  const now = clock.now();
  el('time').textContent = hours(now);
  el('signal').textContent = phone.view?.online === false ? 'No connection' : 'Online';
  const text = `${day(now)}, ${seconds(now)}${clock.manual ? ' – it stands still' : ''}`;
  if (el('clock').textContent !== text) el('clock').textContent = text;
}

function showFaults(faults) {
  const left = ({ times }) => times === undefined ? 'every one' : times === 1 ? 'the next one' : `the next ${times}`;
  const what = ({ answer: { kind, status }, carriedOut, delaySeconds }) => {
    const answer = {
      usual: 'answered', html: `${status}, HTML page`, status: `${status}, empty`, body: `${status}, other text`, statusFalse: 'no code',
      noAnswer: 'no answer', dropConnection: 'connection closed', reset: 'connection reset', truncate: 'half an answer',
      huge: 'a huge answer', duplicate: 'queued twice', outOfOrder: 'queued too late', lose: 'lost',
      markerFirst: 'a marker first',
    }[kind] ?? kind;
    const words = carriedOut ? `done, but ${answer}` : answer;
    return delaySeconds ? `${words} ${delaySeconds} s late` : words;
  };
  const whose = ({ idInstance, oneIn }) => `${idInstance ? ` at ${idInstance}` : ''}${oneIn > 1 ? `, one in ${oneIn}` : ''}`;
  fill(el('faults'), faults, all => all.map(fault => h('li', {}, `${fault.operation ?? fault.notification}${whose(fault)}: ${left(fault)} – ${what(fault)}`)));
  el('clear-faults').disabled = faults.length === 0;
}

const KIND = status => status === null ? '' : status < 300 ? 'good' : status < 500 ? 'warn' : 'bad';

/** Calls stay open when others arrive. */
const opened = new Set();

function showCalls(calls) {
  el('no-calls').hidden = calls.length > 0;
  fill(el('calls'), calls, all => all.map(call => {
    const { number, at, method, path, operation, status, answer } = call;
    const details = h('details', { open: opened.has(number) },
      h('summary', { 'data-key': number },
        h('time', { datetime: at }, seconds(Date.parse(at))), h('span', { class: 'method' }, method),
        h('span', { class: 'operation' }, operation ?? path),
        h('span', { class: `pill ${KIND(status)}` }, status === null ? 'no answer' : `${status}`)),
      h('div', { class: 'detail' }, h('code', {}, path), answer ? h('pre', { tabindex: '0', role: 'region', 'aria-label': 'Answer' }, answerText(answer)) : null));
    details.addEventListener('toggle', () => details.open ? opened.add(number) : opened.delete(number));
    return h('li', {}, details);
  }));
}

function answerText({ text, size }) {
  if (text === null) return `${size} bytes that are no text`;
  if (text === '') return 'An empty body';
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text.length < size ? `${text}…\n(${size} bytes)` : text;
  }
}

function listenOnDesk() {
  for (const button of document.querySelectorAll('[data-advance]')) {
    button.addEventListener('click', () => control('clock/advance', { seconds: Number(button.dataset.advance) }).catch(() => {}));
  }
  el('fault').addEventListener('submit', event => {
    event.preventDefault();
    const { notification, ...rule } = JSON.parse(el('fault-answer').value);
    rule[notification ? 'notification' : 'operation'] = el('fault-operation').value.trim();
    rule.times = Number(el('fault-times').value);
    if (el('fault-instance').value) rule.idInstance = Number(el('fault-instance').value);
    if (Number(el('fault-one-in').value) > 1) rule.oneIn = Number(el('fault-one-in').value);
    attempt(el('fault-trouble'), () => control('faults', rule));
  });
  el('clear-faults').addEventListener('click', () => control('faults', undefined, 'DELETE').catch(() => {}));
}

/** What the sandbox said last. */
let state = null;

/** Fetches what is shown now and shows it. */
async function refresh() {
  if (!state) return;
  const known = state.phones.some(({ number }) => number === phone.number);
  if (!known) {
    // The sandbox tells of the new phone by itself, which brings us here again.
    await control('phones', { number: phone.number }).catch(error => say(error.message));
    return;
  }
  phone.view = state.phones.find(({ number }) => number === phone.number);
  const [chats, faults, calls] = await Promise.all([control(path('chats')), control('faults'), control('requests?limit=60')]);
  phone.chats = chats;
  fill(el('numbers'), state.phones.map(({ number }) => number), all => all.map(number => h('option', { value: pretty(number) })));
  fill(el('operations'), [...new Set(calls.map(({ operation }) => operation).filter(Boolean))].sort(), all => all.map(value => h('option', { value })));
  showClock();
  showChats();
  showDevices(state);
  showPhone(state);
  showInstances(state);
  showFaults(faults);
  showCalls(calls);
  if (phone.chat) await refreshChat();
}

/** Follows the sandbox for as long as the page is open. */
async function follow() {
  for (;;) {
    try {
      state = await control(state ? `state?after=${state.version}` : 'state');
      clock.set(state.clock);
      if (!phone.number) pickUp(location.hash.slice(1) || state.phones[0]?.number || '447700900123');
      await refresh();
      el('offline').hidden = true;
      // Changes often come in groups.
      await new Promise(done => setTimeout(done, 60));
    } catch {
      el('offline').hidden = false;
      state = null;
      await new Promise(done => setTimeout(done, 1000));
    }
  }
}

listenOnPhone();
listenOnDesk();
open('chats');
setInterval(() => {
  showClock();
  if (state && phone.view) showDevices(state);
}, 500);
follow();
