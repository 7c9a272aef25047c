/** What a silence would keep quiet, before there is one. */

import { Refused, post } from '../api.js';
import { h, html, useEffect, useState } from '../html.js';
import { count } from '../format.js';
import { faultOf, narrow, written } from '../model/matchers.js';
import { AccountLink } from './link.js';
import { Skeleton } from './empty.js';

/** @import { Preview } from '../../types/shapes' */
/** @import { Matcher } from '../model/matchers.js' */

/** Asks again a moment after the matchers changed. @param {readonly Matcher[]} matchers */
export function usePreview(matchers) {
    const key = matchers.map(written).join();
    const ready = matchers.length > 0 && matchers.every((one) => faultOf(one) === null) && narrow(matchers);
    const [seen, setSeen] = useState(/** @type {{ key: string, preview: Preview | null, error: string }} */ ({ key: '', preview: null, error: '' }));
    useEffect(() => {
        if (!ready) return undefined;
        let over = false;
        const timer = setTimeout(async () => {
            try {
                const preview = await post('silences/preview', { matchers });
                if (!over) setSeen({ key, preview, error: '' });
            } catch (error) {
                if (!over) setSeen({ key, preview: null, error: error instanceof Refused ? `${error.detail} ${error.hint}` : String(error) });
            }
        }, 250);
        return () => {
            over = true;
            clearTimeout(timer);
        };
    }, [key, ready]);
    return { ...seen, ready, fresh: seen.key === key };
}

/** @param {{ of: ReturnType<typeof usePreview> }} props */
export function SilencePreview({ of: { preview, error, ready, fresh } }) {
    return html`<section class="panel preview" aria-label="Preview" aria-live="polite"><header><h2>Preview</h2></header><div class=${fresh || !ready ? 'body' : 'body is-stale'}>
        ${!ready ? html`<p class="muted">Say what is to be silenced, and it is shown here which alerts that are.</p>`
            : error ? html`<p class="notice bad">${error}</p>`
                : !preview ? h(Skeleton, { rows: 3 }) : h(What, { preview })}
    </div></section>`;
}

/** @param {{ preview: Preview }} props */
function What({ preview }) {
    const { firing, critical, accounts, sample } = preview;
    return html`<p class="preview-figure"><b>${count(firing)}</b> <span>${firing === 1 ? 'alert' : 'alerts'} that ${firing === 1 ? 'fires' : 'fire'} now${critical > 0 && html`, <span class="critical-text">${count(critical)} critical</span>`}</span></p>
        <p class="muted">${accounts === 0 ? 'No account that is known matches: nothing to come would be silenced either.' : `Alerts to come of ${count(accounts)} ${accounts === 1 ? 'account' : 'accounts'} would be silenced too.`}</p>
        ${firing === 0 && html`<p class="notice">Nothing fires now that it would silence. That is right for work that is planned; else look at the conditions again.</p>`}
        ${sample.length > 0 && html`<ul class="preview-sample">${sample.map(([account, name]) => html`<li>${account ? h(AccountLink, { id: account }) : html`<span class="muted">fleet</span>`}<span class="cut">${name}</span></li>`)}
            ${firing > sample.length && html`<li class="faint">and ${count(firing - sample.length)} more</li>`}</ul>`}`;
}
