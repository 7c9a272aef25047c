// What an account uses of its quotas, or accounts of theirs: use, value and where it is from, share, when it will be used up, and a
// request for more to copy.
import { h, html } from '../html.js';
import { count } from '../format.js';
import { amount, percentOf, sourceText, tone, whenText } from '../model/quotas.js';
import { AccountLink, copy } from './link.js';
import { Table } from './table.js';

/** @typedef {import('../../types/shapes.js').QuotaUse} QuotaUse */
/** @typedef {import('../../types/shapes.js').List<QuotaUse>} QuotaUses */

/** The table, of this kind of rows. */
const QuotaUseTable = /** @type {(props: Parameters<typeof Table<QuotaUse>>[0]) => import('../html.js').Child} */ (Table);

/** @type {import('./table.js').Column<QuotaUse>[]} */
const COLUMNS = [
    { name: 'Quota', width: 'minmax(150px, 2fr)', cell: (row) => html`<span class="cut" title=${`${row.service} ${row.quota ?? ''}`}>${row.name || row.quota}</span>` },
    { name: 'Region', width: '104px', cell: (row) => row.region },
    { name: 'Used', width: '72px', num: true, cell: (row) => (row.used === undefined ? html`<span class="faint">unknown</span>` : amount(row.used)) },
    { name: 'Allowed', width: '76px', num: true, cell: (row) => (row.value === undefined ? html`<span class="faint">unknown</span>` : amount(row.value)) },
    { name: 'Share', width: '62px', num: true, cell: (row) => (row.share === undefined ? html`<span class="faint">-</span>` : html`<b class=${tone(row.share)}>${percentOf(row.share)}</b>`) },
    { name: 'Used up', width: 'minmax(96px, 1fr)', cell: (row) => html`<span class=${row.forecast.kind === 'at' || row.forecast.kind === 'reached' ? 'cut' : 'cut faint'} title=${row.forecast.text}>${whenText(row.forecast)}</span>` },
    { name: 'Value from', width: 'minmax(96px, 1fr)', cell: (row) => html`<span class="cut muted" title=${row.owner ? `${row.owner} answers for it` : ''}>${sourceText(row)}</span>` },
    {
        name: 'Request',
        width: '84px',
        cell: (row) => {
            const { request } = row;
            return request ? html`<button type="button" class="button small" title=${`Copies a request for ${count(request.desired)}, and the command that sends it`} onClick=${() => copy(`${request.text}\n\n${request.command}\n`, 'request')}>Copy</button>` : null;
        },
    },
];

/** @type {import('./table.js').Column<QuotaUse>} */
const ACCOUNT = { name: 'Account', width: '136px', cell: (row) => h(AccountLink, { id: row.account }) };
/** @type {import('./table.js').Column<QuotaUse>} */
const TENANT = { name: 'Tenant', width: 'minmax(80px, 1fr)', cell: (row) => html`<span class="cut">${row.tenant}</span>` };

/** @param {{ rows: QuotaUse[], total: number, fleet?: boolean }} props */
export function QuotaTable({ rows, total, fleet = false }) {
    return h(QuotaUseTable, {
        label: 'Quotas',
        rows,
        id: (/** @type {QuotaUse} */ row) => `${row.account} ${row.region} ${row.service} ${row.quota ?? row.name}`,
        columns: fleet ? [ACCOUNT, TENANT, ...COLUMNS] : COLUMNS,
        height: rows.length > 10 ? '380px' : 'none',
        minWidth: fleet ? '980px' : '780px',
        total,
    });
}
