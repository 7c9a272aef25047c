// Who the account is, where else it can be looked at, how it is in one line, and the way to the accounts before and after it.
import { h, html } from '../html.js';
import { useAnswer } from '../api.js';
import { accountId, bytes, count, moment, percent, rate, stateWord } from '../format.js';
import { useKeys } from '../keys.js';
import { around, asked } from '../model/walk.js';
import { go, href, param } from '../router.js';
import { directory, now } from '../store.js';
import { Age, AsOf } from './age.js';
import { Icon } from './icon.js';
import { copy, CopyButton, OutLink } from './link.js';
import { Glyph } from './state.js';

/** @typedef {import("../../types/shapes.js").Account} Account */

/** Labels that stand first, in this order. */
const FIRST = ['tier', 'region', 'ou'];

/** What links are called for people. @type {Record<string, string>} */
const NAMES = { console: 'AWS console', grafana: 'Grafana', logs: 'Logs backend', cloudwatch: 'CloudWatch' };

/** @param {{ account: Account, logs: boolean }} props */
export function AccountHead({ account, logs }) {
    const { id, name, tenant, labels } = account;
    const rest = Object.keys(labels)
        .filter((label) => !FIRST.includes(label))
        .sort();
    const shown = [...FIRST.filter((label) => labels[label]), ...rest.filter((label) => labels[label])];
    const links = Object.entries(account.links);
    useKeys({ c: () => void copy(id, 'account id') });
    return html`<header class="page-head account-head">
    <div class="account-who">
      <h1><span class=${'state ' + account.state} title=${stateWord(account.state)}>${h(Glyph, { state: account.state, mark: account.mark })}<span class="sr">${stateWord(account.state)}</span></span>
        <span>${name || accountId(id)}</span>
        ${account.known ? null : html`<span class="tag flapping" title="Speaks, but is not in the account directory">not in the directory</span>`}</h1>
      <div class="row wrap sub">
        <span class="row account-id"><span class="mono" data-account=${id}>${accountId(id)}</span>${h(CopyButton, { text: id, what: 'account id' })}</span>
        <span>tenant <a class="plain-link" href=${href('', { q: 'tenant=' + quoted(tenant) })}>${tenant || 'none'}</a></span>
        ${shown.map((label) => html`<a key=${label} class="label-pair" href=${href('', { q: label + '=' + quoted(labels[label] ?? '') })} title="Accounts with the same">${label}=<b>${labels[label]}</b></a>`)}
      </div>
    </div>
    <div class="tools">
      ${links.map(([key, to]) => h(OutLink, { key, to, children: NAMES[key] ?? key }))}
      <a class="button small" href=${href('accounts/' + id + (logs ? '' : '/logs'), { list: param('list'), q: param('q'), sev: param('sev'), from: param('from'), to: param('to') })}>${logs ? 'Whole page' : 'Logs only'}</a>
      ${h(Walk, { id, logs })}
    </div>
  </header>`;
}

/** @param {string} value */
const quoted = (value) => (/[\s",{}]/.test(value) ? JSON.stringify(value) : value);

/** The list that is walked along: it stays what it is from account to account, while it is asked for again. */
let walked = { list: '', ids: /** @type {string[]} */ ([]), total: 0 };

/**
 * Before and after, in the list that one came from; without one, in the order of ids.
 * @param {{ id: string, logs: boolean }} props
 */
function Walk({ id, logs }) {
    const list = param('list');
    const answer = useAnswer(list ? 'accounts' : null, { ...asked(list), limit: 1000 }, { every: 60_000 });
    const items = /** @type {import("../../types/shapes.js").List<import("../../types/shapes.js").AccountRow> | null} */ (answer.data);
    if (items) walked = { list, ids: items.items.map((row) => row.id), total: items.total };
    const ids = list ? (walked.list === list ? walked.ids : []) : (directory.value?.ids ?? []);
    const { at, of, before, after } = around(ids, id);
    const total = list ? Math.max(of, walked.total) : of;
    const to = (/** @type {string} */ other) =>
        go('accounts/' + other + (logs ? '/logs' : ''), {
            list,
            q: param('q'),
            sev: param('sev'),
            from: param('from'),
            to: param('to'),
            live: param('live'),
        });
    const back = () => (before === undefined ? undefined : to(before));
    const on = () => (after === undefined ? undefined : to(after));
    useKeys({ '[': back, ']': on });
    const where = at < 0 ? '-' : count(at + 1);
    return html`<div class="row walk" role="group" aria-label="Walk along the list">
    ${list ? html`<a class="faint" href=${href(list.startsWith('?') ? '' : (list.split('?')[0] ?? ''), Object.fromEntries(new URLSearchParams(list.split('?')[1] ?? '')))} title="Back to the list">${where} of ${count(total)}</a>` : null}
    <button type="button" class="button icon small" disabled=${before === undefined} onClick=${back} aria-label="Account before" title="Account before ([)">${h(Icon, { name: 'left' })}</button>
    <button type="button" class="button icon small" disabled=${after === undefined} onClick=${on} aria-label="Account after" title="Account after (])">${h(Icon, { name: 'right' })}</button>
  </div>`;
}

/** One line that says how it is. @param {{ account: Account }} props */
export function StateLine({ account }) {
    const { state, since, freshness, last_seen, events_per_second, bytes_day, share_of_fleet, cost, mark, lifecycle } = account;
    const closed = lifecycle !== undefined && lifecycle !== 'ACTIVE';
    return html`<div class="state-line">
    <span class=${'state ' + state}><span class="word strong">${stateWord(state)}</span>${mark === 'none' ? null : html`<span class="muted">(${mark === 'acked' ? 'acknowledged' : 'silenced'})</span>`}${since ? html`<span class="muted">since ${moment(since, now())}, ${h(Age, { at: since, bare: true })}</span>` : null}</span>
    <span><span class="faint">freshness</span> <b class=${'fresh-' + freshness}>${freshness}</b></span>
    <span><span class="faint">last event</span> ${last_seen ? h(Age, { at: last_seen, old: 600 }) : html`<b>never</b>`}</span>
    <span><b>${rate(events_per_second)}</b> <span class="faint">records</span></span>
    ${account.error_share === undefined || account.error_share === null ? null : html`<span><b>${percent(account.error_share)}</b> <span class="faint">errors</span></span>`}
    <span><b>${bytes(bytes_day)}</b> <span class="faint">in 24 h</span> <span class="muted">(${percent(share_of_fleet)} of the fleet${cost ? html`, about <span title=${cost.basis}>${cost.per_day.toFixed(2)} ${cost.currency}/day</span>` : null})</span></span>
    ${closed ? html`<span class="tag flapping" title=${'State in AWS Organizations: ' + lifecycle}>${lifecycle === 'SUSPENDED' ? 'suspended or closed' : lifecycle}</span>` : null}
    <span class="push">${h(AsOf, { at: account.as_of })}</span>
  </div>`;
}
