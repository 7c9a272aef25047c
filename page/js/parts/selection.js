/** What can be done with accounts that were selected: silence, compare, copy. */

import { h, html, useState } from '../html.js';
import { count, counted } from '../format.js';
import { useKeys } from '../keys.js';
import { common } from '../model/filter.js';
import { follow, href } from '../router.js';
import { directory, may } from '../store.js';
import { CommonLabels } from './fleet-rules.js';
import { selection } from './fleet-state.js';
import { Icon } from './icon.js';
import { copy } from './link.js';
import { Panel } from './panel.js';

const MOST = 300;

/** Address of a new silence for accounts. @param {string[]} ids */
export function silenceHref(ids) {
    const [first = ''] = ids;
    return href('silences/new', { m: [ids.length === 1 ? `account="${first}"` : `account=~"${ids.join('|')}"`] });
}

export function SelectionBar() {
    const [comparing, setComparing] = useState(false);
    const chosen = selection.value;
    const known = directory.value;
    const ids = known ? [...chosen].sort((a, b) => a - b).map((i) => known.ids[i] ?? '') : [];
    const clear = () => {
        selection.value = new Set();
        setComparing(false);
    };
    const silence = () => (ids.length > 0 && ids.length <= MOST && may.peek().write ? follow(silenceHref(ids)) : false);
    useKeys(chosen.size ? { Escape: clear, s: silence, c: () => { copy(ids.join('\n'), counted(ids.length, 'account id')); } } : {});
    if (!known || chosen.size === 0) return null;
    const why = !may.value.write ? 'Reading only' : ids.length > MOST ? `At most ${MOST} accounts in one silence: silence by a label` : 'Silence these accounts (s)';
    return html`<div class="selection" role="region" aria-label="Selection"><b>${counted(ids.length, 'account')}</b><span class="muted wide-only">selected</span>
        ${may.value.write && ids.length <= MOST ? html`<a class="button small" title=${why} href=${silenceHref(ids)}>${h(Icon, { name: 'bell_off' })}Silence</a>` : html`<button type="button" class="button small" disabled title=${why}>${h(Icon, { name: 'bell_off' })}Silence</button>`}
        <button type="button" class="button small" onClick=${() => setComparing(true)}>Compare</button>
        <button type="button" class="button small" title="Copy ids (c)" onClick=${() => copy(ids.join('\n'), counted(ids.length, 'account id'))}>${h(Icon, { name: 'copy' })}Copy ids</button>
        <button type="button" class="button quiet icon small push" aria-label="Clear the selection" onClick=${clear}>${h(Icon, { name: 'close' })}</button>
        ${comparing && h(Compare, { members: [...chosen], close: () => setComparing(false) })}
    </div>`;
}

/** @param {{ members: number[], close: () => void }} props */
function Compare({ members, close }) {
    const known = directory.value;
    if (!known) return null;
    const items = common(known, members, 0.3);
    return h(Panel, {
        title: `${counted(members.length, 'account')} against the fleet`,
        label: 'Comparison of the selection',
        close,
        children: html`<p class="muted">What these accounts have in common that the other ${count(known.ids.length - members.length)} have not, most telling first.</p>
            ${items.length ? h(CommonLabels, { items }) : html`<p class="faint">Nothing: their labels are spread as in the fleet.</p>`}`,
    });
}
