// Answers about accounts, and the palette's, in the shapes of src/api.

import { holds, parseSearch } from '../../js/model/matchers.js';
import { HOUR, MINUTE, Refused, iso, part, words } from './answer.mjs';
import { STATES, hash, random } from './fleet.mjs';
import { accountRow, shown } from './world.mjs';

export function accounts(world, params) {
    const { matchers, words: free } = parseSearch(params.get('q') ?? '');
    const states = words(params, 'state');
    const fresh = words(params, 'freshness');
    const of = params.get('rule') ? new Set(world.alerts.filter((one) => one.rule === params.get('rule')).map((one) => one.account)) : null;
    const all = world.accounts.filter((one) => {
        const code = world.codes[one.index];
        if (states.length > 0 && !states.includes(STATES[Number(code[0])]) && !(states.includes('silenced') && code[2] !== '0')) return false;
        if (of && !of.has(one.id)) return false;
        if (fresh.length > 0 && !fresh.includes(one.fresh)) return false;
        if (params.get('known') && String(one.known) !== params.get('known')) return false;
        if (params.get('tenant') && one.tenant !== params.get('tenant')) return false;
        const label = (name) => ({ account: one.id, tenant: one.tenant, name: one.name })[name] ?? one.labels[name];
        return matchers.every((m) => holds(m, label(m.name))) && free.every((word) => `${one.id} ${one.name} ${one.tenant}`.includes(word));
    });
    const list = part(world, all, params, 50, 1000);
    return { ...list, items: list.items.map((one) => accountRow(world, one)) };
}

export function account(world, id) {
    const one = world.byId.get(id);
    if (!one) {
        throw new Refused(
            404,
            'not_found',
            'No such account',
            `The account ${id} was never seen and is not in the directory.`,
            'Search for a part of its id with /.',
        );
    }
    const row = accountRow(world, one);
    const mine = world.alerts.filter((alert) => alert.account === id).map(shown);
    const rng = random(hash(id));
    const bytes = Math.round(one.rate * one.bytes * 86_400);
    return {
        ...row,
        lifecycle: one.suspended ? 'SUSPENDED' : 'ACTIVE',
        created: iso(one.created),
        since: mine[0]?.since,
        alerts: mine,
        rules_ok: world.rules.length - mine.length,
        bytes_day: bytes,
        share_of_fleet: one.rate / 200_000,
        counts: {
            logs: Math.round(one.rate * 9000),
            metrics: Math.round(one.rate * 2000),
            bytes: bytes >> 3,
            sampled_out: 0,
            held_back: 0,
            redacted: Math.round(rng() * 40),
            rejects: Math.round(rng() * 3),
            refused: 0,
            spilled: 0,
        },
        cost: { per_day: (bytes / 1e9) * 0.5, currency: 'USD', basis: '0.50 USD per GB of messages and metric data' },
        quotas: ['LambdaThrottledNearQuota', 'Ec2VcpuForecast', 'FargateVcpuForecast']
            .map((rule, at) => {
                const share = Math.min(1.04, rng() ** 0.5 * (1 - at * 0.2));
                return {
                    name: ['Lambda concurrency', 'EC2 vCPUs', 'Fargate vCPUs'][at],
                    rule,
                    share,
                    value_text: `${Math.round(share * 1000)} of 1,000`,
                    threshold_text: '80 %',
                };
            })
            .sort((a, b) => b.share - a.share),
        completeness: { account: id, tenant: one.tenant, forwarded: 48_211, arrived: 48_180, share: 48_180 / 48_211, delivery_errors: 2 },
        links: {
            console: `https://example.awsapps.com/start/#/console?account_id=${id}`,
            grafana: `https://grafana.example.net/d/account?var-account=${id}`,
        },
        as_of: iso(world.now),
    };
}

export function series(world, id, params) {
    const account = world.byId.get(id) ?? world.accounts[0];
    const to = Number(params.get('to')) || Date.parse(params.get('to') ?? '') || world.now;
    const from = Number(params.get('from')) || Date.parse(params.get('from') ?? '') || to - HOUR;
    const points = Math.min(Number(params.get('points') ?? 300), 2000);
    const step = Math.max(MINUTE, Math.ceil((to - from) / points / MINUTE) * MINUTE);
    const times = [];
    for (let at = Math.floor(from / step) * step; at <= to; at += step) times.push(at);
    const units = { logs: '1/min', metrics: '1/min', bytes: 'By/min', errors: '1/min', warnings: '1/min', delay_ms: 'ms' };
    const asked = words(params, 'names');
    const names = Object.keys(units).filter((name) => asked.length === 0 || asked.includes(name));
    const known = world.started;
    const value = (name, at) => {
        const r = random(hash(`${id}/${name}/${at}`))();
        const wave = 1 + 0.4 * Math.sin(at / 1.4e6) + r * 0.3;
        const base = account.rate * 60;
        return {
            logs: base * wave,
            metrics: base * 0.2 * wave,
            bytes: base * account.bytes * wave,
            errors: base * account.errors * r * 2,
            warnings: base * 0.02 * r,
            delay_ms: 1800 + r * 900,
        }[name];
    };
    const data = names.map((name) => times.map((at) => (at < known || hash(`${id}${at}`) % 61 === 0 ? null : Math.round(value(name, at) * 10) / 10)));
    return { names, units: names.map((name) => units[name]), step_ms: step, data: [times, ...data], known_from: known };
}

export function search(world, params) {
    const q = (params.get('q') ?? '').toLowerCase().replaceAll('-', '');
    const found = world.accounts
        .filter((one) => one.id.includes(q) || one.name.replaceAll('-', '').includes(q))
        .map((one) => ({ kind: 'account', key: one.id, title: one.name || one.id, url: `accounts/${one.id}` }));
    return part(world, found, params, 20, 100);
}
