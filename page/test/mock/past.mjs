// What happened to a made-up fleet before one looks at it: transitions, notifications, silences.

import { fingerprint, hash, makeAlert } from './fleet.mjs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Silences that count or will. */
export function seedSilences(world) {
    const { now } = world;
    const add = (text, from, to, by, comment, more = {}) =>
        world.silences.push({
            id: fingerprint(comment + by),
            matchers: text.map(([name, value, isRegex = false, isEqual = true]) => ({ name, value, isRegex, isEqual })),
            startsAt: now + from * MINUTE,
            endsAt: now + to * MINUTE,
            updatedAt: now + Math.min(0, from) * MINUTE,
            createdBy: by,
            comment,
            ack: false,
            ...more,
        });
    add(
        [
            ['rule', 'QueueAge'],
            ['ou', 'sandbox-.*', true],
        ],
        -900,
        12,
        'mira',
        'Sandboxes are cleaned up, queues stand still until noon',
    );
    add(
        [
            ['tenant', 'acme'],
            ['rule', 'CostJump', false, false],
        ],
        8 * 60,
        12 * 60,
        'jonas',
        'Announced maintenance window of acme (CHG-20418)',
    );
    add([['rule', 'CertificateExpiring']], -300, 40 * 60, 'priya', 'Renewal is ordered, arrives on Tuesday');
    const ack = world.alerts.find((alert) => alert.rule === 'LambdaThrottles');
    if (ack) add([['fingerprint', ack.fingerprint]], -120, 60 * 24 * 30, 'mira', 'Quota increase is requested', { ack: true });
}

/** A silence that is over. */
export function seedExpired(world) {
    const { now } = world;
    world.silences.push({
        id: fingerprint('old'),
        matchers: [
            { name: 'rule', value: 'RdsStorageForecast', isRegex: false, isEqual: true },
            { name: 'tenant', value: 'nova-bank', isRegex: false, isEqual: true },
        ],
        startsAt: now - 9 * HOUR,
        endsAt: now - HOUR,
        updatedAt: now - 9 * HOUR,
        createdBy: 'jonas',
        comment: 'Volumes grow tonight',
        ack: false,
    });
}

/** What happened before: of each alert its own beginning, and some that are over. */
export function past(world) {
    const add = (alert, at, from, to, reason) =>
        world.transitions.push({
            at,
            fingerprint: alert.fingerprint,
            name: alert.name,
            rule: alert.rule,
            account: alert.account,
            tenant: alert.tenant,
            group: alert.group,
            from,
            to,
            value: alert.value,
            value_text: alert.value_text,
            reason,
            episode: alert.episode,
        });
    for (const alert of world.alerts) {
        add(alert, alert.since, 'ok', 'pending', 'the condition holds');
        if (alert.fired) add(alert, alert.fired, 'pending', alert.state, 'it held for long enough');
        if (alert.fired && hash(alert.fingerprint) % 17 === 0) told(world, alert, 'fired', alert.fired + 20_000);
    }
    for (const name of ['QueueAge', 'LambdaErrorRatio', 'RdsCpu', 'LambdaTimeouts', 'ConsoleLoginFailures']) {
        const rule = world.byName.get(name);
        for (let i = 0; rule && i < 30; i += 1) {
            const account = world.accounts[Math.floor(world.roll() * world.accounts.length)];
            const at = world.now - (3 + world.roll() * 20) * HOUR;
            const alert = makeAlert(rule, account, { state: 'warning', since: at, fired: at, roll: world.roll(), now: world.now });
            add(alert, at, 'pending', 'warning', 'it held for long enough');
            add(alert, at + (5 + world.roll() * 60) * MINUTE, 'warning', 'ok', 'below the level of recovery');
        }
    }
    world.transitions.sort((a, b) => b.at - a.at);
}

/** Someone was told. */
export function told(world, alert, cause, at) {
    const accounts = world.alerts.filter((one) => one.rule === alert.rule && one.fired).length;
    world.notifications.push({ rule: alert.rule, at, title: `${alert.rule}: ${accounts} accounts`, to: alert.notify, cause, accounts });
    world.notifications.sort((a, b) => b.at - a.at);
}
