// Answers about all accounts at once, in the shapes of src/api.

import { HOUR, count, iso, words } from './answer.mjs';
import { FRESH, STATES, hash } from './fleet.mjs';
import { columns, common } from './world.mjs';

export function meta(world, options) {
    return {
        version: '0.9.0',
        build: options.build,
        started: iso(world.started),
        now: iso(world.now),
        demo: { seed: world.seed, scenario: world.scenario, scenarios: options.scenarios },
        access: {
            name: options.readonly || options.tenants ? 'viewer' : '',
            write: !options.readonly,
            tenants: options.tenants,
            by: options.readonly || options.tenants ? 'token' : 'loopback',
        },
        links: {
            console: 'https://example.awsapps.com/start/#/console?account_id={account_id}&role_name=ReadOnly',
            grafana: 'https://grafana.example.net/d/account?var-account={account_id}&from={from}&to={to}',
            logs: 'https://grafana.example.net/explore?account={account_id}&q={query}&from={from}&to={to}',
        },
        views: [
            { name: 'Gold tier', url: '?group=ou&q=tier%3Dgold' },
            { name: 'Criticals by tenant', url: 'alerts?by=tenant&sev=critical' },
        ],
        retention: { logs: 'all', bytes_max: 2 ** 31, oldest_log: iso(world.now - 2 * HOUR) },
        silence_seconds_max: 7 * 86_400,
    };
}

function statesOf(world) {
    const states = Object.fromEntries(STATES.map((state) => [state, 0]));
    const freshness = Object.fromEntries(FRESH.map((fresh) => [fresh, 0]));
    let silenced = 0;
    for (const code of world.codes) {
        states[STATES[Number(code[0])]] += 1;
        freshness[FRESH[Number(code[1])]] += 1;
        if (code[2] !== '0') silenced += 1;
    }
    return { states, freshness, silenced };
}

export function troubles(world) {
    if (world.scenario !== 'pipeline-lag') return [];
    return [
        {
            code: 'late',
            blind: true,
            message: `Data is 7 min late on 3 of 48 shards: ${count(world.codes, (code) => code[1] === '1')} accounts may be out of date.`,
            link: 'pipeline',
        },
    ];
}

export function freshness(world) {
    return { freshness: statesOf(world).freshness, unknown: count(world.accounts, (one) => !one.known) };
}

export function summary(world) {
    const { states, freshness, silenced } = statesOf(world);
    const firing = new Set(world.alerts.filter((one) => one.fired && one.silenced_by.length === 0).map((one) => one.rule));
    const newest = Math.max(0, ...world.alerts.map((one) => one.fired ?? 0)) || undefined;
    const attention = states.critical + states.warning;
    const verdict =
        firing.size === 0
            ? `All quiet. ${world.rules.length} rules watch ${world.accounts.length} accounts.`
            : `${attention} of ${world.accounts.length} accounts need attention, ${freshness.silent} are silent. ${firing.size} rules firing.`;
    return {
        as_of: iso(world.now),
        evaluated: iso(world.now - 2000),
        verdict,
        accounts: world.accounts.length,
        states,
        silenced,
        freshness,
        unknown: count(world.accounts, (one) => !one.known),
        needs_attention: attention,
        rules: world.rules.length,
        rules_firing: firing.size,
        newest: iso(newest),
        last_resolved: iso(world.lastResolved),
        troubles: troubles(world),
        noise: noise(world),
        first_steps: { sources: true, received: true, decoded: true, known: true },
    };
}

function noise(world) {
    const rules = new Map();
    for (const one of world.transitions.filter((change) => STATES.indexOf(change.to) >= 4)) {
        const row = rules.get(one.rule) ?? { rule: one.rule, fired: 0, accounts: new Set(), seconds: 0, flapping: one.rule === 'QueueAge' };
        row.fired += 1;
        row.accounts.add(one.account);
        row.seconds += 900 + (hash(one.fingerprint) % 4000);
        rules.set(one.rule, row);
    }
    return [...rules.values()]
        .map((row) => ({ ...row, accounts: row.accounts.size }))
        .sort((a, b) => b.fired - a.fired)
        .slice(0, 10);
}

export function directory(world) {
    const labels = {};
    for (const name of ['region', 'tier', 'ou', 'ring', 'release']) {
        const values = ['', ...new Set(world.accounts.flatMap((one) => one.labels[name] ?? []))];
        const at = new Map(values.map((value, index) => [value, index]));
        labels[name] = { values, index: world.accounts.map((one) => at.get(one.labels[name] ?? '')) };
    }
    return {
        version: `d${world.seed}`,
        ids: world.accounts.map((one) => one.id),
        tenants: world.accounts.map((one) => one.tenant),
        names: world.accounts.map((one) => one.name),
        labels,
    };
}

const METRICS = {
    volume: (one) => one.rate * one.bytes,
    events: (one) => one.rate,
    errors: (one) => one.errors,
    quota: (one) => (hash(one.id) % 1000) / 950,
    cost: (one) => one.rate / 200_000,
};

export function fleetState(world, params) {
    const base = { v: world.v, directory: `d${world.seed}`, at: world.now };
    const since = Number(params.get('since') ?? 0);
    const known = since === world.v || world.changes.some((one) => one.v === since + 1);
    if (since && known && !params.get('rule') && !params.get('metric')) {
        const d = new Map(world.changes.filter((one) => one.v > since).flatMap((one) => one.d));
        return { ...base, d: [...d] };
    }
    const metric = METRICS[params.get('metric') ?? ''];
    return { ...base, ...columns(world, params.get('rule') ?? ''), metric: metric ? world.accounts.map(metric) : undefined };
}

export function commonLabels(world, params) {
    const ids = new Set(words(params, 'ids'));
    const rule = params.get('rule');
    const wanted = words(params, 'state');
    for (const alert of world.alerts) if (rule ? alert.rule === rule && alert.fired : false) ids.add(alert.account);
    if (wanted.length > 0) world.codes.forEach((code, at) => wanted.includes(STATES[Number(code[0])]) && ids.add(world.accounts[at].id));
    const set = [...ids].flatMap((id) => world.byId.get(id) ?? []);
    return { accounts: set.length, items: common(world, set) };
}
