// How much of its quotas an account uses, fullest first; the mark in each bar is where the rule fires.
import { html } from '../html.js';

/** @typedef {import("../../types/shapes.js").Quota} Quota */

/**
 * @param {{ quotas: Quota[], ruleHref: (rule: string) => string }} props
 */
export function Quotas({ quotas, ruleHref }) {
    return html`<ul class="quotas">
    ${quotas.map((quota) => {
        const full = quota.share >= 1 ? ' is-over' : quota.share >= 0.8 ? ' is-near' : '';
        return html`<li class="quota" key=${quota.name}>
        <a class="quota-name cut" href=${ruleHref(quota.rule)} title=${'rule ' + quota.rule}>${quota.name}</a>
        <span class="quota-value">${quota.value_text}${quota.threshold_text ? html`<span class="faint"> alerts at ${quota.threshold_text}</span>` : null}</span>
        <span class=${'meter' + full} role="meter" aria-label=${quota.name} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(quota.share * 100)}>
          <i style=${{ width: Math.min(100, quota.share * 100).toFixed(1) + '%' }}></i>
        </span>
        <span class=${'num quota-share' + full}>${Math.round(quota.share * 100)} %</span>
      </li>`;
    })}
  </ul>`;
}
