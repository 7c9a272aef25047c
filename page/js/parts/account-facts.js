// What an account uses of its quotas, whether all that it said arrived, and what became of it.
import { h, html } from '../html.js';
import { bytes, count, moment } from '../format.js';
import { href } from '../router.js';
import { meta, now } from '../store.js';
import { useAnswer } from '../api.js';
import { Quotas } from './quota.js';
import { QuotaTable } from './quota-table.js';

/** @typedef {import("../../types/shapes.js").Account} Account */
/** @typedef {import("../../types/shapes.js").Counts} Counts */

/** Counts that are told only where they are not zero: what they are called, what they mean. @type {[keyof Counts, string, string][]} */
const ODD = [
    ['rejects', 'could not be used', 'They lie among the dead letters'],
    ['refused', 'refused by a destination', 'See destinations on the pipeline page'],
    ['sampled_out', 'left out by sampling', 'The account was over its share'],
    ['spilled', 'spilled to disk', 'A destination was down; they are sent later'],
    ['held_back', 'held back by the policy', 'Such as lines below a severity'],
    ['redacted', 'values redacted', 'Secrets and personal data that patterns found'],
];

/** `28 Oct 2022`. @param {string} time */
const day = (time) => new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** @param {{ account: Account }} props */
export function AccountFacts({ account }) {
    const { quotas, completeness, counts, created } = account;
    const odd = ODD.filter(([name]) => counts[name] > 0);
    return html`${h(QuotaUses, { id: account.id })}<div class="facts">
    <section class="panel" aria-label="Quotas that rules watch"><header><h2>Quotas that rules watch</h2><span class="muted">fullest first</span></header>
      <div class="body">${quotas.length === 0 ? html`<p class="muted">No rule looks at a quota of this account.</p>` : h(Quotas, { quotas, ruleHref: (rule) => href('rules/' + encodeURIComponent(rule)) })}</div>
    </section>
    <section class="panel" aria-label="What came"><header><h2>What came</h2><span class="muted">since ${meta.value ? moment(meta.value.started, now()) : 'the start'}</span></header>
      <div class="body stack">
        <div class="figures">
          <span><b>${count(counts.logs)}</b> log records</span>
          <span><b>${count(counts.metrics)}</b> metric data</span>
          <span><b>${bytes(counts.bytes)}</b></span>
        </div>
        ${odd.length === 0 ? null : html`<dl class="pairs">${odd.map(([name, label, why]) => html`<dt key=${name} class="num strong">${count(counts[name])}</dt><dd key=${name + 'd'}>${label} <span class="faint">${why}.</span></dd>`)}</dl>`}
        ${completeness ? h(Complete, { completeness }) : html`<p class="faint">How much CloudWatch forwarded is not known (metrics of AWS/Logs do not come from this account).</p>`}
        ${created ? html`<p class="faint">Account made on ${day(created)}.</p>` : null}
      </div>
    </section>
  </div>`;
}

/** What it uses of all that is known. @param {{ id: string }} props */
function QuotaUses({ id }) {
    const answer = useAnswer('accounts/' + encodeURIComponent(id) + '/quotas', {}, { topic: 'state', every: 15_000 });
    const list = /** @type {import("../../types/shapes.js").List<import("../../types/shapes.js").QuotaUse> | null} */ (answer.data);
    if (!list || (list.items.length === 0 && !list.notices?.length)) return null;
    return html`<section class="panel" aria-label="Quotas"><header><h2>Quotas</h2><span class="muted">what is used of what AWS allows</span></header>
      ${list.items.length > 0 ? h(QuotaTable, { rows: list.items, total: list.total }) : null}
      ${list.notices?.map((notice) => html`<p key=${notice} class="body poor">${notice}</p>`)}
    </section>`;
}

/** @param {{ completeness: import("../../types/shapes.js").Completeness }} props */
function Complete({ completeness }) {
    const { forwarded, arrived, share, delivery_errors } = completeness;
    const whole = share >= 1;
    return html`<div>
    <div class="row"><span class=${'meter grow' + (share >= 0.999 ? '' : share >= 0.98 ? ' is-near' : ' is-over')} role="meter" aria-label="Completeness" aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)}><i style=${{ width: Math.min(100, share * 100).toFixed(1) + '%' }}></i></span>
      <b>${whole ? '100 %' : (Math.floor(share * 1000) / 10).toFixed(1) + ' %'}</b></div>
    <p class="muted">${count(arrived)} of ${count(forwarded)} forwarded log events arrived in the last whole quarter of an hour${delivery_errors > 0 ? html`; CloudWatch counted <b>${count(delivery_errors)}</b> errors of delivery` : ''}.</p>
  </div>`;
}
