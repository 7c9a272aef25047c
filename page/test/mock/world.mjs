// The made-up fleet as it goes on: states from alerts and silences, what changes from second to second, what happened before.

import { holds } from '../../js/model/matchers.js';
import { FRESH, MARKS, STATES, makeAlert, makeFleet, random } from './fleet.mjs';
import { past, seedExpired, seedSilences, told } from './past.mjs';

const HOUR = 3_600_000;
export const KEPT_VERSIONS = 64;

const iso = (at) => (at === undefined ? undefined : new Date(at).toISOString());

/** The value of a label of an alert: its own, its group's, its account's, its rule's. */
export function labelOf(world, alert, name) {
    const account = world.byId.get(alert.account);
    switch (name) {
        case 'rule':
        case 'alertname':
            return alert.name;
        case 'level':
        case 'severity':
            return alert.state === 'critical' ? 'critical' : 'warning';
        case 'fingerprint':
            return alert.fingerprint;
        case 'account':
            return alert.account;
        case 'tenant':
            return alert.tenant;
        case 'name':
        case 'account_name':
            return alert.account_name;
        case 'state':
            return alert.state;
        default:
            return alert.group[name] ?? account?.labels[name] ?? alert.labels[name];
    }
}

export const matchesAll = (world, alert, matchers) => matchers.every((one) => holds(one, labelOf(world, alert, one.name)));

/** What a world remembers beside its fleet. */
export function makeWorld(options) {
    const world = {
        ...makeFleet(options),
        silences: [],
        transitions: [],
        notifications: [],
        changes: [],
        started: options.now - 3 * HOUR,
        roll: random((options.seed ?? 1) + 99),
        lastResolved: options.now - 3 * HOUR,
        now: options.now,
    };
    past(world);
    if (options.scenario !== 'quiet') seedSilences(world);
    seedExpired(world);
    refresh(world);
    world.changes = [];
    return world;
}

export const stateOfSilence = (silence, now) => (silence.endsAt <= now ? 'expired' : silence.startsAt > now ? 'pending' : 'active');

/** Works out the state of every account again; answers what changed. */
export function refresh(world) {
    const active = world.silences.filter((one) => stateOfSilence(one, world.now) === 'active');
    const size = world.accounts.length;
    const state = new Uint8Array(size);
    const hushed = new Uint8Array(size);
    const loud = new Uint8Array(size);
    const acked = new Uint8Array(size);
    const firing = new Uint16Array(size);
    for (const alert of world.alerts) {
        const of = active.filter((one) => matchesAll(world, alert, one.matchers));
        alert.silenced_by = of.filter((one) => !one.ack).map((one) => one.id);
        alert.acked_by = of.find((one) => one.ack)?.createdBy;
        const index = world.byId.get(alert.account).index;
        if (alert.fired !== undefined) firing[index] += 1;
        if (alert.silenced_by.length > 0) hushed[index] = 1;
        else {
            if (alert.acked_by) acked[index] = 1;
            else if (alert.state !== 'pending') loud[index] = 1;
            state[index] = Math.max(state[index], STATES.indexOf(alert.state));
        }
    }
    const was = world.codes;
    world.codes = world.accounts.map((account, at) => {
        const mark = loud[at] ? 0 : acked[at] ? 2 : hushed[at] ? 1 : 0;
        return `${state[at]}${FRESH.indexOf(account.fresh)}${mark}${firing[at] > 34 ? 'z' : firing[at].toString(36)}`;
    });
    const d = was ? world.codes.flatMap((code, at) => (code === was[at] ? [] : [[at, code]])) : [];
    if (d.length > 0) {
        world.v += 1;
        world.changes.push({ v: world.v, d });
        world.changes = world.changes.slice(-KEPT_VERSIONS);
    }
    return d;
}

/** What happens in a second: alerts begin and resolve, values move. */
export function tick(world, now) {
    world.now = now;
    if (world.scenario === 'quiet') return refresh(world);
    for (const alert of world.alerts) {
        if (alert.value !== undefined && world.roll() < 0.2) alert.value_text = moved(alert, world.roll());
    }
    if (world.roll() < 0.3) begin(world);
    if (world.roll() < 0.4) resolve(world);
    return refresh(world);
}

function moved(alert, roll) {
    const unit = alert.value_text.replace(/^[\d.]+/, '');
    alert.value = Math.round(alert.value * (0.98 + roll * 0.04) * 10) / 10;
    return alert.value_text === 'no data' ? alert.value_text : `${alert.value}${unit}`;
}

function begin(world) {
    const like = world.alerts[Math.floor(world.roll() * world.alerts.length)];
    if (like === undefined || like.rule === 'PipelineLag' || world.alerts.length > 6000) return;
    const home = world.byId.get(like.account);
    const taken = new Set(world.alerts.filter((one) => one.rule === like.rule).map((one) => one.account));
    const pool = world.accounts.filter((one) => one.labels.ou === home.labels.ou && one.labels.ring === home.labels.ring && !taken.has(one.id));
    const account = pool[Math.floor(world.roll() * pool.length)];
    if (account === undefined) return;
    const alert = makeAlert(world.byName.get(like.rule), account, {
        state: like.state,
        since: world.now - 90_000,
        fired: world.now,
        roll: world.roll(),
        now: world.now,
    });
    world.alerts.push(alert);
    change(world, alert, 'pending', alert.state, 'it held for long enough');
}

function resolve(world) {
    const at = Math.floor(world.roll() * world.alerts.length);
    const alert = world.alerts[at];
    if (alert === undefined || alert.silenced_by.length > 0 || alert.rule === 'PipelineLag') return;
    if (!alert.recovering && alert.fired) {
        alert.recovering = true;
        return;
    }
    world.alerts.splice(at, 1);
    world.lastResolved = world.now;
    change(world, alert, alert.state, 'ok', 'below the level of recovery');
}

function change(world, alert, from, to, reason) {
    world.transitions.unshift({
        at: world.now,
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
    if (to !== 'ok' && world.roll() < 0.1) told(world, alert, 'grew', world.now);
}

/** An alert in the API's shape. */
export const shown = (alert) => ({ ...alert, since: iso(alert.since), fired: iso(alert.fired), notified: iso(alert.notified) });

export const transition = (one) => ({ ...one, at: iso(one.at) });

export function silenceShown(world, one) {
    const state = stateOfSilence(one, world.now);
    const silencing = state === 'active' ? world.alerts.filter((alert) => alert.fired && matchesAll(world, alert, one.matchers)).length : 0;
    return { ...one, startsAt: iso(one.startsAt), endsAt: iso(one.endsAt), updatedAt: iso(one.updatedAt), status: { state }, silencing };
}

/** The picture of all accounts in one text each. */
export function columns(world, rule) {
    const text = (at) => world.codes.map((code) => code[at]).join('');
    if (!rule) return { state: text(0), fresh: text(1), mark: text(2), firing: text(3) };
    const state = new Uint8Array(world.accounts.length);
    for (const alert of world.alerts.filter((one) => one.rule === rule)) {
        const { index } = world.byId.get(alert.account);
        state[index] = Math.max(state[index], STATES.indexOf(alert.state));
    }
    return { state: state.join(''), fresh: text(1), mark: text(2), firing: text(3) };
}

/** A row of accounts. */
export function accountRow(world, account) {
    const [state, fresh, mark] = world.codes[account.index];
    const firing = world.alerts.filter((one) => one.account === account.id && one.fired).map((one) => one.name);
    return {
        id: account.id,
        tenant: account.tenant,
        name: account.name,
        known: account.known,
        labels: account.labels,
        state: STATES[Number(state)],
        freshness: FRESH[Number(fresh)],
        mark: MARKS[Number(mark)],
        firing,
        last_seen: fresh === '3' ? undefined : iso(world.now - (fresh === '2' ? 9 * HOUR : fresh === '4' ? 90 * 24 * HOUR : 3000)),
        events_per_second: fresh === '2' || fresh === '4' ? 0 : account.rate,
        bytes_per_second: fresh === '2' ? 0 : account.rate * account.bytes,
        error_share: fresh === '2' ? undefined : account.errors,
    };
}

/** What a set of accounts has in common that the fleet has not. */
export function common(world, accounts) {
    const count = (list) => {
        const counts = new Map();
        for (const one of list)
            for (const [name, value] of Object.entries(one.labels)) {
                const key = `${name}\0${value}`;
                counts.set(key, (counts.get(key) ?? 0) + 1);
            }
        return counts;
    };
    world.fleetCounts ??= count(world.accounts);
    if (accounts.length < 2) return [];
    return [...count(accounts)]
        .map(([key, many]) => {
            const [name, value] = key.split('\0');
            const share = many / accounts.length;
            const fleet = world.fleetCounts.get(key) / world.accounts.length;
            return { name, value, share, share_of_fleet: fleet, lift: share / fleet, accounts: many };
        })
        .filter((one) => one.share >= 0.5 && one.lift >= 1.3)
        .sort((a, b) => b.lift * b.share - a.lift * a.share)
        .slice(0, 5);
}
