'use strict';

/** The element with this id. */
const el = id => document.getElementById(id);

/** A new element. What is a string becomes text, never markup. */
function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined));
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

/** One of the icons that the page defines. With a label it says something by itself. */
function icon(name, label = null, kind = name) {
  const svg = document.createElementNS(SVG, 'svg');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.setAttribute('class', kind);
  if (label) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  } else svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}

/** Fills an element anew, but only when what it shows has changed: focus, selection and scrolling stay. */
const shown = new WeakMap();
function fill(element, data, build) {
  const key = JSON.stringify(data);
  if (shown.get(element) === key) return false;
  shown.set(element, key);
  const place = document.activeElement?.closest?.('[data-key]');
  const focused = place && element.contains(place) ? place.dataset.key : null;
  element.replaceChildren(...[build(data)].flat());
  if (focused) [...element.querySelectorAll('[data-key]')].find(child => child.dataset.key === focused)?.focus();
  return true;
}

/** What the sandbox has refused, in its own words. */
class Refused extends Error {}

/** Calls the control API; a body makes it a POST. */
async function control(path, body, method = body === undefined ? 'GET' : 'POST') {
  const request = { method, cache: 'no-store' };
  if (body !== undefined) Object.assign(request, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const response = await fetch(`/sandbox/${path}`, request);
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Refused(sentence(answer?.message ?? `the sandbox answered ${response.status}`));
  return answer;
}

const sentence = words => words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? '' : '.');

/** Does something and shows, where it belongs, why it did not work. */
async function attempt(trouble, action) {
  try {
    await action();
    trouble.hidden = true;
    return true;
  } catch (error) {
    trouble.textContent = error instanceof Refused ? error.message : 'The sandbox does not answer.';
    trouble.hidden = false;
    return false;
  }
}

/** The clock of the sandbox, which may stand still or be ahead. */
const clock = {
  base: Date.now(), since: performance.now(), manual: true,
  set({ now, manual }) { this.base = Date.parse(now); this.since = performance.now(); this.manual = manual; },
  now() { return this.base + (this.manual ? 0 : performance.now() - this.since); },
};

const two = number => String(number).padStart(2, '0');
const hours = time => { const at = new Date(time); return `${two(at.getHours())}:${two(at.getMinutes())}`; };
const seconds = time => `${hours(time)}:${two(new Date(time).getSeconds())}`;
const day = time => new Date(time).toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const pretty = number => /^44\d{10}$/.test(number) ? `+44 ${number.slice(2, 6)} ${number.slice(6)}` : `+${number}`;

/** Says something to those who listen to the page. */
const say = words => { el('said').textContent = words; };
