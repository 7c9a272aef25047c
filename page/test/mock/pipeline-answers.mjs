// Answers about the pipeline, in the shapes of src/api.

import { HOUR, MINUTE, iso, part } from './answer.mjs';
import { hash } from './fleet.mjs';
import { freshness, troubles } from './fleet-answers.mjs';

export function pipeline(world) {
    const late = world.scenario === 'pipeline-lag';
    const total = (rate) => Math.round((rate * (world.now - world.started)) / 1000);
    const stage = (name, unit, rate, errors, queue, figures = {}) => ({ name, unit, per_second: rate, total: total(rate), errors, queue, figures });
    return {
        as_of: iso(world.now),
        stages: [
            stage('sources', 'records', 48_211, 2),
            stage('decode', 'records', 48_201, 12, 0.02, { rejected: 1204 }),
            stage('tag', 'records', 48_201, 0, undefined, { unknown: 14, throttled: 3 }),
            stage('rules', 'samples', 91_310, 0, late ? 0.81 : 0.03, { seconds: 0.3 }),
            stage('export', 'records', 48_190, 0, 0.03, { retried: 12, rejected: 0, dropped: 0 }),
            stage('notify', 'notifications', 0.02, 1, 0),
        ],
        end_to_end: { p50: 2.1, p99: late ? 421 : 6.8 },
        memory_bytes: 612e6,
        memory_bytes_max: 1.5e9,
        store: { logs: 'all', bytes: 0.61 * 2 ** 31, bytes_max: 2 ** 31, records: 8_412_300, dropped: 0, oldest: iso(world.now - 2 * HOUR) },
        ...freshness(world),
        throttled: 3,
        incomplete: 5,
        shards: 48,
        shards_late: late ? 3 : 0,
        behind_seconds: late ? 422 : 1.2,
        dead_letters: 1204,
        destinations: [
            { name: 'grafana-cloud', exported: total(48_190), per_second: 48_190, retried: 12, refused: 0, spilled: 0, queue: 0.03, down: false },
        ],
        receivers: [
            { name: 'page', waiting: 0 },
            { name: 'ticket', waiting: 2 },
        ],
        directory: { accounts: world.accounts.length, read: iso(world.now - 4 * MINUTE), wrong_tags: 3 },
        troubles: troubles(world),
    };
}

/** Accounts whose tags break the scheme. */
export function tags(world, params) {
    const set = 'aws organizations tag-resource --resource-id';
    const rows = world.accounts.slice(0, 3).map((account, at) => ({
        account: account.id,
        tenant: account.tenant,
        name: account.name,
        ...[
            { key: 'tier', problem: 'missing', message: 'the tag "tier" is missing', command: `${set} ${account.id} --tags Key=tier,Value=VALUE` },
            { key: 'tenant', problem: 'look_alike', found: 'Tenant', message: 'the tag "Tenant" is meant to be "tenant": names of tags are exact', command: `${set} ${account.id} --tags Key=tenant,Value=${account.tenant}` },
            { key: 'tier', problem: 'value', found: 'Gold', message: '"tier" is "Gold", which is not allowed: "gold" is', command: `${set} ${account.id} --tags Key=tier,Value=gold` },
        ][at],
    }));
    return part(world, rows, params);
}

export function shards(world, params) {
    const late = world.scenario === 'pipeline-lag';
    const rows = Array.from({ length: 48 }, (_, at) => {
        const behind = late && at % 16 === 12 ? 422 - at : Math.round((hash(`s${at}`) % 30) / 3) / 10;
        return {
            stream: 'telemetry',
            shard: `shardId-${String(at).padStart(12, '0')}`,
            behind_seconds: behind,
            records_per_second: 900 + (hash(`r${at}`) % 200),
            bytes_per_second: 8e5 + (hash(`b${at}`) % 200_000),
            checkpoint: `4965${hash(`c${at}`)}${hash(`d${at}`)}`,
            seen_until: iso(world.now - behind * 1000),
            trouble: at === 47 ? 'end of shard' : undefined,
            spark: Array.from({ length: 30 }, (_unused, k) => (behind > 60 ? (behind * k) / 30 : behind)),
        };
    }).sort((a, b) => b.behind_seconds - a.behind_seconds);
    return part(world, rows, params);
}

export function deadLetters(world, params) {
    const row = (reason, meaning, letters, accounts, detail, sample) => ({
        reason,
        meaning,
        letters,
        accounts,
        account: world.accounts[41].id,
        first: iso(world.now - 5 * HOUR),
        last: iso(world.now - MINUTE),
        detail,
        sample,
        place: 's3://example-letters/2026/11/29',
    });
    return part(
        world,
        [
            row('bad_gzip', 'The payload is no gzip stream.', 1190, 1, 'incorrect header check at byte 0', '\u001f\u008b\u0000 not gzip'),
            row('unknown_schema', 'No decoder knows this form.', 12, 3, 'neither a subscription record nor OTLP', '{"hello":"world"}'),
            row('too_large', 'Larger than a record may be.', 2, 1, '11,204,331 bytes', '{"logEvents":[{'),
        ],
        params,
    );
}

export const replayed = (reason, dry) => ({
    dry_run: dry,
    found: 1190,
    sent: 1188,
    rejected: 0,
    skipped: 2,
    notices: [`2 letters of ${reason} have no payload any more.`],
});

export function pipelineAccounts(world, params) {
    const kind = params.get('kind') ?? 'unknown';
    const chosen = world.accounts.filter((one) =>
        kind === 'unknown' ? !one.known : kind === 'throttled' ? one.index % 2000 === 9 : one.fresh === kind,
    );
    return part(
        world,
        chosen.map((one) => ({
            account: one.id,
            tenant: one.tenant,
            name: one.name,
            first_seen: iso(world.started),
            last_seen: kind === 'new' ? undefined : iso(world.now - (kind === 'silent' ? 9 * HOUR : 4000)),
            records: Math.round(one.rate * 1000),
        })),
        params,
    );
}

export function completeness(world, params) {
    return part(
        world,
        world.accounts
            .filter((one) => one.index % 1200 === 4)
            .map((one) => ({
                account: one.id,
                tenant: one.tenant,
                forwarded: 48_211,
                arrived: 41_002,
                share: 41_002 / 48_211,
                delivery_errors: 7210,
            })),
        params,
    );
}
