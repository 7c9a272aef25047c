// Records that could not be used, by why: a sample of each, and a replay, which is always tried first.
import { h, html, useState } from '../html.js';
import { post, touch, useAnswer } from '../api.js';
import { count, counted } from '../format.js';
import { may } from '../store.js';
import { Age } from './age.js';
import { Answer } from './empty.js';
import { AccountLink, CopyButton } from './link.js';
import { Pieces } from './pieces.js';
import { toast } from './toast.js';

/** @typedef {import('../../types/shapes.js').DeadLetters} Letters */
/** @typedef {import('../../types/shapes.js').Replayed} Replayed */
/** @typedef {import('../../types/shapes.js').List<Letters>} LettersList */

/** @param {{ total: number }} props */
export function DeadLetters({ total }) {
    const answer = useAnswer('pipeline/dlq', { limit: 100 }, { topic: 'pipeline', every: 5000 });
    return html`<section class="panel" aria-label="Dead letters">
        <header><h2>Dead letters</h2><span class="muted">${total > 0 ? counted(total, 'record') + ' that could not be used' : ''}</span></header>
        ${Answer({
            answer,
            rows: 3,
            children: (/** @type {LettersList} */ data) =>
                data.items.length === 0
                    ? html`<p class="body quiet-line">Every record that came could be used.</p>`
                    : data.items.map((letters) => h(Group, { key: letters.reason, letters, reload: answer.reload })),
        })}
    </section>`;
}

/** @param {{ letters: Letters, reload: () => void }} props */
function Group({ letters, reload }) {
    const [open, setOpen] = useState(false);
    const [trial, setTrial] = useState(/** @type {Replayed | null} */ (null));
    const [done, setDone] = useState(/** @type {Replayed | null} */ (null));
    const [busy, setBusy] = useState(false);
    const able = may.value.write;
    const replay = async (/** @type {boolean} */ dry) => {
        setBusy(true);
        try {
            const answer = /** @type {Replayed} */ (
                await post('pipeline/dlq/' + encodeURIComponent(letters.reason) + '/replay', undefined, { dry_run: dry ? 'true' : 'false' })
            );
            if (dry) setTrial(answer);
            else {
                setDone(answer);
                setTrial(null);
                toast(counted(answer.sent, 'letter') + ' sent again');
                touch('pipeline');
                reload();
            }
        } catch (error) {
            toast.bad(error);
        }
        setBusy(false);
    };
    return html`<div class="letters" data-reason=${letters.reason}>
        <div class="row wrap">
            <b class="num">${count(letters.letters)}</b><span class="strong">${letters.reason.replaceAll('_', ' ')}</span><span class="muted">${letters.meaning}</span>
            <span class="muted">${letters.accounts > 0 ? html`${counted(letters.accounts, 'account')}${letters.account ? html`${letters.accounts > 1 ? ', most of ' : ': '}${h(AccountLink, { id: letters.account })}` : ''}` : 'of no known account'}</span>
            <span class="faint">last ${h(Age, { at: letters.last })}, first ${h(Age, { at: letters.first })}</span>
            <span class="push row">
                <button type="button" class="button small" aria-expanded=${open ? 'true' : 'false'} onClick=${() => setOpen(!open)}>Sample</button>
                <button type="button" class="button small" disabled=${!able || busy} title=${able ? 'Tells what would be sent, and sends nothing yet' : 'Whoever looks here may only read'} onClick=${() => replay(true)}>Replay...</button>
            </span>
        </div>
        ${
            open
                ? html`<div class="stack">
            <p class="muted">The newest one: ${h(Pieces, { text: letters.detail, max: 2000 })}</p>
            <pre class="sample" dir="ltr" tabindex="0">${h(Pieces, { text: letters.sample, multiline: true, max: 20_000 })}</pre>
            <div class="row wrap faint"><span>They lie at <code>${letters.place}</code></span>${h(CopyButton, { text: letters.place, what: 'the place' })}<span>Replay them elsewhere: <code>fanin replay ${letters.place}</code></span></div>
        </div>`
                : null
        }
        ${trial ? h(Trial, { trial, busy, send: () => void replay(false), cancel: () => setTrial(null) }) : null}
        ${done ? html`<p class="notice" role="status">${said(done)}</p>` : null}
    </div>`;
}

/** What a replay would do, and the button that does it. @param {{ trial: Replayed, busy: boolean, send: () => void, cancel: () => void }} props */
function Trial({ trial, busy, send, cancel }) {
    return html`<div class="notice row wrap replay-trial" role="status">
        <span class="grow">${trial.sent === 0 ? html`<b>Nothing would be sent.</b>` : html`<b>${counted(trial.sent, 'letter')} of ${count(trial.found)} would be sent again</b>`}${trial.skipped > 0 ? `, ${count(trial.skipped)} cannot be` : ''}. What still cannot be used comes back here.
            ${trial.notices.map((notice) => html` <span key=${notice}>${notice}</span>`)}</span>
        <button type="button" class="button small primary" disabled=${busy || trial.sent === 0} onClick=${send}>Send ${count(trial.sent)}</button>
        <button type="button" class="button small quiet" onClick=${cancel}>Cancel</button>
    </div>`;
}

/** @param {Replayed} done */
const said = (done) =>
    `${count(done.sent)} of ${count(done.found)} were sent again, ${count(done.rejected)} came back, ${count(done.skipped)} could not be replayed. ${done.notices.join(' ')}`;
