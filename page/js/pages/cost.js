// What tenants send and what it costs, and which accounts are nearest to their quotas.
import { h, html } from '../html.js';
import { useAnswer } from '../api.js';
import { bytes, count, moment, short } from '../format.js';
import { of, priceText, wholeText } from '../model/quotas.js';
import { param, setParams } from '../router.js';
import { meta, now } from '../store.js';
import { Answer } from '../parts/empty.js';
import { AccountLink } from '../parts/link.js';
import { More, usePages } from '../parts/pages.js';
import { QuotaTable } from '../parts/quota-table.js';
import { Table } from '../parts/table.js';
import { useCli, useTitle } from '../parts/title.js';

/** @typedef {import('../../types/shapes.js').CostRow} CostRow */
/** @typedef {import('../../types/shapes.js').List<CostRow>} CostRows */
/** @typedef {import('../../types/shapes.js').QuotaUse} QuotaUse */

/** The table, of this kind of rows. */
const CostTable = /** @type {(props: Parameters<typeof Table<CostRow>>[0]) => import('../html.js').Child} */ (Table);

const PERIODS = [['today', 'Today'], ['day', '24 hours'], ['total', 'Since the start']];
const ROWS = [['tenant', 'Tenants'], ['account', 'Accounts']];

/** @param {{ args: Record<string, string> }} _ */
export function Page(_) {
    const by = param('by') === 'account' ? 'account' : 'tenant';
    const period = ['today', 'total'].includes(param('period')) ? param('period') : 'day';
    useTitle('Cost and quotas');
    useCli(`fanin cost --by ${by}`);
    return html`<div class="stack">
        <header class="page-head"><div><h1>Cost and quotas</h1><p class="sub">${h(Sum, { period })}</p></div>
            <div class="tools">${h(Choice, { name: 'by', of: ROWS, now: by, standard: 'tenant' })}${h(Choice, { name: 'period', of: PERIODS, now: period, standard: 'day' })}</div></header>
        ${h(Costs, { by, period })}
        ${h(Nearest, {})}
    </div>`;
}

/** One of a few, as part of the address. @param {{ name: string, of: string[][], now: string, standard: string }} props */
function Choice({ name, of: all, now: at, standard }) {
    return html`<span class="row" role="group" aria-label=${name === 'by' ? 'Rows' : 'Time'}>${all.map(([value = '', text]) => html`<button key=${value} type="button" class=${'button small' + (value === at ? ' is-on' : '')} aria-pressed=${value === at} onClick=${() => setParams({ [name]: value === standard ? null : value })}>${text}</button>`)}</span>`;
}

/** All that may be seen, in one sentence. @param {{ period: string }} props */
function Sum({ period }) {
    const answer = useAnswer('cost', { by: 'fleet' }, { topic: 'state', every: 10_000 });
    const row = /** @type {CostRows | null} */ (answer.data)?.items[0];
    if (!row) return '';
    const amounts = of(row, period);
    const when = period === 'today' ? 'since midnight (UTC)' : period === 'total' ? `since ${meta.value ? moment(meta.value.started, now()) : 'the start'}` : 'in the last 24 hours';
    const price = amounts.price === undefined ? '' : `, ${priceText(amounts.price, row.currency)}`;
    return `${bytes(amounts.bytes)}, ${short(amounts.logs)} log records and ${short(amounts.metric_updates)} metric updates ${when}${price}.`;
}

/** @param {string} period @param {string} by @returns {import('../parts/table.js').Column<CostRow>[]} */
const columns = (period, by) => [
    ...(by === 'account' ? [{ name: 'Account', width: '136px', cell: (/** @type {CostRow} */ row) => h(AccountLink, { id: row.account ?? '' }) }] : []),
    { name: 'Tenant', width: 'minmax(110px, 2fr)', cell: (row) => html`<span class="cut strong">${row.tenant}</span>` },
    ...(by === 'account' ? [] : [{ name: 'Accounts', width: '76px', num: true, cell: (/** @type {CostRow} */ row) => count(row.accounts) }]),
    { name: 'Bytes', width: '84px', num: true, cell: (row) => bytes(of(row, period).bytes) },
    { name: 'Records', width: '80px', num: true, cell: (row) => short(of(row, period).logs) },
    { name: 'Updates', width: '80px', num: true, title: 'Updates of metrics in metric streams', cell: (row) => short(of(row, period).metric_updates) },
    { name: 'Streamed', width: '84px', num: true, title: 'Bytes of the records of streams, mostly compressed', cell: (row) => bytes(of(row, period).streamed_bytes) },
    { name: 'Arrived', width: '76px', num: true, title: 'What arrived of what CloudWatch forwarded in the last whole quarter of an hour', cell: (row) => html`<span class=${row.completeness === undefined ? 'faint' : row.completeness < 0.98 ? 'bad' : row.completeness < 0.999 ? 'poor' : ''}>${wholeText(row.completeness)}</span>` },
    { name: 'Price', width: '110px', num: true, cell: (row) => html`<b>${priceText(of(row, period).price, row.currency)}</b>` },
];

/** @param {{ by: string, period: string }} props */
function Costs({ by, period }) {
    const list = usePages('cost', { by }, { topic: 'state', every: 10_000 });
    const rows = /** @type {CostRow[]} */ (list.items);
    return html`<section class="panel" aria-label="Cost"><header><h2>${by === 'account' ? 'Accounts' : 'Tenants'}</h2><span class="muted">most first, by the last 24 hours</span><a class="button small" href=${`api/v1/cost.csv?by=${by}&limit=1000`} download>CSV</a></header>
        ${Answer({
            answer: list,
            rows: 6,
            children: () => rows.length === 0
                ? html`<p class="body muted">Nothing came yet.</p>`
                : html`${h(CostTable, { label: 'Cost', rows, id: (/** @type {CostRow} */ row) => row.account ?? row.tenant, columns: columns(period, by), height: rows.length > 14 ? '480px' : 'none', minWidth: '760px', total: list.total })}${h(More, { list: /** @type {any} */ (list), what: by === 'account' ? 'accounts' : 'tenants' })}`,
        })}
    </section>`;
}

/** Accounts that are nearest to their quotas. */
function Nearest() {
    const list = usePages('quotas', {}, { topic: 'state', every: 10_000 });
    const rows = /** @type {QuotaUse[]} */ (list.items);
    return html`<section class="panel" aria-label="Nearest to their quotas"><header><h2>Nearest to their quotas</h2><span class="muted">fullest first; what is not known stands last</span><a class="button small" href="api/v1/quotas.csv?limit=1000" download>CSV</a></header>
        ${Answer({
            answer: list,
            rows: 6,
            children: () => rows.length === 0
                ? html`<p class="body muted">No account tells what it uses: metric streams must carry AWS/Usage, or the concurrency of Lambda.</p>`
                : html`${h(QuotaTable, { rows, total: list.total, fleet: true })}${h(More, { list: /** @type {any} */ (list), what: 'quotas' })}`,
        })}
    </section>`;
}
