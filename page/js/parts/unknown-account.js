// An account that nobody knows: which ones are close to it, and whether it can have been seen at all.
import { h, html } from '../html.js';
import { accountId, counted } from '../format.js';
import { nearest } from '../model/nearest.js';
import { directory } from '../store.js';
import { AccountLink } from './link.js';
import { useTitle } from './title.js';

/** @param {{ id: string, error: import("../api.js").Refused }} props */
export function UnknownAccount({ id, error }) {
    useTitle('Unknown account');
    const known = directory.value;
    const close = known ? nearest(known.ids, id) : [];
    const odd = /^\d{12}$/.test(id)
        ? ''
        : /^\d+$/.test(id)
          ? 'An account id has 12 digits; this one has ' + id.length + '.'
          : 'An account id has 12 digits.';
    return html`<div class="panel unknown-account">
    <header><h1>Account <span class="mono">${accountId(id)}</span> is not known</h1></header>
    <div class="body stack">
      <p>${error.detail}</p>
      ${odd ? html`<p class="muted">${odd}</p>` : html`<p class="muted">${known ? 'The directory has ' + counted(known.ids.length, 'account') + '. ' : ''}One that was closed stays in it and is shown as closed; this one never was there, and nothing came from it since the start.</p>`}
      ${
          close.length === 0
              ? html`<p class="muted">No account has an id that is close to it. Press <kbd>/</kbd> to search.</p>`
              : html`<section><h3>Closest matches</h3><ul class="closest">${close.map(({ id: other }) => {
                    const at = known?.at(other) ?? -1;
                    return html`<li key=${other}>${h(AccountLink, { id: other })}<span>${known?.names[at] ?? ''}</span><span class="muted">${known?.tenants[at] ?? ''}</span></li>`;
                })}</ul></section>`
      }
    </div>
  </div>`;
}
