// Shards, furthest behind first, each with how it went in the last minutes.
import { h, html } from '../html.js';
import { useAnswer } from '../api.js';
import { bytes, clock, count, duration, short } from '../format.js';
import { lagState, sorted, stands } from '../model/pipeline.js';
import { param, setParams } from '../router.js';
import { Answer } from './empty.js';
import { CopyButton } from './link.js';
import { Spark } from './spark.js';
import { Table } from './table.js';

/** The table, of this kind of rows. */
const ShardTable = /** @type {(props: Parameters<typeof Table<Shard>>[0]) => import('../html.js').Child} */ (Table);

/** @typedef {import('../../types/shapes.js').Shard} Shard */
/** @typedef {import('../../types/shapes.js').List<Shard>} Shards */

/** @param {number} seconds */
const lag = (seconds) =>
    seconds < 60 ? Number(seconds.toFixed(1)) + ' s' : duration(seconds) + (seconds < 3600 ? ' ' + Math.round(seconds % 60) + ' s' : '');

/** Columns, most of which can be sorted by. @type {import('./table.js').Column<Shard>[]} */
const COLUMNS = [
    {
        name: 'Shard',
        width: 'minmax(150px, 1.4fr)',
        sort: 'shard',
        cell: (row) =>
            html`<span class="mono" title=${row.stream + ' ' + row.shard}>${brief(row.shard)}</span> <span class="faint">${row.stream.replace(/^.*\//, '')}</span>`,
    },
    {
        name: 'Behind',
        width: '92px',
        num: true,
        sort: 'lag',
        cell: (row) => html`<b class=${lagState(row.behind_seconds) === 'good' ? '' : lagState(row.behind_seconds)}>${lag(row.behind_seconds)}</b>`,
    },
    {
        name: 'Last minutes',
        width: '104px',
        cell: (row) =>
            h(Spark, {
                values: row.spark,
                width: 96,
                slots: Math.max(24, row.spark.length),
                tone: lagState(row.behind_seconds) === 'good' ? '--text-3' : lagState(row.behind_seconds) === 'poor' ? '--warning' : '--critical',
                label: 'Seconds behind, from ' + Math.round(row.spark[0] ?? 0) + ' to ' + Math.round(row.spark.at(-1) ?? 0),
            }),
    },
    { name: 'Records', width: '92px', num: true, sort: 'rate', cell: (row) => short(row.records_per_second) + '/s' },
    { name: 'Bytes', width: '100px', num: true, sort: 'bytes', cell: (row) => bytes(row.bytes_per_second) + '/s' },
    {
        name: 'Rules saw until',
        width: '112px',
        num: true,
        cell: (row) => (row.seen_until ? html`<span title=${row.seen_until}>${clock(row.seen_until)}</span>` : html`<span class="faint">-</span>`),
    },
    {
        name: 'Checkpoint',
        width: 'minmax(100px, 1fr)',
        cell: (row) =>
            row.checkpoint
                ? html`<span class="row checkpoint"><span class="mono faint" title=${row.checkpoint}>...${row.checkpoint.slice(-10)}</span>${h(CopyButton, { text: row.checkpoint, what: 'checkpoint' })}</span>`
                : html`<span class="faint">none yet</span>`,
    },
    {
        name: 'State',
        width: 'minmax(80px, 1fr)',
        cell: (row) =>
            row.trouble
                ? html`<span class=${stands(row) ? 'bad' : 'muted'} title=${row.trouble}>${row.trouble}</span>`
                : html`<span class="faint">reads</span>`,
    },
];

/** `shard-12` of `shardId-000000000012`. @param {string} id */
const brief = (id) => id.replace(/^shardId-0*(\d+)$/, 'shard-$1');

/** @param {{ pipeline: import('../../types/shapes.js').Pipeline }} props */
export function Shards({ pipeline }) {
    const answer = useAnswer('pipeline/shards', { limit: 500 }, { topic: 'pipeline', every: 4000 });
    const by = param('order') || 'lag';
    const wanted = param('shard');
    if (pipeline.shards === 0 && answer.data !== null && /** @type {Shards} */ (answer.data).items.length === 0) return null;
    return html`<section class="panel" aria-label="Shards">
        <header><h2>Shards</h2><span class="muted">${count(pipeline.shards)} read${pipeline.shards_late > 0 ? html`, <b class="bad">${count(pipeline.shards_late)} late</b>` : ''}</span>
            ${wanted ? html`<button type="button" class="chip" aria-pressed="true" onClick=${() => setParams({ shard: null })}>${wanted} ${'\u00d7'}</button>` : null}</header>
        ${Answer({
            answer,
            rows: 6,
            children: (/** @type {Shards} */ data) => {
                const rows = sorted(
                    data.items.filter((row) => !wanted || row.shard.includes(wanted) || brief(row.shard) === wanted),
                    by,
                );
                return html`${h(ShardTable, { label: 'Shards', rows, id: (/** @type {Shard} */ row) => row.stream + '/' + row.shard, columns: COLUMNS, height: rows.length > 8 ? '300px' : 'none', minWidth: '900px', total: data.total, sorted: by === 'shard' ? by : '-' + by, sort: (/** @type {string} */ key) => setParams({ order: key.replace('-', '') === 'lag' ? null : key.replace('-', '') }) })}
            ${data.total > data.items.length || wanted ? html`<div class="table-foot">${count(rows.length)} of ${count(data.total)} shards.</div>` : null}`;
            },
        })}
    </section>`;
}
