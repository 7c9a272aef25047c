/** Matchers to be written: one row each, with the names and values that there are. */

import { h, html, useId, useMemo } from '../html.js';
import { OPERATORS, faultOf, matcher, operator, parseMatchers } from '../model/matchers.js';
import { directory } from '../store.js';
import { Icon } from './icon.js';
import { useAll } from './pages.js';
import { valueOf } from './write.js';

/** @import { Matcher } from '../model/matchers.js' */
/** @import { RuleRow } from '../../types/shapes' */

/** What an alert is known by, beside labels of accounts. */
const OWN = ['rule', 'account', 'tenant', 'severity', 'region'];
/** More suggestions than so many help nobody. */
const SUGGESTED = 400;

const WORDS = /** @type {Record<string, string>} */ ({ '=': 'is', '!=': 'is not', '=~': 'matches', '!~': 'matches not' });

/** Values that a label has, as far as they are known here. */
function useValues() {
    const known = directory.value;
    /** @type {ReturnType<typeof useAll<RuleRow>>} */
    const rules = useAll('rules', { topic: '' });
    const tenants = useMemo(() => [...new Set(known?.tenants ?? [])].sort().slice(0, SUGGESTED), [known]);
    return {
        names: [...new Set([...OWN, ...Object.keys(known?.labels ?? {})])],
        of: (/** @type {string} */ name) => {
            if (name === 'rule' || name === 'alertname') return rules.items.map(({ rule }) => rule);
            if (name === 'tenant') return tenants;
            if (name === 'severity' || name === 'level') return ['critical', 'warning'];
            return (known?.labels[name]?.values ?? []).filter(Boolean).slice(0, SUGGESTED);
        },
    };
}

/** @param {{ matchers: readonly Matcher[], change: (matchers: Matcher[]) => void, fault: string }} props */
export function MatcherEditor({ matchers, change, fault }) {
    const values = useValues();
    const id = useId();
    const set = (/** @type {number} */ at, /** @type {Matcher} */ next) => change(matchers.map((one, i) => (i === at ? next : one)));
    const paste = (/** @type {ClipboardEvent} */ event) => {
        const read = parseMatchers(event.clipboardData?.getData('text') ?? '');
        if (!read || read.length === 0) return;
        event.preventDefault();
        change([...matchers.filter((one) => one.name || one.value), ...read]);
    };
    return html`<fieldset class="matcher-editor" onPaste=${paste}><legend>Silence alerts of which</legend>
        <datalist id=${`${id}-names`}>${values.names.map((name) => html`<option value=${name}></option>`)}</datalist>
        ${matchers.map((one, i) => h(Row, { key: i, one, at: i, names: `${id}-names`, values: values.of(one.name), list: `${id}-${i}`, set: (next) => set(i, next), remove: () => change(matchers.filter((_, at) => at !== i)) }))}
        <div class="row wrap"><button type="button" class="button small" onClick=${() => change([...matchers, matcher(matchers.length === 0 ? 'rule' : '', '=', '')])}>${h(Icon, { name: 'plus' })}Condition</button>
            <span class="faint">all of them have to hold</span></div>
        ${fault && html`<p class="fault" role="alert">${fault}</p>`}
    </fieldset>`;
}

/** @param {{ one: Matcher, at: number, names: string, values: string[], list: string, set: (next: Matcher) => void, remove: () => void }} props */
function Row({ one, at, names, values, list, set, remove }) {
    const op = operator(one);
    const wrong = one.name || one.value ? faultOf(one) : null;
    return html`<div class="matcher-row" role="group" aria-label=${`Condition ${at + 1}`}>
        <input class="field mono" aria-label="Label" list=${names} value=${one.name} placeholder="label" spellcheck=${false} autocapitalize="off" autocomplete="off" onInput=${(/** @type {Event} */ event) => set({ ...one, name: valueOf(event).trim() })} />
        <span class="select"><select aria-label="Comparison" value=${op} onChange=${(/** @type {Event} */ event) => set(matcher(one.name, valueOf(event), one.value))}>${OPERATORS.map((sign) => html`<option value=${sign}>${WORDS[sign]}</option>`)}</select></span>
        <input class="field mono" aria-label="Value" list=${one.isRegex ? undefined : list} value=${one.value} placeholder=${one.isRegex ? 'pattern, such as eu-.*' : 'value'} aria-invalid=${wrong !== null} spellcheck=${false} autocapitalize="off" autocomplete="off" onInput=${(/** @type {Event} */ event) => set({ ...one, value: valueOf(event) })} />
        <datalist id=${list}>${values.map((value) => html`<option value=${value}></option>`)}</datalist>
        <button type="button" class="button quiet icon" aria-label=${`Remove condition ${at + 1}`} onClick=${remove}>${h(Icon, { name: 'close' })}</button>
        ${wrong && html`<p class="fault">${wrong}</p>`}</div>`;
}
