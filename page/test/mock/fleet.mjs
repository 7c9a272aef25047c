// A made-up fleet: accounts, rules, alerts and what happens to them. Pure: the same seed, scenario and clock give the same fleet.

import { FIRST, REGIONS, RINGS, SECOND, STAGES, TIERS } from './names.mjs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const SCENARIOS = ['quiet', 'bad-deploy', 'noisy-tenant', 'region-outage', 'silent-accounts', 'pipeline-lag'];
export const STATES = ['ok', 'pending', 'no_data', 'error', 'warning', 'critical'];
export const FRESH = ['live', 'late', 'silent', 'new', 'suspended'];
export const MARKS = ['none', 'silenced', 'acked'];

/** Random numbers from a seed (mulberry32). */
export function random(seed) {
    let a = seed >>> 0;
    return () => {
        a = (a + 0x6d2b79f5) >>> 0;
        let t = Math.imul(a ^ (a >>> 15), 1 | a);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

/** A number from a text (FNV-1a). */
export function hash(text) {
    let h = 0x811c9dc5;
    for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
    return h >>> 0;
}

export function fingerprint(text) {
    return hash(text).toString(16).padStart(8, '0') + hash(`${text}!`).toString(16).padStart(8, '0');
}

function pick(rng, weighted) {
    let at = rng() * weighted.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of weighted) {
        at -= weight;
        if (at < 0) return value;
    }
    return weighted[0][0];
}

/** Accounts, ascending by id. */
export function makeAccounts(seed, count) {
    const rng = random(seed);
    const tenants = [];
    for (const second of SECOND) for (const first of FIRST) tenants.push({ id: first + second, tier: pick(rng, TIERS) });
    const ids = new Set();
    while (ids.size < count) ids.add(String(Math.floor(rng() * 1e12)).padStart(12, '0'));
    const perTenant = new Map();
    return [...ids].sort().map((id, index) => {
        const tenant = tenants[Math.floor(rng() ** 1.7 * tenants.length)];
        const stage = pick(rng, STAGES);
        const region = pick(rng, REGIONS);
        const ring = pick(rng, RINGS);
        const number = (perTenant.get(tenant.id) ?? 0) + 1;
        perTenant.set(tenant.id, number);
        const labels = {
            region,
            tier: tenant.tier,
            ou: `${stage}-${region.slice(0, 2)}`,
            ring,
            release: ring === 'ring-0' ? '2026.11.3' : ring === 'ring-1' ? '2026.11.2' : '2026.11.1',
        };
        if (index % 97 === 0) delete labels.release;
        const known = index % 431 !== 17;
        return {
            index,
            id,
            tenant: known ? tenant.id : 'unassigned',
            name: known ? `${tenant.id}-${stage}-${number}` : '',
            known,
            labels: known ? labels : {},
            fresh: 'live',
            suspended: index % 613 === 7,
            rate: Math.exp(rng() * 6 - 1),
            bytes: 180 + rng() * 900,
            errors: rng() ** 6 * 0.05,
            created: Date.UTC(2021, 0, 1) + Math.floor(rng() * 1.6e11),
        };
    });
}

/** Rules from the text of a file of rules: what stands in it, by its lines. */
export function readRules(file, text) {
    const lines = text.split('\n');
    const pack = /labels:\s*{pack:\s*([\w-]+)}/.exec(text)?.[1] ?? 'own';
    const starts = lines.flatMap((line, index) => (/^ {2}- alert: /.test(line) ? [index] : []));
    return starts.map((start, at) => {
        let end = starts[at + 1] ?? lines.length;
        while (end > start + 1 && /^\s*(#.*)?$/.test(lines[end - 1])) end -= 1;
        const source = lines
            .slice(start, end)
            .map((line) => line.replace(/^ {2}/, ''))
            .join('\n');
        const block = /^\s*description:\s*>-\n((?:\s{6,}.+\n?)+)/m.exec(source)?.[1].replace(/\s+/g, ' ').trim();
        const value = (key) => new RegExp(`^\\s*(?:- )?${key}:\\s*(.+)$`, 'm').exec(source)?.[1].replace(/^["']|["']$/g, '');
        const group = (value('group_by') ?? value('by') ?? '[account]').replace(/[[\]\s]/g, '').split(',');
        return {
            rule: value('alert') ?? '',
            kind: value('kind') ?? 'threshold',
            file,
            line: start + 1,
            source,
            pack,
            group,
            critical: value('critical'),
            warning: value('warning'),
            summary: value('summary'),
            description: block ?? value('description'),
            runbook: value('runbook') ?? `https://runbooks.example.net/${(value('alert') ?? '').toLowerCase()}`,
            selector: value('accounts') ?? value('where'),
        };
    });
}

/** A threshold as the rule has it, for a level. */
export function threshold(rule, level) {
    const text = (level === 'critical' ? (rule.critical ?? rule.warning) : (rule.warning ?? rule.critical)) ?? '> 0';
    const [, op, number, unit] = /([<>]=?)\s*([\d.]+)\s*(\S*)/.exec(text) ?? [null, '>', '1', ''];
    return { op, value: Number(number), unit, text: `${number}${unit === '%' ? ' %' : unit ? ` ${unit}` : ''}` };
}

function valueBeyond(rule, level, roll) {
    const limit = threshold(rule, level);
    const factor = limit.op.startsWith('>') ? 1.05 + roll * 1.6 : 0.9 - roll * 0.8;
    const value = limit.value === 0 ? Math.ceil(roll * 40) : limit.value * factor;
    const rounded = limit.unit === '%' || value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
    return { value: rounded, text: `${rounded}${limit.unit === '%' ? ' %' : limit.unit ? ` ${limit.unit}` : ''}` };
}

const GROUP_VALUES = {
    'dim.FunctionName': ['checkout', 'invoice-render', 'search-index', 'thumbnailer'],
    'dim.QueueName': ['orders-dlq', 'mail-dlq'],
    'dim.ApiName': ['public-api', 'partner-api'],
    'dim.ApiId': ['a1b2c3d4e5'],
    'dim.LoadBalancer': ['app/front/50dc6c495c0c9188'],
};

/** An alert of a rule for an account, in the API's shape with a few fields of our own. */
export function makeAlert(rule, account, { state, level, since, fired, roll, now }) {
    const wanted = level ?? (state === 'critical' ? 'critical' : 'warning');
    const group = {};
    for (const key of rule.group.filter((name) => name !== 'account')) {
        const values = GROUP_VALUES[key];
        group[key] = key === 'region' ? (account.labels.region ?? '') : values ? values[hash(account.id) % values.length] : `${key}-1`;
    }
    const limit = threshold(rule, wanted);
    const silent = state === 'no_data' || state === 'error';
    const { value, text } = valueBeyond(rule, wanted, roll);
    return {
        fingerprint: fingerprint(`${rule.rule}/${account.id}/${Object.values(group).join('/')}`),
        name: state === 'no_data' ? `${rule.rule}:NoData` : rule.rule,
        rule: rule.rule,
        account: account.id,
        tenant: account.tenant,
        account_name: account.name,
        region: group.region ?? account.labels.region ?? '',
        group,
        labels: { pack: rule.pack },
        state,
        recovering: false,
        silenced_by: [],
        value: silent ? undefined : value,
        value_text: silent ? 'no data' : text,
        threshold: limit.value,
        threshold_text: `${limit.op} ${limit.text}`,
        since,
        fired: state === 'pending' ? undefined : fired,
        notified: state === 'pending' ? undefined : fired + 20_000,
        notify: wanted === 'critical' ? 'page' : 'ticket',
        episode: 1 + (hash(account.id + rule.rule) % 4),
        summary: (rule.summary ?? '').replace(/{{\s*(.*?)\s*}}/g, (_, inner) =>
            inner.startsWith('value') ? text : inner === 'tenant' ? account.tenant : inner === 'account' ? account.id : (group[inner] ?? inner),
        ),
        runbook: rule.runbook,
        history: history(fingerprint(account.id + rule.rule), state, since, now),
    };
}

/** The worst state in each of the last 24 hours. */
function history(seed, state, since, now) {
    const rng = random(hash(seed));
    const digit = String(STATES.indexOf(state));
    const hours = Math.min(24, Math.ceil((now - since) / HOUR));
    let text = '';
    for (let hour = 0; hour < 24; hour += 1) {
        const back = 24 - hour;
        text += back <= hours ? digit : hour < 2 ? '-' : rng() < 0.12 ? '4' : rng() < 0.1 ? '1' : '0';
    }
    return text;
}

/** What each scenario does: rule, which accounts, how many, state, how long ago (minutes, from and to). */
const PLOTS = {
    quiet: [],
    'bad-deploy': [
        ['DlqNotEmpty', (a) => a.labels.tier === 'gold' && a.labels.ring === 'ring-0', 9, 'critical', 2, 6],
        ['LambdaErrorRatio', (a) => a.labels.release === '2026.11.3', 41, 'warning', 3, 39],
        ['LambdaErrorRatio', (a) => a.labels.release === '2026.11.3', 14, 'critical', 3, 24],
        ['LambdaThrottles', (a) => a.labels.tier === 'bronze', 7, 'warning', 170, 190],
        ['SilentAccount', () => true, 14, 'no_data', 500, 560],
        ['RdsCpu', () => true, 6, 'pending', 1, 4],
        ['QueueAge', (a) => a.labels.ou?.startsWith('sandbox'), 41, 'warning', 60, 900],
        ['CertificateExpiring', () => true, 3, 'warning', 900, 1400],
    ],
    'noisy-tenant': [
        ['ErrorVolumeSpike', (a) => a.tenant === 'acme', 40, 'warning', 1, 50],
        ['ThrottledAccount', (a) => a.tenant === 'acme', 12, 'warning', 5, 40],
        ['CostJump', (a) => a.tenant === 'acme', 5, 'warning', 10, 20],
    ],
    'region-outage': [
        ['RestApiErrorRatio', (a) => a.labels.region === 'eu-west-1', 1320, 'critical', 4, 12],
        ['LambdaErrorRatio', (a) => a.labels.region === 'eu-west-1', 1010, 'warning', 3, 11],
        ['LoadBalancerErrors', (a) => a.labels.region === 'eu-west-1', 640, 'critical', 2, 10],
        ['QueueAge', (a) => a.labels.region === 'eu-west-1', 410, 'pending', 1, 3],
        ['SilentAccount', (a) => a.labels.region === 'eu-west-1', 120, 'no_data', 3, 9],
    ],
    'silent-accounts': [
        ['SilentAccount', (a) => a.labels.ou === 'prod-us', 412, 'no_data', 20, 60],
        ['TelemetryCutOff', (a) => a.labels.ou === 'prod-us', 30, 'critical', 20, 58],
    ],
    'pipeline-lag': [
        ['PipelineLag', () => true, 1, 'critical', 7, 8],
        ['LambdaErrorRatio', (a) => a.labels.tier === 'bronze', 5, 'warning', 30, 90],
    ],
};

/** The whole fleet at a moment. */
export function makeFleet({ seed = 1, accounts: count = 6000, scenario = 'bad-deploy', rules, now, tenants }) {
    const accounts = makeAccounts(seed, count).filter((one) => !tenants || tenants.includes(one.tenant));
    accounts.forEach((one, index) => Object.assign(one, { index }));
    const rng = random(seed * 7 + 1);
    const byName = new Map(rules.map((rule) => [rule.rule, rule]));
    const alerts = [];
    const taken = new Set();
    for (const [name, chosen, many, state, from, to] of PLOTS[scenario] ?? []) {
        const rule = byName.get(name);
        const pool = accounts.filter((one) => one.known && !one.suspended && chosen(one) && !taken.has(name + one.id));
        for (let left = Math.min(many, pool.length); left > 0; left -= 1) {
            const [account] = pool.splice(Math.floor(rng() * pool.length), 1);
            taken.add(name + account.id);
            const since = now - (from + rng() * (to - from)) * MINUTE;
            alerts.push(makeAlert(rule, account, { state, since, fired: Math.min(now - 1000, since + 90_000), roll: rng(), now }));
            if (name === 'SilentAccount') account.fresh = 'silent';
        }
    }
    for (const account of accounts) {
        if (account.suspended) account.fresh = 'suspended';
        else if (scenario === 'pipeline-lag' && account.index % 14 === 3) account.fresh = 'late';
        else if (account.index % 1999 === 5) account.fresh = 'new';
        if (scenario === 'region-outage' && account.labels.region === 'eu-west-1') account.errors = 0.2 + rng() * 0.5;
    }
    return { seed, tenants, scenario, accounts, rules, alerts, byId: new Map(accounts.map((one) => [one.id, one])), byName, v: 1, log: [] };
}
