// The page of an account: what is wrong with it, how it has been, what it says. `/accounts/{id}/logs` is its logs alone.
import { h, html, useEffect } from '../html.js';
import { useAnswer } from '../api.js';
import { accountDigits, accountId } from '../format.js';
import { follow, href, params, param, place } from '../router.js';
import { AccountAlerts } from '../parts/account-alerts.js';
import { AccountCharts } from '../parts/account-charts.js';
import { AccountFacts } from '../parts/account-facts.js';
import { AccountHead, StateLine } from '../parts/account-head.js';
import { Failed, Skeleton } from '../parts/empty.js';
import { LogSearch } from '../parts/log-search.js';
import { useCli, useTitle } from '../parts/title.js';
import { AckDialog } from '../parts/write.js';
import { UnknownAccount } from '../parts/unknown-account.js';

/** @typedef {import("../../types/shapes.js").Account} Account */

/** @param {{ args: Record<string, string> }} props */
export function Page({ args }) {
    const given = args['id'] ?? '';
    const digits = accountDigits(given);
    const logs = place.value?.name === 'logs';
    // Ids are pasted with dashes; addresses have digits.
    useEffect(() => {
        if (digits !== given && /^\d{12}$/.test(digits)) {
            follow(href('accounts/' + digits + (logs ? '/logs' : ''), Object.fromEntries(params.peek())), true);
        }
    }, [given]);
    return h(OfAccount, { key: digits, id: digits, logs });
}

/** @param {{ id: string, logs: boolean }} props */
function OfAccount({ id, logs }) {
    const answer = useAnswer('accounts/' + encodeURIComponent(id), {}, { topic: 'state', every: 3000 });
    const account = /** @type {Account | null} */ (answer.data);
    const q = param('q');
    useTitle(account?.name || accountId(id));
    useCli(logs || q ? 'fanin tail --account ' + id + (q ? " '" + q.replaceAll("'", "'\\''") + "'" : '') : 'fanin alerts --account ' + id);
    if (!account) {
        if (answer.error?.status === 404 || answer.error?.code === 'bad_parameter') return h(UnknownAccount, { id, error: answer.error });
        return answer.error ? h(Failed, { error: answer.error, again: answer.reload }) : h(Waiting, {});
    }
    return html`<div class=${'account-page' + (logs ? ' is-logs' : '')}>
    ${h(AccountHead, { account, logs })}
    ${h(StateLine, { account })}
    ${answer.error ? html`<p class="notice bad">${answer.error.detail} Below is what was known before.</p>` : null}
    ${
        logs
            ? null
            : html`<div class=${answer.error ? 'is-stale' : ''}>
      ${h(AccountAlerts, { account })}
      ${h(AccountCharts, { account })}
      ${h(AccountFacts, { account })}
    </div>`
    }
    ${h(LogSearch, { account: id, tall: logs, links: account.links })}
    ${h(AckDialog, {})}
  </div>`;
}

/** In the shape of what comes, so that nothing jumps. */
function Waiting() {
    return html`<div class="account-page" aria-busy="true" aria-label="Loading">
    <div class="page-head"><span class="skeleton account-skeleton"></span></div>
    <div class="panel"><div class="body">${h(Skeleton, { rows: 3 })}</div></div>
    <div class="charts">${[0, 1, 2, 3].map((at) => html`<div key=${at} class="panel chart-skeleton"><div class="body">${h(Skeleton, { rows: 4 })}</div></div>`)}</div>
  </div>`;
}
