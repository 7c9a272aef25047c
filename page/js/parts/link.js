/** Links to accounts, rules and lists; and copying. */

import { h, html } from '../html.js';
import { accountId, count } from '../format.js';
import { href } from '../router.js';
import { Icon } from './icon.js';
import { toast } from './toast.js';

/** An account: shown with dashes, copied as digits. `list` is the search (`?state=..`) of the list that it is of. @param {{ id: string, list?: string }} props */
export function AccountLink({ id, list = '' }) {
    return html`<a class="mono account-link" href=${href(`accounts/${id}`, { list })} data-account=${id}>${accountId(id)}</a>`;
}

/** @param {{ rule: string }} props */
export function RuleLink({ rule }) {
    return html`<a href=${href(`rules/${encodeURIComponent(rule)}`)}>${rule}</a>`;
}

/** A number that leads to the list behind it. @param {{ n: number, to: string, label?: string }} props */
export function Count({ n, to, label }) {
    return html`<a class="plain-link" href=${to} aria-label=${label}>${count(n)}</a>`;
}

/** A link that leads out. @param {{ to: string, large?: boolean, children?: import('../html.js').Child }} props */
export function OutLink({ to, large = false, children }) {
    return /^https?:/.test(to) ? html`<a class=${large ? 'button' : 'button small'} href=${to} target="_blank" rel="noopener noreferrer">${children}${h(Icon, { name: 'out' })}</a>` : null;
}

/** @param {string} text @param {string} what what the toast calls it */
export async function copy(text, what) {
    try {
        await navigator.clipboard.writeText(text);
    } catch {
        const area = document.createElement('textarea');
        area.value = text;
        document.body.append(area);
        area.select();
        document.execCommand('copy');
        area.remove();
    }
    toast(`Copied ${what}`);
}

/** @param {{ text: string, what: string, label?: string }} props */
export function CopyButton({ text, what, label = '' }) {
    return html`<button type="button" class=${`button quiet small ${label ? '' : 'icon'}`} title=${`Copy ${what}`} aria-label=${`Copy ${what}`} onClick=${(/** @type {Event} */ event) => {
        event.stopPropagation();
        copy(text, what);
    }}>${h(Icon, { name: 'copy' })}${label}</button>`;
}

// Dashes are for eyes: whoever copies an id from the page gets digits.
document.addEventListener('copy', (event) => {
    const text = getSelection()?.toString() ?? '';
    if (!/^\s*\d{4}-\d{4}-\d{4}\s*$/.test(text)) return;
    event.clipboardData?.setData('text/plain', text.replace(/[\s-]/g, ''));
    event.preventDefault();
});
