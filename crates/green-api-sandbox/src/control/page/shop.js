
/** The shop of whoever the open chat is with. */

/** A price as people write it; the sandbox counts hundredths. */
const money = (hundredths, currency) => `${currency} ${(hundredths / 100).toFixed(2)}`;

async function refreshShop(id) {
  const products = await control(path(`chats/${encodeURIComponent(id)}/shop`));
  if (phone.chat === id) showShop(products);
}

/** Shows what there is to order; how many were chosen stays. */
function showShop(products) {
  const empty = products.length === 0;
  el('shop').hidden = empty;
  if (empty && phone.screen === 'shop') open('chat');
  el('shop-subtitle').textContent = phone.chat ? nameOf(phone.chat) : '';
  const chosen = Object.fromEntries(cart().map(({ productId, quantity }) => [productId, quantity]));
  fill(el('products'), products, all => all.map(({ id, name, description, price, currency }) =>
    h('li', {}, h('label', {},
      h('span', {}, h('strong', {}, name), h('span', {}, money(price, currency)), description ? h('small', {}, description) : null),
      h('input', {
        type: 'number', min: 0, max: 99, value: chosen[id] ?? 0, 'data-key': id, 'data-price': price, 'data-currency': currency,
        'aria-label': `How many of ${name}`,
      })))));
  showTotal();
}

/** What is chosen. */
const inputs = () => [...el('products').querySelectorAll('input')].filter(input => input.valueAsNumber > 0);
const cart = () => inputs().map(input => ({ productId: input.dataset.key, quantity: input.valueAsNumber }));

function showTotal() {
  const sum = inputs().reduce((sum, input) => sum + input.valueAsNumber * input.dataset.price, 0);
  el('total').textContent = sum ? `Total: ${money(sum, inputs()[0].dataset.currency)}` : 'Choose how many.';
}

function listenInShop() {
  el('shop').addEventListener('click', () => open('shop', true));
  el('leave-shop').addEventListener('click', () => open('chat', true));
  el('products').addEventListener('input', showTotal);
  el('order').addEventListener('submit', async event => {
    event.preventDefault();
    const place = path(`chats/${encodeURIComponent(phone.chat)}/shop`);
    if (!await attempt(el('order-trouble'), () => control(place, { items: cart() }))) return;
    for (const input of inputs()) input.value = 0;
    showTotal();
    open('chat', true);
    await refreshChat().catch(() => {});
  });
}
