// Accounts by how fresh they are; silent and unknown ones are faults of onboarding, so each number opens its list.
import { h, html } from '../html.js';
import { useAnswer } from '../api.js';
import { count, counted } from '../format.js';
import { freshness } from '../model/pipeline.js';
import { hrefHere, href, param } from '../router.js';
import { Age } from './age.js';
import { Answer, Empty } from './empty.js';
import { AccountLink } from './link.js';
import { Table } from './table.js';

/** The table, of this kind of rows. */
const AccountTable = /** @type {(props: Parameters<typeof Table<Row>>[0]) => import('../html.js').Child} */ (Table);

/** @typedef {import('../../types/shapes.js').PipelineAccount} Row */
/** @typedef {import('../../types/shapes.js').List<Row>} Rows */

/** Those that have lists here; live and suspended ones are on the map. */
const LISTED = new Set(['unknown', 'silent', 'throttled', 'late', 'new']);

/** What to do about accounts of a kind. @type {Record<string, string>} */
const ADVICE = {
    unknown:
        'They speak, but the directory does not have them: invite them to the organization, add them to the file of accounts, or find out who sends in their name.',
    silent: 'They were heard and stopped: look at their subscription filters, their delivery role, or whether the workload is gone.',
    throttled: 'They are over their share and sampled: look for a loop or debug lines, or raise their share.',
    late: 'What they say arrives late: their shards are behind, or their own delivery is.',
    new: 'The directory expects them and nothing came yet: has the onboarding stack been rolled out there?',
};

/** @param {{ pipeline: import('../../types/shapes.js').Pipeline }} props */
export function Freshness({ pipeline }) {
    const kind = param('kind');
    return html`<section class="panel" aria-label="Accounts by freshness">
        <header><h2>Accounts by freshness</h2></header>
        <div class="fresh-list">${freshness(pipeline).map(
            (
                one,
            ) => html`<a key=${one.kind} class=${one.bad ? 'bad' : ''} title=${counted(one.count, 'account') + ' ' + one.what} aria-current=${kind === one.kind ? 'true' : undefined}
            href=${LISTED.has(one.kind) ? hrefHere({ kind: kind === one.kind ? null : one.kind }) : href('', { colour: 'freshness', fresh: one.kind })}><b>${count(one.count)}</b><span>${one.label}</span></a>`,
        )}</div>
        ${LISTED.has(kind) ? h(List, { key: kind, kind }) : null}
    </section>`;
}

/** @param {{ kind: string }} props */
function List({ kind }) {
    const answer = useAnswer('pipeline/accounts', { kind, limit: 500 }, { topic: 'pipeline', every: 10_000 });
    return html`<div data-kind=${kind}><p class="muted fresh-advice">${ADVICE[kind]}</p>
        ${Answer({
            answer,
            rows: 5,
            children: (/** @type {Rows} */ data) =>
                data.items.length === 0
                    ? h(Empty, { title: `No ${kind} accounts` })
                    : html`${h(AccountTable, { label: kind + ' accounts', rows: data.items, id: (/** @type {Row} */ row) => row.account, columns: columns(kind), height: data.items.length > 10 ? '340px' : 'none', minWidth: '620px', total: data.total })}
                    ${data.total > data.items.length ? html`<div class="table-foot">The first ${count(data.items.length)} of ${count(data.total)}.</div>` : null}`,
        })}
    </div>`;
}

/** @param {string} kind @returns {import('./table.js').Column<Row>[]} */
const columns = (kind) => [
    { name: 'Account', width: '140px', cell: (row) => h(AccountLink, { id: row.account }) },
    { name: 'Name', width: 'minmax(120px, 1fr)', cell: (row) => row.name || html`<span class="faint">-</span>` },
    { name: 'Tenant', width: 'minmax(100px, 1fr)', cell: (row) => row.tenant },
    { name: 'First heard', width: '110px', num: true, cell: (row) => h(Age, { at: row.first_seen }) },
    { name: 'Last heard', width: '110px', num: true, cell: (row) => h(Age, { at: row.last_seen }) },
    { name: kind === 'throttled' ? 'Left out' : 'Records', width: '100px', num: true, cell: (row) => count(row.records) },
];
