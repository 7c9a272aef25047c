/**
 * Where the page is: real paths below whatever prefix it is served at; the address is the state.
 *
 *   place.value            { name: 'account', args: { id: '..' } }, or null where there is no such place
 *   params.value           URLSearchParams, old names mapped; unknown ones are kept
 *   param('state')         one of them, '' where absent
 *   list('state')          one of them as a list: 'critical,warning' -> ['critical', 'warning']
 *   setParams({ q: 'x' }, { typing: true })     changes some; `typing` replaces the entry of the history instead of adding one
 *   go('accounts/123', { q: 'x' })              another place
 *   href('alerts', { rule: 'X' })               for links; plain <a href> are followed without loading the page
 */

import { batch, computed, signal } from './html.js';
import { absolute, changed, match, query, text } from './model/url.js';

/** @typedef {Record<string, string | number | boolean | string[] | null | undefined>} Changes */

/** Address of the page's root, with a slash at its end. */
export const root = new URL('..', import.meta.url).href;
const prefix = new URL(root).pathname;

const path = signal(below(location.pathname));
const search = signal(location.search);

/** The place. */
export const place = computed(() => match(path.value));
/** Its path below the root. */
export const here = computed(() => path.value);
/** Its parameters. */
export const params = computed(() => query(search.value));

/** @param {string} name */
export const param = (name) => params.value.get(name) ?? '';

/** @param {string} name @returns {string[]} */
export const list = (name) => param(name).split(',').filter(Boolean);

/** @param {string} pathname */
function below(pathname) {
    return pathname.startsWith(prefix) ? pathname.slice(prefix.length).replace(/\/+$/, '') : '';
}

/** @param {string} to @param {Changes} [given] */
export function href(to, given = {}) {
    return prefix + to.replace(/^\//, '') + text(changed(new URLSearchParams(), given));
}

/** The address of this place with other parameters. @param {Changes} changes */
export function hrefHere(changes) {
    return prefix + path.value + text(changed(params.value, changes));
}

/** @param {string} to @param {Changes} [given] */
export function go(to, given = {}) {
    follow(href(to, given));
}

/** @param {Changes} changes @param {{ typing?: boolean }} [how] */
export function setParams(changes, { typing = false } = {}) {
    const next = prefix + path.peek() + text(changed(params.peek(), changes));
    if (next !== location.pathname + location.search) follow(next, typing);
}

/** An address as people share it: with times that stay. @param {number} now */
export const shared = (now) => new URL(prefix + path.peek() + text(absolute(params.peek(), now)), root).href;

/** Goes to an address of this page. @param {string} address @param {boolean} [replace] */
export function follow(address, replace = false) {
    const before = path.peek();
    if (replace) history.replaceState(history.state, '', address);
    else history.pushState(null, '', address);
    sync();
    if (path.peek() !== before) scrollTo(0, 0);
}

function sync() {
    batch(() => {
        path.value = below(location.pathname);
        search.value = location.search;
    });
}

/** Whether a click on a link is one that the page follows itself. @param {MouseEvent} event @param {HTMLAnchorElement} link */
function ours(event, link) {
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    const inside = link.origin === location.origin && link.pathname.startsWith(prefix) && !link.pathname.startsWith(`${prefix}api/`);
    return plain && inside && !event.defaultPrevented && !link.target && !link.hasAttribute('download');
}

/** Begins to follow links and the buttons of the browser. */
export function start() {
    addEventListener('popstate', sync);
    document.addEventListener('click', (event) => {
        const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
        if (!(link instanceof HTMLAnchorElement) || !ours(event, link)) return;
        event.preventDefault();
        follow(link.pathname + link.search);
    });
}
