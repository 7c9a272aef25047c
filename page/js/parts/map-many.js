/** The map of a fleet that is too large for a cell per account: a cell per group, as bad as its worst account. */

import { h, html, useMemo } from '../html.js';
import { count } from '../format.js';
import { looks } from '../model/grid.js';
import { layout } from '../model/layout.js';
import { href, hrefHere, param, setParams } from '../router.js';
import { Map } from './map.js';

/** @import { Directory, Picture } from '../model/picture.js' */
/** @import { Group } from '../model/layout.js' */

/** Which of the looks of accounts a group has: the worst of states, else that of most others. @param {Group} group @param {Uint8Array} of */
export function worst(group, of) {
    let found = 0;
    for (const account of group.members) {
        const look = of[account] ?? 0;
        if (look > found && look < 6) found = look;
    }
    return found || (of[group.members[0] ?? 0] ?? 0);
}

/** @param {{ known: Directory, view: Picture, all: Group[], of: Uint8Array, by: string, area: { width: number, height: number } }} props */
export function ManyMap({ known, view, all, of, by, area }) {
    const made = useMemo(() => layout([{ name: `${count(all.length)} groups by ${by}`, members: all.map((_, i) => i) }], area.width, area.height, all.length), [all, by, area]);
    const drawn = useMemo(() => looks({ ...known, ids: all.map(({ name }) => name) }, (i) => worst(all[i] ?? { name: '', members: [] }, of)), [known, all, of, view.v]);
    const into = (/** @type {number} */ i) => `${param('q')} ${by}=${all[i]?.name ?? ''}`.trim();
    return html`<p class="notice">${count(known.ids.length)} accounts are more than cells can show: each cell is a group by ${by}, as bad as its worst account. Open one to see its accounts.</p>
        ${h(Map, {
            layout: made,
            looks: drawn,
            lit: null,
            counts: [],
            by,
            selected: new Set(),
            current: -1,
            select: () => undefined,
            open: (i, page) => (page ? window.open(href('', { q: into(i) }), '_blank', 'noopener') : setParams({ q: into(i) })),
            pointed: () => undefined,
            say: (i) => `${all[i]?.name ?? ''}, ${count(all[i]?.members.length ?? 0)} accounts`,
            heading: () => hrefHere({ q: null }),
        })}`;
}
