// Logs of all accounts that may be seen, in one search.
import { h, html } from '../html.js';
import { param } from '../router.js';
import { LogSearch } from '../parts/log-search.js';
import { useCli, useTitle } from '../parts/title.js';

/** @param {{ args: Record<string, string> }} _ */
export function Page(_) {
    const q = param('q');
    useTitle('Logs');
    useCli('fanin tail' + (q ? " '" + q.replaceAll("'", "'\\''") + "'" : ''));
    return html`<div class="account-page is-logs">
    <header class="page-head"><div><h1>Logs of all accounts</h1><p class="sub">Kept here for a short while; <code>account=</code>, <code>tenant=</code> and <code>source=</code> narrow the search.</p></div></header>
    ${h(LogSearch, { tall: true })}
  </div>`;
}
