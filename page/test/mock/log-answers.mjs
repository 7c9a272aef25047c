// Log records, in the shapes of src/api: the same number gives the same record.

import { HOUR, Refused, iso } from './answer.mjs';
import { hash, random } from './fleet.mjs';

const SOURCES = ['/aws/lambda/checkout', '/aws/lambda/invoice-render', '/ecs/api', '/aws/rds/instance/main/error', 'API-Gateway-Execution-Logs_a1b2'];
const LINES = [
    [9, 'INFO', 'order 8812 accepted in 41 ms'],
    [9, 'INFO', 'GET /v1/items 200 12 ms'],
    [9, 'INFO', 'REPORT RequestId: 6f1d Duration: 102.25 ms Billed Duration: 103 ms Memory Size: 128 MB'],
    [13, 'WARN', 'retry 2 of 5 for payments: 503'],
    [17, 'ERROR', 'timeout calling payments id=8812 after 3000 ms'],
    [5, 'DEBUG', 'cache miss key=session:41fe'],
    [
        17,
        'ERROR',
        '{"level":"ERROR","service":"checkout","message":"payment provider refused","order":{"id":8812,"total":41.5},"<script>":"alert(1)"}',
    ],
    [21, 'FATAL', 'panic: runtime error: index out of range [3] with length 3'],
    [9, 'INFO', 'Gru\u00dfe aus K\u00f6ln \u2014 \u65e5\u672c\u8a9e \u2603'],
];

/** The record with a number; the same number gives the same record. */
export function logRow(account, number, at) {
    const rng = random(hash(`${account.id}/${number}`));
    const [severity, severity_text, body] = LINES[Math.floor(rng() ** (account.errors > 0.1 ? 0.6 : 1.6) * LINES.length)];
    return {
        id: `${account.id}-${number}`,
        at,
        account: account.id,
        tenant: account.tenant,
        severity,
        severity_text,
        source: SOURCES[Math.floor(rng() * SOURCES.length)],
        body,
        cut: severity === 21,
    };
}

/** Whether a record is what a search asks for. */
export function fits(row, params) {
    const least = { debug: 5, info: 9, warn: 13, error: 17, fatal: 21 }[params.get('sev') ?? ''] ?? 0;
    if (row.severity < least) return false;
    const words = (params.get('q') ?? '').toLowerCase().match(/"[^"]*"|\S+/g) ?? [];
    return words.every((word) => {
        const sev = /^sev(>=|=)(\w+)$/.exec(word);
        if (sev)
            return sev[1] === '='
                ? row.severity_text.toLowerCase() === sev[2]
                : row.severity >= ({ debug: 5, info: 9, warn: 13, error: 17, fatal: 21 }[sev[2]] ?? 0);
        const key = /^(account|tenant|source)(!?[=~])(.+)$/.exec(word);
        if (key) return row[key[1]].toLowerCase().includes(key[3].replaceAll('"', '')) !== key[2].startsWith('!');
        return word.startsWith('-') ? !row.body.toLowerCase().includes(word.slice(1)) : row.body.toLowerCase().includes(word.replaceAll('"', ''));
    });
}

export function logs(world, accounts, params) {
    const to = Math.min(Number(params.get('to')) || Date.parse(params.get('to') ?? '') || world.now, world.now);
    const from = Math.max(Number(params.get('from')) || Date.parse(params.get('from') ?? '') || to - HOUR, world.now - 2 * HOUR);
    const limit = Math.min(Number(params.get('limit') ?? 200), 1000);
    const items = [];
    let at = Math.min(to, Number(params.get('cursor')) || to);
    let scanned = 0;
    for (let step = accounts.length > 1 ? 37 : 800; at > from && items.length < limit && scanned < 20_000; at -= step) {
        const number = Math.floor(at / step);
        const row = logRow(accounts[number % accounts.length], number, number * step);
        scanned += 1;
        if (row.at < to && fits(row, params)) items.push(row);
    }
    if (params.get('order') === 'asc') items.reverse();
    return {
        items,
        scanned,
        complete: at <= from,
        next: at > from ? String(at) : undefined,
        oldest: iso(world.now - 2 * HOUR),
        notices: scanned >= 20_000 ? ['20,000 records were looked at; go on for more.'] : [],
    };
}

export function record(world, id) {
    const account = world.byId.get(id.split('-')[0]);
    if (!account) throw new Refused(404, 'not_found', 'No such record', `The record ${id} is not kept.`, 'Older records are in the backend.');
    const row = logRow(account, Number(id.split('-')[1]), Math.floor(world.now / 1000) * 1000 - 60_000);
    const whole = row.body.startsWith('{')
        ? JSON.parse(row.body)
        : row.cut
          ? `${row.body}\n\ngoroutine 1 [running]:\n${'main.handle(...)\n\t/src/main.go:88\n'.repeat(40)}`
          : row.body;
    return {
        ...row,
        observed: iso(row.at + 2100),
        stream: '2026/11/29/[$LATEST]2f6c',
        whole,
        attributes: { 'http.status_code': 503, 'order.id': '8812', retry: true },
        resource: { 'cloud.account.id': account.id, 'cloud.region': account.labels.region ?? '', 'aws.log.group.names': [row.source] },
    };
}
