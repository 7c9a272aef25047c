/** What changes something: acknowledging, silencing, renewing. Who may not is told why, and how one may. */

import { del, post, touch } from '../api.js';
import { h, html, signal, useState } from '../html.js';
import { written } from '../model/matchers.js';
import { go, href } from '../router.js';
import { may } from '../store.js';
import { read, write } from '../theme.js';
import { Dialog } from './panel.js';
import { toast } from './toast.js';

/** @import { AckRequest, PostableSilence, SilenceId } from '../../types/shapes' */
/** @import { Matcher } from '../model/matchers.js' */

const AUTHOR = 'fanin.author';

/** Who someone is: what the server knows counts, else what was said last. */
export const author = () => may.value.name || read(AUTHOR);

/** @param {string} name */
export const remember = (name) => write(AUTHOR, name.trim());

/** Why nothing may be written here, and how it may. */
export function whyNot() {
    const { name, by } = may.value;
    if (by === 'token') return `${name ? `The token ${name}` : 'This token'} may read and not write. One with "write: true" in page.access.tokens may.`;
    if (by === 'proxy') return `${name || 'Whoever asks'} is not among page.access.proxy.writers, and may read only.`;
    return 'Nothing may be written here.';
}

/** Says so where it counts; nothing for who may write. */
export function ReadOnly() {
    return may.value.write ? null : html`<div class="notice read-only" role="note"><b>Read only.</b> ${whyNot()}</div>`;
}

/** Whether it may be done; says why where not. */
export function allowed() {
    if (!may.value.write) toast(whyNot(), { bad: true });
    return may.value.write;
}

/** Address of the form with matchers filled in. @param {readonly Matcher[]} matchers @param {Record<string, string>} [more] */
export const silenceHref = (matchers, more = {}) => href('silences/new', { m: matchers.map(written), ...more });

/** @param {readonly Matcher[]} matchers */
export function silence(matchers) {
    if (matchers.length > 0 && allowed()) go('silences/new', { m: matchers.map(written) });
}

/** Makes a silence, and says so with a way back. @param {PostableSilence} asked @param {string} said @returns {Promise<string>} its id; empty where it was refused */
export async function makeSilence(asked, said) {
    try {
        /** @type {SilenceId} */
        const made = await post('silences', asked);
        changed();
        toast(said, { label: 'Undo', act: () => endSilence(made.silenceID, 'Taken back') });
        return made.silenceID;
    } catch (error) {
        toast.bad(error);
        return '';
    }
}

/** @param {string} id @param {string} said */
export async function endSilence(id, said) {
    try {
        await del(`silences/${encodeURIComponent(id)}`);
        changed();
        toast(said);
    } catch (error) {
        toast.bad(error);
    }
}

function changed() {
    for (const topic of ['silences', 'groups', 'state']) touch(topic);
}

/** What waits for a name before it is acknowledged. */
const asking = signal(/** @type {{ requests: AckRequest[], what: string } | null} */ (null));

/** Acknowledges, with one press where it is known who does. @param {AckRequest[]} requests @param {string} what */
export function acknowledge(requests, what) {
    if (requests.length === 0 || !allowed()) return;
    if (author()) send(requests, what, author(), '');
    else asking.value = { requests, what };
}

/** @param {AckRequest[]} requests @param {string} what @param {string} by @param {string} comment */
async function send(requests, what, by, comment) {
    /** @type {string[]} */
    const made = [];
    let failed = 0;
    for (const request of requests) {
        try {
            /** @type {Partial<SilenceId> | null} */
            const answer = await post('alerts/ack', { ...request, by, comment });
            if (answer?.silenceID) made.push(answer.silenceID);
        } catch (error) {
            failed += 1;
            if (failed === 1) toast.bad(error);
        }
    }
    changed();
    if (failed === requests.length) return;
    const undo = made.length > 0 ? { label: 'Undo', act: () => made.forEach((id) => endSilence(id, 'Taken back')) } : {};
    toast(`Acknowledged ${what}. It is told of again when it becomes worse.`, undo);
}

/** The question who it is, where that is not known. */
export function AckDialog() {
    const what = asking.value;
    const [name, setName] = useState('');
    const [comment, setComment] = useState('');
    if (!what) return null;
    const close = () => { asking.value = null; };
    const submit = (/** @type {Event} */ event) => {
        event.preventDefault();
        if (!name.trim()) return;
        remember(name);
        close();
        send(what.requests, what.what, name.trim(), comment.trim());
    };
    return h(Dialog, {
        title: `Acknowledge ${what.what}`,
        close,
        children: html`<form class="stack" onSubmit=${submit}>
            <p class="muted">Nothing more is told of it until it resolves or becomes worse.</p>
            <label class="stack-label"><span>Who are you</span><input class="field" value=${name} required maxlength="100" onInput=${(/** @type {Event} */ event) => setName(valueOf(event))} autocomplete="name" /></label>
            <label class="stack-label"><span>What is being done <span class="faint">(optional)</span></span><input class="field" value=${comment} maxlength="500" onInput=${(/** @type {Event} */ event) => setComment(valueOf(event))} /></label>
            <div class="row"><button type="submit" class="button primary">Acknowledge</button><button type="button" class="button quiet" onClick=${close}>Cancel</button></div>
        </form>`,
    });
}

/** What stands in the field that an event is of. @param {Event} event */
export const valueOf = (event) => (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLSelectElement ? event.target.value : '');
