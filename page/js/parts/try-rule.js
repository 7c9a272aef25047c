/** A copy of a rule to try things with: what is wrong with it stands beside its lines, and over what is stored one sees who would be
 * told of. Nothing is ever saved: the file in version control is the truth. */

import { Refused, post } from '../api.js';
import { classes, h, html, useEffect, useRef, useState } from '../html.js';
import { count, counted, duration } from '../format.js';
import { byLine } from '../model/rules.js';
import { AccountLink, CopyButton } from './link.js';
import { Painted } from './source.js';
import { valueOf } from './write.js';

/** @import { Check, Diagnostic, WouldFire } from '../../types/shapes' */

/** What is wrong with a text, and what the last text that was tried would have done. @typedef {{ text: string, check: Check | null, error: string, busy: boolean, fire: WouldFire | null, fired: string }} Tried */

/** Asks for a check of a text, and to try it on what is stored, which takes longer; only the newest answer counts. @param {string} text @param {string} rule */
function useCheck(text, rule) {
    const [tried, setTried] = useState(/** @type {Tried} */ ({ text: '', check: null, error: '', busy: false, fire: null, fired: '' }));
    const newest = useRef(0);
    const run = async (/** @type {boolean} */ tries) => {
        newest.current += 1;
        const mine = newest.current;
        setTried((last) => ({ ...last, busy: tries }));
        try {
            /** @type {Check} */
            const check = await post('rules/check', text, { rule, try: tries ? 'true' : '' });
            const made = tries ? { fire: check.would_fire ?? null, fired: text } : {};
            if (mine === newest.current) setTried((last) => ({ ...last, ...made, text, check, error: '', busy: false }));
        } catch (error) {
            const why = error instanceof Refused ? `${error.detail} ${error.hint}` : String(error);
            if (mine === newest.current) setTried((last) => ({ ...last, text, check: null, error: why, busy: false }));
        }
    };
    return { tried, run };
}

/** @param {{ source: string, rule: string, firing: number }} props */
export function TryRule({ source, rule, firing }) {
    const [text, setText] = useState(source);
    const { tried, run } = useCheck(text, rule);
    const field = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
    const old = tried.text !== text;
    const wrong = byLine(old ? [] : (tried.check?.diagnostics ?? []));
    useEffect(() => {
        if (text === source && !tried.check) return undefined;
        const timer = setTimeout(run, 600, false);
        return () => clearTimeout(timer);
    }, [text]);
    const lines = text.split('\n');
    const jump = (/** @type {number} */ line) => {
        const at = lines.slice(0, Math.max(0, line - 1)).reduce((sum, one) => sum + one.length + 1, 0);
        field.current?.focus();
        field.current?.setSelectionRange(at, at + (lines[line - 1]?.length ?? 0));
    };
    const keys = (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run(true);
        else return;
        event.preventDefault();
    };
    return html`<div class="try">
        <div class="editor"><div class="numbers" aria-hidden="true">${lines.map((_, i) => {
            const worst = wrong.get(i + 1)?.some((one) => one.severity === 'error') ? 'error' : wrong.has(i + 1) ? 'warning' : '';
            return html`<span class=${classes({ bad: worst === 'error', odd: worst === 'warning' })}>${i + 1}</span>`;
        })}</div><div class="paper">${h(Painted, { source: text })}<textarea ref=${field} value=${text} spellcheck=${false} autocapitalize="off" autocomplete="off" aria-label=${`A copy of ${rule} to try`}
            aria-describedby="try-result" onInput=${(/** @type {Event} */ event) => setText(valueOf(event))} onKeyDown=${keys}></textarea></div></div>
        <div class="row wrap try-tools">
            <button type="button" class="button primary" onClick=${() => run(true)} disabled=${tried.busy} title="Ctrl-Enter">${tried.busy ? 'Trying' : 'Try it'}</button>
            <button type="button" class="button quiet" disabled=${text === source} onClick=${() => setText(source)}>Back to the rule</button>
            ${h(CopyButton, { text, what: 'rule', label: 'Copy' })}
            <span class="faint push">Nothing is saved: change the file, and let it be reviewed.</span>
        </div>
        <div id="try-result" class="try-result" role="status" aria-live="polite">${h(Result, { tried, text, jump, firing })}</div>
    </div>`;
}

/** @param {{ tried: Tried, text: string, jump: (line: number) => void, firing: number }} props */
function Result({ tried, text, jump, firing }) {
    if (tried.error) return html`<p class="notice bad">${tried.error}</p>`;
    if (!tried.check) return html`<p class="faint">Change a threshold and see how many accounts would have fired over what is stored.</p>`;
    const { diagnostics } = tried.check;
    const wrong = diagnostics.some(({ severity }) => severity === 'error');
    return html`<div>
        ${diagnostics.length > 0 && html`<ul class=${tried.text === text ? 'diagnostics' : 'diagnostics is-stale'}>${diagnostics.map((one) => h(Fault, { one, jump }))}</ul>`}
        ${tried.fire ? html`<div class=${tried.fired === text ? '' : 'is-stale'}>${h(Would, { fire: tried.fire, firing })}</div>`
            : tried.fired === text ? !wrong && html`<p class="muted">It is right. Nothing is stored that it could be tried on.</p>` : !wrong && html`<p class="faint">It can be read. Try it, to see how many accounts would have fired over what is stored.</p>`}
    </div>`;
}

/** @param {{ one: Diagnostic, jump: (line: number) => void }} props */
function Fault({ one, jump }) {
    const { line, column, severity, code, message, hint } = one;
    return html`<li class=${severity}><span class=${`tag level-${severity === 'error' ? 'critical' : 'warning'}`}>${severity}</span>
        ${line !== undefined && html`<button type="button" class="plain-link" onClick=${() => jump(line)}>line ${line}${column ? `, column ${column}` : ''}</button>`}
        <span>${message}${hint && html`. <span class="muted">${hint}</span>`}</span><code class="faint push">${code}</code></li>`;
}

/** @param {{ fire: WouldFire, firing: number }} props */
function Would({ fire, firing }) {
    return html`<p class="would"><b>${counted(fire.accounts, 'account')}</b> would have fired, ${counted(fire.fired, 'time')} in all, over the last ${duration(fire.seconds)} that are stored. <span class="faint">${counted(fire.records, 'record')} looked at; ${count(firing)} fire now.</span></p>
        ${fire.notices.map((notice) => html`<p class="notice">${notice}</p>`)}
        ${fire.items.length > 0 && html`<ul class="would-list">${fire.items.map(([id, times]) => html`<li>${/^\d{12}$/.test(id) ? h(AccountLink, { id }) : id}${times > 1 && html` <span class="faint">${times} times</span>`}</li>`)}
            ${fire.accounts > fire.items.length && html`<li class="faint">and ${count(fire.accounts - fire.items.length)} more</li>`}</ul>`}`;
}
