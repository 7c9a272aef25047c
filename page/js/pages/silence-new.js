/** A new silence, or one that is changed: what, how long, why; and before it is made, what it keeps quiet. */

import { h, html, useEffect, useMemo, useState } from '../html.js';
import { duration, moment } from '../format.js';
import { matcher, parseMatchers, written } from '../model/matchers.js';
import { BEFORE_MS, DURATIONS, command, faults, fromLocalTime, localTime, posted } from '../model/silences.js';
import { go, href, param, params, setParams } from '../router.js';
import { may, meta, now } from '../store.js';
import { CopyButton } from '../parts/link.js';
import { MatcherEditor } from '../parts/matcher-editor.js';
import { SilencePreview, usePreview } from '../parts/silence-preview.js';
import { useCli, useTitle } from '../parts/title.js';
import { ReadOnly, author, makeSilence, remember, valueOf } from '../parts/write.js';

/** @import { Matcher } from '../model/matchers.js' */

const HOUR = 3_600_000;

/** How long it is to last: a length from now on, or a moment. @typedef {{ seconds: number } | { end: number }} Choice */

/** @param {Choice} choice @param {number} start */
const endOf = (choice, start) => ('end' in choice ? choice.end : start + choice.seconds * 1000);

/** A form without a condition begins with one. @param {Matcher[]} given */
const begun = (given) => (given.length > 0 ? given : [matcher('rule', '=', '')]);

/** What is chosen at first. @param {string} until end of a silence that is changed @returns {Choice} */
const first = (until) => (Date.parse(until) > now() ? { end: Date.parse(until) } : { seconds: 7200 });

/** Matchers of the address; what is no matcher is left out. @param {string[]} given */
const read = (given) => given.flatMap((text) => parseMatchers(text) ?? []);

export function NewSilence() {
    const id = param('id');
    useTitle(id ? 'Change a silence' : 'New silence');
    const most = meta.value?.silence_seconds_max ?? 7 * 86_400;
    const [matchers, setMatchers] = useState(() => begun(read(params.peek().getAll('m'))));
    const [choice, setChoice] = useState(() => first(param('until')));
    const [name, setName] = useState(author());
    const [comment, setComment] = useState(() => params.peek().get('comment') ?? '');
    const [tried, setTried] = useState(false);
    const [busy, setBusy] = useState(false);
    const given = params.value.getAll('m').join();
    useEffect(() => {
        const now = read(params.peek().getAll('m'));
        if (now.length > 0 && now.map(written).join() !== matchers.map(written).join()) setMatchers(now);
    }, [given]);
    const change = (/** @type {Matcher[]} */ next) => {
        setMatchers(next);
        const whole = next.filter((one) => one.name !== '');
        if (whole.length === next.length) setParams({ m: whole.map(written) }, { typing: true });
    };
    const preview = usePreview(matchers);
    const start = now() - BEFORE_MS;
    const form = { matchers, start, end: endOf(choice, start), author: may.value.name || name, comment };
    const wrong = faults(form, now(), most);
    const seconds = Math.max(0, (form.end - form.start) / 1000);
    const told = matchers.map(written);
    const cli = useMemo(() => command(told, seconds, comment), [told.join(), Math.round(seconds / 60), comment]);
    useCli(matchers.length > 0 ? cli : '');
    const submit = async (/** @type {Event} */ event) => {
        event.preventDefault();
        setTried(true);
        if (busy || Object.keys(wrong).length > 0) return;
        setBusy(true);
        if (!may.value.name) remember(name);
        const asked = posted(form);
        const made = await makeSilence(id ? { ...asked, id } : asked, `${id ? 'Changed' : 'Silenced'} for ${duration(seconds)}.`);
        setBusy(false);
        if (made) go('silences');
    };
    if (!may.value.write && meta.value) return html`<div class="page-head"><h1><a class="crumb" href=${href('silences')}>Silences</a> New</h1></div>${h(ReadOnly, {})}<div class="silence-form one">${h(SilencePreview, { of: preview })}</div>`;
    return html`<div class="page-head"><div><h1><a class="crumb" href=${href('silences')}>Silences</a> ${id ? 'Change' : 'New'}</h1><p class="sub">Rules go on; nobody is told. What still fires at the end is told of again.</p></div></div>
        <form class="silence-form" onSubmit=${submit} novalidate><section class="panel"><div class="body stack">
            ${h(MatcherEditor, { matchers, change, fault: tried ? (wrong.matchers ?? '') : '' })}
            ${h(Length, { choice, setChoice, most, end: form.end, fault: tried || 'end' in choice ? (wrong.end ?? '') : '' })}
            ${may.value.name ? html`<p class="muted">Made as <b>${may.value.name}</b>.</p>` : h(Field, { label: 'Who are you', value: name, set: setName, fault: tried ? (wrong.author ?? '') : '', hint: 'remembered in this browser' })}
            ${h(Field, { label: 'Why', value: comment, set: setComment, fault: tried ? (wrong.comment ?? '') : '', hint: 'for the next person on call', long: true })}
            <div class="row wrap"><button type="submit" class="button primary large" disabled=${busy}>${id ? 'Change' : 'Silence'} for ${duration(seconds)}</button><a class="button quiet" href=${href('silences')}>Cancel</a>
                ${preview.preview && preview.fresh && html`<span class="muted narrow-only">${preview.preview.sentence}</span>`}</div>
        </div></section>
        <div class="stack">${h(SilencePreview, { of: preview })}${matchers.length > 0 && html`<div class="cli-line"><code class="cut">${cli}</code>${h(CopyButton, { text: cli, what: 'command' })}</div>`}</div></form>`;
}

/** @param {{ choice: Choice, setChoice: (next: Choice) => void, most: number, end: number, fault: string }} props */
function Length({ choice, setChoice, most, end, fault }) {
    const custom = 'end' in choice;
    const days = Math.floor(most / 86_400);
    return html`<fieldset class="length"><legend>For how long</legend><div class="row wrap" role="group" aria-label="Length">
        ${DURATIONS.filter(([, seconds]) => seconds <= most).map(([word, seconds]) => html`<button type="button" class="chip" aria-pressed=${!custom && choice.seconds === seconds} onClick=${() => setChoice({ seconds })}>${word}</button>`)}
        <button type="button" class="chip" aria-pressed=${custom} onClick=${() => setChoice({ end: Math.min(end, now() + most * 1000) })}>until</button>
        ${custom ? html`<input class="field" type="datetime-local" aria-label="End" value=${Number.isFinite(choice.end) ? localTime(choice.end) : ''} min=${localTime(now())} max=${localTime(now() + most * 1000)} onInput=${(/** @type {Event} */ event) => setChoice({ end: fromLocalTime(valueOf(event)) })} />`
            : html`<span class="faint">ends ${moment(end, now())}</span>`}
        </div><p class="faint">${days > 0 ? `${days} ${days === 1 ? 'day' : 'days'} at most` : `${duration(most)} at most`}${most * 1000 < HOUR ? '' : ', in your own time'}.</p>${fault && html`<p class="fault" role="alert">${fault}</p>`}</fieldset>`;
}

/** @param {{ label: string, value: string, set: (text: string) => void, fault: string, hint: string, long?: boolean }} props */
function Field({ label, value, set, fault, hint, long = false }) {
    const input = (/** @type {Event} */ event) => set(valueOf(event));
    return html`<label class="stack-label"><span>${label} <span class="faint">${hint}</span></span>
        ${long ? html`<textarea class="field" rows="2" maxlength="1000" value=${value} aria-invalid=${fault !== ''} onInput=${input}></textarea>` : html`<input class="field" maxlength="100" value=${value} aria-invalid=${fault !== ''} autocomplete="name" onInput=${input} />`}
        ${fault && html`<span class="fault" role="alert">${fault}</span>`}</label>`;
}
