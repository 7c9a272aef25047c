// Destinations, receivers, the directory, and accounts of which less arrived than was forwarded.
import { h, html } from '../html.js';
import { address, useAnswer } from '../api.js';
import { count, counted, percent, short } from '../format.js';
import { Age } from './age.js';
import { Answer } from './empty.js';
import { Icon } from './icon.js';
import { AccountLink } from './link.js';
import { Table } from './table.js';

/** The table, of these kinds of rows. */
const DestinationTable = /** @type {(props: Parameters<typeof Table<Destination>>[0]) => import('../html.js').Child} */ (Table);
const TagTable = /** @type {(props: Parameters<typeof Table<Finding>>[0]) => import('../html.js').Child} */ (Table);
const CompletenessTable = /** @type {(props: Parameters<typeof Table<Row>>[0]) => import('../html.js').Child} */ (Table);

/** @typedef {import('../../types/shapes.js').Destination} Destination */
/** @typedef {import('../../types/shapes.js').Receiver} Receiver */
/** @typedef {import('../../types/shapes.js').DirectoryStatus} DirectoryStatus */
/** @typedef {import('../../types/shapes.js').Completeness} Row */
/** @typedef {import('../../types/shapes.js').List<Row>} Rows */
/** @typedef {import('../../types/shapes.js').TagFinding} Finding */
/** @typedef {import('../../types/shapes.js').List<Finding>} Findings */

/** @type {import('./table.js').Column<Destination>[]} */
const DESTINATIONS = [
    {
        name: 'Destination',
        width: 'minmax(110px, 1fr)',
        cell: (row) =>
            html`<span class="row"><span class=${'health ' + (row.down ? 'bad' : row.queue >= 0.5 ? 'poor' : 'good')}></span><span class="cut strong">${row.name}</span>${row.down ? html`<span class="bad">does not answer</span>` : null}</span>`,
    },
    { name: 'Records', width: '80px', num: true, cell: (row) => short(row.per_second) + '/s' },
    {
        name: 'Queue',
        width: '60px',
        num: true,
        cell: (row) => html`<span class=${row.queue >= 0.9 ? 'bad' : row.queue >= 0.5 ? 'poor' : ''}>${percent(row.queue)}</span>`,
    },
    { name: 'Retried', width: '68px', num: true, cell: (row) => count(row.retried) },
    { name: 'Refused', width: '68px', num: true, cell: (row) => html`<span class=${row.refused > 0 ? 'bad' : ''}>${count(row.refused)}</span>` },
    { name: 'Spilled', width: '68px', num: true, cell: (row) => html`<span class=${row.spilled > 0 ? 'poor' : ''}>${count(row.spilled)}</span>` },
];

/** @param {{ destinations: Destination[] }} props */
export function Destinations({ destinations }) {
    return html`<section class="panel" aria-label="Destinations"><header><h2>Destinations</h2><span class="muted">${destinations.length === 0 ? '' : counted(destinations.length, 'backend')}</span></header>
        ${
            destinations.length === 0
                ? html`<p class="body muted">Records go nowhere but here. Name a backend in <code>destinations</code> of the configuration.</p>`
                : h(DestinationTable, {
                      label: 'Destinations',
                      rows: destinations,
                      id: (/** @type {Destination} */ row) => row.name,
                      columns: DESTINATIONS,
                      minWidth: '520px',
                  })
        }
    </section>`;
}

/** @param {{ receivers: Receiver[] }} props */
export function Receivers({ receivers }) {
    return html`<section class="panel" aria-label="Receivers"><header><h2>Receivers</h2><span class="muted">who is told</span></header>
        <div class="body">${
            receivers.length === 0
                ? html`<p class="muted">Nobody is told. Name receivers in <code>notify</code> of the configuration.</p>`
                : html`<dl class="pairs">${receivers.map((one) => html`<dt key=${one.name}>${one.name}</dt><dd key=${one.name + 'd'} class=${one.waiting > 0 ? 'poor' : 'muted'}>${one.waiting > 0 ? counted(one.waiting, 'notification') + ' waiting' : 'nothing waits'}</dd>`)}</dl>`
        }</div>
    </section>`;
}

/** @param {{ directory: DirectoryStatus }} props */
export function Directory({ directory }) {
    return html`<section class="panel" aria-label="Account directory"><header><h2>Account directory</h2></header>
        <div class="body stack">
            <dl class="pairs"><dt>accounts</dt><dd>${count(directory.accounts)}</dd><dt>last read</dt><dd>${h(Age, { at: directory.read, old: 7200 })}</dd>${directory.wrong_tags === undefined ? null : html`<dt>tags</dt><dd class=${directory.wrong_tags > 0 ? 'poor' : 'muted'}>${directory.wrong_tags > 0 ? counted(directory.wrong_tags, 'account') + ' with tags that break the scheme' : 'all keep to the scheme'}</dd>`}</dl>
            ${directory.failing ? html`<p class="notice bad">It could not be read last time: ${directory.failing}. The last good one still holds.</p>` : null}
        </div>
    </section>`;
}

/** @type {import('./table.js').Column<Finding>[]} */
const TAGS = [
    { name: 'Account', width: '136px', cell: (row) => h(AccountLink, { id: row.account }) },
    { name: 'Tag', width: '110px', cell: (row) => html`<span class="cut strong">${row.key}</span>` },
    { name: 'What is wrong', width: 'minmax(160px, 1fr)', cell: (row) => html`<span title=${row.command}>${row.message}</span>` },
];

/** Accounts whose tags break the scheme; nothing where there is none. @param {{ wrong: number }} props */
export function Tags({ wrong }) {
    const answer = useAnswer('directory/tags', { limit: 100 }, { topic: 'pipeline', every: 15_000 });
    return html`<section class="panel" aria-label="Account tags"><header><h2>Account tags</h2><span class="muted">${counted(wrong, 'account')} with tags that break the scheme</span>
            <div class="tools"><a class="button" href=${address('directory/tags.csv', { limit: 1000 })} download="tags.csv" title="With the commands that put them right">${h(Icon, { name: 'download' })}CSV</a></div></header>
        ${Answer({
            answer,
            rows: 3,
            children: (/** @type {Findings} */ data) =>
                html`${h(TagTable, { label: 'Account tags', rows: data.items, id: (/** @type {Finding} */ row) => row.account + ' ' + row.key, columns: TAGS, height: data.items.length > 8 ? '300px' : 'none', minWidth: '420px', total: data.total })}
                ${data.total > data.items.length ? html`<div class="table-foot">The first ${count(data.items.length)} of ${count(data.total)}.</div>` : null}`,
        })}
    </section>`;
}

/** @type {import('./table.js').Column<Row>[]} */
const COMPLETENESS = [
    { name: 'Account', width: '136px', cell: (row) => h(AccountLink, { id: row.account }) },
    { name: 'Tenant', width: 'minmax(90px, 1fr)', cell: (row) => row.tenant },
    { name: 'Forwarded', width: '92px', num: true, cell: (row) => count(row.forwarded) },
    { name: 'Arrived', width: '92px', num: true, cell: (row) => count(row.arrived) },
    {
        name: 'Share',
        width: '70px',
        num: true,
        cell: (row) =>
            html`<b class=${row.share < 0.98 ? 'bad' : row.share < 0.999 ? 'poor' : ''}>${(Math.floor(row.share * 1000) / 10).toFixed(1)} %</b>`,
    },
    {
        name: 'Errors',
        width: '80px',
        num: true,
        title: 'Errors of delivery that CloudWatch counted',
        cell: (row) => html`<span class=${row.delivery_errors > 0 ? 'poor' : ''}>${count(row.delivery_errors)}</span>`,
    },
];

/** @param {{ incomplete: number }} props */
export function Completeness({ incomplete }) {
    const answer = useAnswer('pipeline/completeness', { limit: 100 }, { topic: 'pipeline', every: 15_000 });
    return html`<section class="panel" aria-label="Completeness"><header><h2>Completeness</h2><span class="muted">${incomplete > 0 ? counted(incomplete, 'account') + ' of which less arrived than CloudWatch forwarded' : 'what arrived, against what CloudWatch forwarded'}</span></header>
        ${Answer({
            answer,
            rows: 3,
            children: (/** @type {Rows} */ data) =>
                data.items.length === 0
                    ? html`<p class="body muted">Not known: no account sends metrics of AWS/Logs.</p>`
                    : html`${h(CompletenessTable, { label: 'Completeness', rows: data.items, id: (/** @type {Row} */ row) => row.account, columns: COMPLETENESS, height: data.items.length > 8 ? '300px' : 'none', minWidth: '560px', total: data.total })}
                    ${data.total > data.items.length ? html`<div class="table-foot">The first ${count(data.items.length)} of ${count(data.total)}, least complete first.</div>` : null}`,
        })}
    </section>`;
}
