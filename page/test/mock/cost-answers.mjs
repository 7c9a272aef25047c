// Answers about costs and quotas, in the shapes of src/api.

import { iso, part } from './answer.mjs';
import { hash, random } from './fleet.mjs';

const KNOWN = [
    ['lambda', 'L-B99A9384', 'Concurrent executions', 1000, 'aws_default'],
    ['ec2', 'L-1216C47A', 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 256, 'service_quotas'],
    ['fargate', 'L-3032A538', 'Fargate On-Demand vCPU resource count', 64, 'override'],
];

function ofAccount(world, one) {
    const rng = random(hash(`quotas ${one.id}`));
    const region = one.labels.region ?? 'eu-central-1';
    const rows = KNOWN.map(([service, quota, name, value, source], at) => {
        const share = Math.min(1.02, rng() ** (2 + at));
        const used = Math.round(share * value);
        const kind = share >= 1 ? 'reached' : rng() < 0.3 ? 'at' : rng() < 0.2 ? 'not_enough_history' : 'not_growing';
        const days = Math.round(5 + rng() * 80);
        const when = iso(world.now + days * 86_400_000);
        const desired = Math.ceil((value * 1.5) / 100) * 100;
        return {
            account: one.id, tenant: one.tenant, account_name: one.name, region, service, quota, name,
            used, used_at: iso(world.now - 150_000), peak: Math.round(used * 1.05), value, source,
            ...(source === 'override' ? { owner: 'platform' } : {}),
            share: used / value,
            forecast: { kind, ...(kind === 'at' ? { at: when } : {}), text: { at: `about ${when.slice(0, 10)}`, reached: 'used up', not_enough_history: '12 hours are known of 48 that a forecast needs', not_growing: 'does not grow' }[kind] },
            request: { desired, text: `Quota increase: ${name} (${service}, ${quota})\nAccount: ${one.id}\nRegion: ${region}`, command: `aws service-quotas request-service-quota-increase --region ${region} --service-code ${service} --quota-code ${quota} --desired-value ${desired}` },
        };
    });
    rows.push({
        account: one.id, tenant: one.tenant, account_name: one.name, region, service: 'SNS',
        name: 'AWS/Usage:ResourceCount{Class="None",Resource="ApproximateNumberOfTopics",Service="SNS",Type="Resource"}',
        used: Math.round(rng() * 90), used_at: iso(world.now - 150_000), forecast: { kind: 'unknown', text: 'its quota is not known' },
    });
    return rows;
}

const fuller = (a, b) => (b.share ?? -1) - (a.share ?? -1);

export const accountQuotas = (world, id, params) => part(world, ofAccount(world, world.byId.get(id) ?? world.accounts[0]).sort(fuller), params, 200, 1000);

export const quotas = (world, params) => part(world, world.accounts.slice(0, 400).flatMap((one) => ofAccount(world, one)).sort(fuller), params, 100, 1000);

export function cost(world, params) {
    const by = params.get('by') ?? 'tenant';
    const rows = new Map();
    for (const one of world.accounts) {
        const key = by === 'account' ? one.id : by === 'fleet' ? '' : one.tenant;
        const row = rows.get(key) ?? { tenant: by === 'fleet' ? '' : one.tenant, ...(by === 'account' ? { account: one.id, name: one.name } : {}), accounts: 0, weight: 0, logs: 0 };
        row.accounts += 1;
        row.logs += one.rate * 86_400;
        row.weight += one.rate * one.bytes * 86_400;
        rows.set(key, row);
    }
    const all = [...rows.values()].map(({ weight, logs, ...row }) => {
        const amounts = (days) => {
            const [bytes, records] = [Math.round(weight * days), Math.round(logs * days)];
            const [metric_updates, streamed_bytes] = [Math.round(records / 5), Math.round(bytes / 8)];
            return { logs: records, metric_updates, bytes, streamed_bytes, price: (bytes / 1e9) * 0.5 + (metric_updates / 1000) * 0.003 + (streamed_bytes / 1e9) * 0.08 };
        };
        const share = hash(row.tenant + (row.account ?? '')) % 20 === 0 ? 0.91 : 0.9995;
        const forwarded = Math.round(logs / 96);
        return { ...row, today: amounts(0.4), day: amounts(1), total: amounts(2.7), currency: 'USD', forwarded, arrived: Math.round(forwarded * share), completeness: share };
    });
    return part(world, all.sort((a, b) => b.day.price - a.day.price), params, 100, 1000);
}
