// Searching and following logs, of one account or of all: what is asked for stands in the address, what was found below it.
import { h, html, useEffect, useMemo, useRef, useState } from '../html.js';
import { address, get, Refused } from '../api.js';
import { clockMillis, count, counted, moment } from '../format.js';
import { useKeys } from '../keys.js';
import { filled, goesOn, keptFrom, nothing, withPage } from '../model/found.js';
import { wanted } from '../model/log-query.js';
import { iso, OFFERED, range } from '../model/range.js';
import { emptyTail, paused, resumed, sampledText, taken } from '../model/tail.js';
import { param, setParams } from '../router.js';
import { meta, now, tick } from '../store.js';
import { useTail } from '../stream.js';
import { LogList } from './log-list.js';
import { LogPanel } from './log-panel.js';
import { LogQueryBox } from './log-query-box.js';

/** @typedef {import("../../types/shapes.js").LogRow} LogRow */
/** @typedef {import("../model/found.js").Found} Found */

/** Least severities that can be asked for. */
const LEVELS = /** @type {const} */ ([
    ['', 'All'],
    ['info', 'INFO+'],
    ['warn', 'WARN+'],
    ['error', 'ERROR+'],
]);

/**
 * Asks for a search, page by page.
 * @param {string} path @param {Record<string, string>} asked @param {boolean} on
 */
function useFound(path, asked, on) {
    const url = address(path, asked);
    const [state, setState] = useState(() => ({ url: '', found: nothing(), error: /** @type {Refused | null} */ (null), loading: true }));
    const [round, setRound] = useState(0);
    const busy = useRef(false);
    const more = async (/** @type {Found} */ found, /** @type {AbortSignal | undefined} */ abort) => {
        busy.current = true;
        try {
            const page = await get(path, { ...asked, limit: found.pages === 0 ? 200 : 500, cursor: found.next }, abort);
            if (abort?.aborted) return;
            const next = withPage(found, page);
            setState((last) => (last.url === url || found.pages === 0 ? { url, found: next, error: null, loading: goesOn(next) } : last));
            busy.current = false;
            if (goesOn(next)) await more(next, abort);
        } catch (error) {
            if (abort?.aborted) return;
            const why =
                error instanceof Refused ? error : new Refused({ code: 'unexpected', status: -1, title: 'Not understood', detail: String(error) });
            setState((last) => ({ ...last, url, error: why, loading: false }));
        } finally {
            if (!abort?.aborted) busy.current = false;
        }
    };
    useEffect(() => {
        if (!on) return undefined;
        const abort = new AbortController();
        setState((last) => ({ ...last, loading: true }));
        void more(nothing(), abort.signal);
        return () => abort.abort();
    }, [url, round, on]);
    return {
        ...state,
        more: () => {
            if (!busy.current && state.url === url && state.found.next !== undefined && !state.found.full) void more(state.found, undefined);
        },
        reload: () => setRound((last) => last + 1),
    };
}

/**
 * @param {{ account?: string, tall?: boolean, links?: Record<string, string> }} props
 */
export function LogSearch({ account, tall = false, links = {} }) {
    const q = param('q');
    const sev = param('sev');
    const live = param('live') === '1';
    const [asOf, setAsOf] = useState(() => now());
    const words = useMemo(() => wanted(q), [q]);
    const time = range(param('from'), param('to'), asOf);
    const path = account ? 'accounts/' + account + '/logs' : 'logs/search';
    const asked = { q, sev, from: iso(time.from), to: time.follows ? '' : iso(time.to) };
    const { found, error, loading, more, reload } = useFound(path, asked, !live);
    const [tail, setTail] = useState(() => emptyTail(/** @type {LogRow[]} */ ([])));
    const [loose, setLoose] = useState(/** @type {LogRow | null} */ (null));
    const record = param('record');

    useEffect(() => {
        if (live) setTail(emptyTail(found.rows.slice(0, 300).reverse()));
    }, [live, q, sev]);
    useTail({ account, q: [q, sev ? 'sev>=' + sev : ''].filter(Boolean).join(' ') }, (rows, of) => setTail((last) => taken(last, rows, of)), live);

    const search = (/** @type {string} */ query) => setParams({ q: query }, { typing: true });
    const open = (/** @type {LogRow} */ row) => {
        setLoose(row.id === undefined ? row : null);
        setParams({ record: row.id ?? null }, { typing: record !== '' });
    };
    const close = () => {
        setLoose(null);
        setParams({ record: null });
    };
    const refresh = () => {
        setAsOf(now());
        reload();
    };
    const follow = () => setParams({ live: !live, to: null });
    useKeys({ '.': follow });

    const rows = live ? tail.rows : found.rows;
    const sampled = sampledText(tail);
    const foot = live
        ? null
        : h(Foot, {
              found,
              loading,
              from: time.from,
              to: time.to,
              account,
              q,
              links,
              onMore: more,
              onWider: (words) => {
                  setAsOf(now());
                  setParams({ from: words, to: null });
              },
          });
    return html`<section class=${'panel logs' + (tall ? ' is-tall' : '')} aria-label="Logs">
    <header class="logs-head">
      <h2>Logs</h2>
      <div class="group" role="group" aria-label="Least severity">
        ${LEVELS.map(([word, label]) => html`<button key=${label} class="button small" aria-pressed=${sev === word ? 'true' : 'false'} onClick=${() => setParams({ sev: word })}>${label}</button>`)}
      </div>
      ${h(LogQueryBox, { value: q, error: error?.code === 'bad_parameter' || error?.status === 400 ? error : null, onChange: search })}
      <div class="row">
        ${h(RangeSelect, {
            words: time.words,
            fixed: !time.follows,
            onPick: (words) => {
                setAsOf(now());
                setParams({ from: words, to: null });
            },
        })}
        <button class="button small" aria-pressed=${live ? 'true' : 'false'} onClick=${follow} title="Follow what comes in (.)"><span class=${'dot' + (live ? (tail.paused ? ' is-paused' : ' is-live') : '')}></span>Live</button>
        ${live ? null : html`<button class="button small quiet" onClick=${refresh} title="Search again up to now">Refresh</button>`}
        <a class="button small quiet" href=${address(path, { ...asked, limit: 1000 }).replace(/(\/logs|\/search)\?/, '$1.ndjson?')} download=${(account ?? 'fleet') + '-logs.ndjson'} title="At most 1,000 records, newest first">NDJSON</a>
      </div>
    </header>
    ${live ? html`<p class="logs-state muted" role="status">${tail.paused ? 'Paused while you read. ' : 'Following, newest last. '}${counted(tail.seen, 'record')} came${sampled ? html`, <b>${sampled}</b>` : null}${tail.lost > 0 ? html` <b>${count(tail.lost)} were left out while paused.</b>` : null}</p>` : null}
    ${error && error.status !== 400 ? html`<p class="notice bad">${error.detail} ${error.hint} ${rows.length > 0 ? 'Below is what was found before.' : ''}</p>` : null}
    <div class=${loading && !live && found.pages > 0 ? 'logs-body is-loading' : 'logs-body'} aria-busy=${loading && !live ? 'true' : 'false'}>
      ${
          rows.length === 0
              ? h(None, {
                    live,
                    loading: loading && !live,
                    found,
                    q,
                    sev,
                    failed: error !== null,
                    tail: tail.seen,
                    foot,
                    onClear: () => setParams({ q: null, sev: null }),
                })
              : h(LogList, {
                    rows,
                    words,
                    opened: record,
                    following: live,
                    waiting: tail.waiting.length,
                    time: clockMillis,
                    onOpen: open,
                    onEnd: more,
                    withAccount: account === undefined,
                    onAway: () => setTail(paused),
                    onBack: () => setTail(resumed),
                    foot,
                })
      }
    </div>
    ${record !== '' || loose ? h(LogPanel, { id: record, loose, words, rows, onOpen: open, onClose: close, onAdd: search, query: q }) : null}
  </section>`;
}

/**
 * @param {{ words: string, fixed: boolean, onPick: (words: string) => void }} props
 */
function RangeSelect({ words, fixed, onPick }) {
    const other = fixed || !OFFERED.some(([offered]) => offered === words);
    return html`<label class="select"><span class="sr">Time range</span><select value=${other ? 'other' : words} onChange=${(/** @type {Event} */ event) => onPick(/** @type {HTMLSelectElement} */ (event.currentTarget).value)}>
    ${other ? html`<option value="other" disabled>${fixed ? 'chosen' : words}</option>` : null}
    ${OFFERED.map(([offered, label]) => html`<option key=${offered} value=${offered}>last ${label}</option>`)}
  </select></label>`;
}

/**
 * Below the last line: how much was looked at, and where older lines are.
 * @param {{ found: Found, loading: boolean, from: number, to: number, account?: string, q: string, links: Record<string, string>, onMore: () => void, onWider: (words: string) => void }} props
 */
function Foot({ found, loading, from, to, account, q, links, onMore, onWider }) {
    void tick.value;
    const kept = keptFrom(found, from);
    const template = links['logs'] ?? meta.value?.links['logs'];
    const backend = template ? filled(template, { account_id: account ?? '', from, to, query: q }) : undefined;
    return html`<div class="logs-foot muted">
    <span>${count(found.rows.length)} of ${count(found.scanned)} records that were looked at${found.complete ? '' : ' so far'}.</span>
    ${found.notices.map((notice) => html`<span key=${notice}>${notice}</span>`)}
    ${loading ? html`<span>Looking further...</span>` : null}
    ${found.full ? html`<span>The page keeps 5,000. Narrow the search to see older ones.</span>` : null}
    ${!loading && !found.complete && !found.full ? html`<button class="button small" onClick=${onMore}>Look further back</button>` : null}
    ${kept !== undefined ? html`<span>Older than ${moment(kept, now())} is not kept here${backend ? ': ' : '.'}${backend ? html`<a class="plain-link" href=${backend} target="_blank" rel="noreferrer">open in backend</a>` : null}</span>` : null}
    ${found.complete && kept === undefined && found.rows.length < 200 ? html`<button class="button small quiet" onClick=${() => onWider('now-24h')}>Search the last 24 h</button>` : null}
  </div>`;
}

/**
 * Nothing to show, and why.
 * @param {{ live: boolean, loading: boolean, found: Found, q: string, sev: string, failed: boolean, tail: number, foot: import("../html.js").Child, onClear: () => void }} props
 */
function None({ live, loading, found, q, sev, failed, tail, foot, onClear }) {
    const filter = [q, sev ? 'at ' + sev + ' or above' : ''].filter(Boolean).join(', ');
    if (live)
        return html`<div class="empty"><p class="title">Waiting for records</p><p>${tail === 0 ? 'Nothing has come since you began to follow.' : ''} ${filter ? 'Only those that match: ' + filter : ''}</p></div>`;
    if (loading && found.pages === 0)
        return html`<div class="log-skeletons" aria-hidden="true">${[72, 54, 81, 40, 66, 58, 77, 49].map((width, at) => html`<span key=${at} class="skeleton" style=${{ width: width + '%' }}></span>`)}</div>`;
    if (failed) return html`<div class="empty"><p class="title">Nothing could be searched</p></div>`;
    const off = meta.value?.retention.logs === 'off';
    if (off)
        return html`<div class="empty"><p class="title">Log lines are not kept here</p><p>The store keeps none (<code>store.logs: off</code>). They are in the backend; live lines can be followed.</p>${foot}</div>`;
    return html`<div class="empty"><p class="title">${filter ? 'No line matches' : 'No lines in this time range'}</p>
    <p>${filter ? html`Searched for <code>${filter}</code> in ${count(found.scanned)} records.` : meta.value?.retention.logs === 'errors' ? 'The store keeps only lines at error or above.' : 'The account said nothing in that time.'}</p>
    ${filter ? html`<p class="row"><button class="button" onClick=${onClear}>Clear the search</button></p>` : null}${foot}</div>`;
}
