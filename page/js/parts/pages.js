/** Lists that grow by a button: nothing is loaded that nobody looked for, and what is shown stays fresh. */

import { get, useAnswer } from '../api.js';
import { html, useEffect, useState } from '../html.js';
import { count } from '../format.js';

/** @import { List } from '../../types/shapes' */
/** @import { Changes } from '../router.js' */

const STEP = 50;
/** What the API gives at once; beyond that one turns pages. */
const MOST = 500;

/**
 * @template T
 * @param {string | null} path @param {Changes} params @param {{ topic?: string, every?: number, step?: number }} [how]
 */
export function usePages(path, params, { topic = 'groups', every = 3000, step = STEP } = {}) {
    const key = JSON.stringify([path, params]);
    const [place, setPlace] = useState({ key, limit: step, cursors: /** @type {string[]} */ ([]) });
    const at = place.key === key ? place : { key, limit: step, cursors: [] };
    const cursor = at.cursors.at(-1) ?? '';
    /** @type {{ data: List<T> | null, error: import('../api.js').Refused | null, loading: boolean, reload: () => void }} */
    const answer = useAnswer(path, { ...params, limit: at.limit, cursor }, { topic, every });
    const next = answer.data?.next;
    return {
        ...answer,
        items: answer.data?.items ?? [],
        total: answer.data?.total ?? 0,
        exact: answer.data?.exact ?? true,
        before: at.cursors.length * MOST,
        more: next && at.limit < MOST ? () => setPlace({ key, limit: Math.min(MOST, Math.max(100, at.limit * 2)), cursors: at.cursors }) : null,
        forward: next && at.limit >= MOST ? () => setPlace({ key, limit: MOST, cursors: [...at.cursors, next] }) : null,
        back: at.cursors.length > 0 ? () => setPlace({ key, limit: MOST, cursors: at.cursors.slice(0, -1) }) : null,
    };
}

/** Parts of a list that is asked for as a whole, at most. */
const PARTS_MOST = 10;

/**
 * All of a list that is never long, such as rules: part after part.
 * @template T
 * @param {string} path @param {{ topic?: string, every?: number }} [how]
 */
export function useAll(path, { topic = 'groups', every = 4000 } = {}) {
    /** @type {{ data: List<T> | null, error: import('../api.js').Refused | null, loading: boolean, reload: () => void }} */
    const first = useAnswer(path, { limit: 1000 }, { topic, every });
    const [rest, setRest] = useState(/** @type {T[]} */ ([]));
    const { data } = first;
    useEffect(() => {
        if (!data?.next) {
            setRest([]);
            return undefined;
        }
        const abort = new AbortController();
        (async () => {
            /** @type {T[]} */
            const more = [];
            for (let cursor = data.next, i = 1; cursor && i < PARTS_MOST; i += 1) {
                /** @type {List<T>} */
                const part = await get(path, { limit: 1000, cursor }, abort.signal);
                more.push(...part.items);
                cursor = part.next;
            }
            setRest(more);
        })().catch(() => undefined);
        return () => abort.abort();
    }, [data]);
    return { ...first, items: [...(data?.items ?? []), ...rest] };
}

/**
 * How many are shown of how many, and how to see more.
 * @param {{ list: ReturnType<typeof usePages>, what: string, notices?: boolean }} props without `notices` the page itself says what is hidden
 */
export function More({ list, what, notices = true }) {
    const { items, total, exact, before, more, forward, back, data, loading } = list;
    if (!data || (items.length === total && !back)) return notices && data?.notices?.length ? html`<div class="more faint">${data.notices.join(' ')}</div>` : null;
    const first = before + 1;
    const text = before > 0 ? `${count(first)} to ${count(before + items.length)}` : count(items.length);
    return html`<div class="more">
        <span class="faint">${text} of ${exact ? '' : 'at least '}${count(total)} ${what} shown</span>
        ${back && html`<button type="button" class="button small" onClick=${back}>The ones before</button>`}
        ${more && html`<button type="button" class="button small" onClick=${more} aria-busy=${loading}>Show more</button>`}
        ${forward && html`<button type="button" class="button small" onClick=${forward}>The next ${MOST}</button>`}
        ${notices && data.notices?.map((notice) => html`<span class="faint">${notice}</span>`)}
    </div>`;
}
