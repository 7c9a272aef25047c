// Answers about rules, in the shapes of src/api.

import { Refused, iso, part, words } from './answer.mjs';
import { STATES, hash, threshold } from './fleet.mjs';

/** Every instance of a rule, by distance from its threshold. */
export function instances(world, name, params) {
    const rule = world.byName.get(name);
    if (!rule) throw new Refused(404, 'not_found', 'No such rule', `There is no rule ${name}.`, 'See /rules for all of them.');
    const mine = new Map(world.alerts.filter((one) => one.rule === name).map((one) => [one.account, one]));
    const limit = threshold(rule, rule.warning ? 'warning' : 'critical');
    const states = words(params, 'state');
    const rows = world.accounts
        .filter((one) => one.known && !one.suspended)
        .map((one) => {
            const alert = mine.get(one.id);
            const up = limit.op.startsWith('>');
            const roll = (hash(one.id + name) % 10_000) / 10_000;
            const value = alert ? alert.value : Math.round(limit.value * (up ? roll ** 1.5 : 1.02 + roll * 3) * 100) / 100;
            const distance = value === undefined || limit.value === 0 ? undefined : ((limit.value - value) / limit.value) * (up ? 1 : -1);
            return {
                account: one.id,
                tenant: one.tenant,
                account_name: one.name,
                group: alert?.group ?? {},
                state: alert?.state ?? 'ok',
                value,
                value_text: alert?.value_text ?? `${value}${limit.unit === '%' ? ' %' : limit.unit ? ` ${limit.unit}` : ''}`,
                threshold: limit.value,
                threshold_text: `${limit.op} ${limit.text}`,
                distance,
                since: alert ? iso(alert.since) : undefined,
            };
        })
        .filter((row) => states.length === 0 || states.includes(row.state))
        .filter((row) => !params.get('account') || row.account === params.get('account'));
    rows.sort((a, b) => (a.distance ?? 9) - (b.distance ?? 9));
    return part(world, rows, params);
}

function ruleRow(world, rule) {
    const mine = world.alerts.filter((one) => one.rule === rule.rule);
    const states = mine.map((one) => STATES.indexOf(one.state));
    const selector = rule.pack === 'database' ? 'tier != free' : rule.pack === 'quotas' ? 'ou =~ prod-.*' : undefined;
    const applies =
        selector === undefined
            ? world.accounts
            : world.accounts.filter((one) => (rule.pack === 'database' ? one.labels.tier !== 'free' : one.labels.ou?.startsWith('prod-')));
    const changed = world.transitions.find((one) => one.rule === rule.rule);
    return {
        rule: rule.rule,
        kind: rule.kind,
        level: rule.critical ? 'critical' : 'warning',
        file: rule.file,
        line: rule.line,
        summary: rule.summary,
        labels: { pack: rule.pack },
        applies_to: applies.length,
        accounts: world.accounts.length,
        selector,
        firing: mine.filter((one) => one.fired && one.state !== 'no_data').length,
        pending: mine.filter((one) => one.state === 'pending').length,
        no_data: mine.filter((one) => one.state === 'no_data').length,
        state: STATES[Math.max(0, ...states)],
        overrides: overridesOf(rule).length,
        evaluated: iso(world.now - 2000),
        groups: applies.length + (hash(rule.rule) % 900),
        groups_max: 50_000,
        changed: iso(changed?.at),
    };
}

function overridesOf(rule) {
    if (rule.rule !== 'LambdaErrorRatio' && rule.rule !== 'QueueAge') return [];
    return [
        {
            selector: 'tenant = acme',
            changes: { warning: '> 9%' },
            accounts: 3,
            owner: 'team-payments',
            expired: false,
            reason: 'Their importer retries on purpose until the new queue is there (PAY-1182)',
            expires: '2026-12-31T00:00:00.000Z',
        },
        {
            selector: 'tier = free',
            changes: { critical: 'off', for: '15m' },
            accounts: 702,
            owner: 'platform',
            expired: false,
            reason: 'Nobody is woken for free tenants',
        },
        {
            selector: 'ou = sandbox-eu',
            changes: { warning: '> 50%' },
            accounts: 41,
            owner: 'platform',
            expired: true,
            reason: 'Load test',
            expires: '2026-11-01T00:00:00.000Z',
        },
    ];
}

export function rules(world, params) {
    const words = (params.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const states = params.getAll('state').join(',').split(',').filter(Boolean);
    const rows = world.rules
        .map((rule) => ruleRow(world, rule))
        .filter(
            (row) =>
                words.every((word) => `${row.rule} ${row.file} ${row.summary ?? ''} ${row.kind}`.toLowerCase().includes(word)) &&
                (states.length === 0 || states.includes(row.state)),
        );
    return part(world, rows, params, 200, 200);
}

export function rule(world, name) {
    const one = world.byName.get(name);
    if (!one) throw new Refused(404, 'not_found', 'No such rule', `There is no rule ${name}.`, 'See /rules for all of them.');
    const notifications = world.notifications
        .filter((sent) => sent.rule === name)
        .slice(0, 20)
        .map(({ at, title, to, cause, accounts }) => ({ at: iso(at), title, to, cause, accounts }));
    return {
        ...ruleRow(world, one),
        source: world.tenants ? '' : one.source,
        annotations: { summary: one.summary ?? '', description: one.description ?? '' },
        runbook: one.runbook,
        every_seconds: 30,
        override_list: overridesOf(one),
        notifications,
    };
}

/** The lines of a rule in its file. */
export function source(world, name) {
    const { source: text, file, line } = rule(world, name);
    return { rule: name, file, line, line_last: line + text.split('\n').length - 1, source: text };
}

/** A check that knows a handful of faults, so that they can be looked at. */
export function check(world, text, tries) {
    const lines = text.split('\n');
    const diagnostics = lines.flatMap((line, at) => {
        if (line.includes('\t'))
            return [
                {
                    severity: 'error',
                    code: 'E001',
                    line: at + 1,
                    column: line.indexOf('\t') + 1,
                    message: 'a tab is no indentation in YAML',
                    hint: 'use two spaces',
                },
            ];
        const unknown = /^\s*(treshold|windwo|warnings|criticals):/.exec(line);
        if (unknown)
            return [
                {
                    severity: 'error',
                    code: 'E012',
                    line: at + 1,
                    column: line.indexOf(unknown[1]) + 1,
                    message: `unknown key ${unknown[1]}`,
                    hint: 'did you mean warning, critical, window?',
                },
            ];
        if (/for:\s*0s/.test(line))
            return [
                {
                    severity: 'warning',
                    code: 'W004',
                    line: at + 1,
                    column: 1,
                    message: 'fires at the first value that breaches',
                    hint: 'for: 2m keeps single outliers quiet',
                },
            ];
        return [];
    });
    if (!/^\s*- alert:/m.test(text))
        diagnostics.push({ severity: 'error', code: 'E002', message: 'there is no rule in it', hint: 'begin with `- alert: Name`' });
    if (!tries || diagnostics.some((one) => one.severity === 'error')) return { diagnostics };
    const limit = Number(/(?:warning|critical):\s*"?[<>=\s]*([\d.]+)/.exec(text)?.[1] ?? 5);
    const items = world.accounts.filter((one) => hash(one.id) % 1000 < 400 / (limit + 1)).map((one) => [one.id, 1 + (hash(one.id) % 3)]);
    const name = /- alert:\s*(\S+)/.exec(text)?.[1] ?? 'rule';
    const fired = items.reduce((sum, [, times]) => sum + times, 0);
    return {
        diagnostics,
        would_fire: {
            seconds: 7140,
            records: 8_412_300,
            accounts: items.length,
            fired,
            rules: { [name]: fired },
            items: items.slice(0, 50),
            notices: /from:\s*metrics/.test(text) ? ['Metrics are not stored: rules over metrics see no data here.'] : [],
        },
    };
}
