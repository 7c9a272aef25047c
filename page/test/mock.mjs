// Serves the page with a made-up fleet, in the shapes of the real API and with the real server's headers, so that pages can be
// looked at without it: `node page/test/mock.mjs --port 8701 --scenario bad-deploy`. Silences last as long as the process.

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import * as account from './mock/account-answers.mjs';
import * as cost from './mock/cost-answers.mjs';
import * as alert from './mock/alert-answers.mjs';
import { Refused } from './mock/answer.mjs';
import { SCENARIOS, readRules } from './mock/fleet.mjs';
import * as fleet from './mock/fleet-answers.mjs';
import * as log from './mock/log-answers.mjs';
import * as pipeline from './mock/pipeline-answers.mjs';
import * as rule from './mock/rule-answers.mjs';
import * as silence from './mock/silence-answers.mjs';
import { makeWorld, tick } from './mock/world.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const page = dirname(here);
const TYPES = {
    '.html': 'text/html; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.mjs': 'text/javascript; charset=utf-8',
    '.svg': 'image/svg+xml',
    '.png': 'image/png',
    '.json': 'application/json',
};
const SAFE = {
    'content-security-policy':
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
};

const { values: given } = parseArgs({
    options: {
        port: { type: 'string', default: '0' },
        scenario: { type: 'string', default: 'bad-deploy' },
        accounts: { type: 'string', default: '6000' },
        seed: { type: 'string', default: '1' },
        slow: { type: 'string', default: '0' },
        prefix: { type: 'string', default: '' },
        readonly: { type: 'boolean', default: false },
        tenants: { type: 'string', default: '' },
        still: { type: 'boolean', default: false },
        fail: { type: 'string', default: '' },
        token: { type: 'string', default: '' },
    },
});
if (!SCENARIOS.includes(given.scenario)) throw new Error(`--scenario is one of ${SCENARIOS.join(', ')}`);
const tenants = given.tenants ? given.tenants.split(',') : undefined;
const options = { build: buildOf(page), readonly: given.readonly, tenants, scenarios: SCENARIOS };
const slow = Number(given.slow);
const world = makeWorld({
    seed: Number(given.seed),
    accounts: Number(given.accounts),
    scenario: given.scenario,
    rules: rulesOf(),
    now: Date.now(),
    tenants,
});
const streams = new Set();
let sent = world.v;

function rulesOf() {
    const packs = join(page, '..', 'alerts');
    return readdirSync(packs).flatMap((pack) => {
        const file = join(packs, pack, 'rules.yaml');
        return statSync(join(packs, pack)).isDirectory() ? readRules(relative(join(page, '..'), file), readFileSync(file, 'utf8')) : [];
    });
}

function buildOf(folder) {
    const sum = createHash('sha256');
    for (const name of readdirSync(folder, { recursive: true }).sort())
        if (/\.(js|mjs|css|html)$/.test(name)) sum.update(readFileSync(join(folder, name)));
    return sum.digest('hex').slice(0, 12);
}

/** Method and path, and what answers it: `([part, ...], params, body) => answer`. */
const ROUTES = [
    ['GET', '/meta', () => fleet.meta(world, options)],
    ['GET', '/session', () => fleet.meta(world, options).access],
    ['DELETE', '/session', () => undefined],
    ['GET', '/fleet/summary', () => fleet.summary(world)],
    ['GET', '/fleet/directory', () => fleet.directory(world)],
    ['GET', '/fleet/state', (_, params) => fleet.fleetState(world, params)],
    ['GET', '/fleet/common', (_, params) => fleet.commonLabels(world, params)],
    ['GET', '/alerts/groups', (_, params) => alert.groups(world, params)],
    ['GET', '/alerts/history', (_, params) => alert.alertHistory(world, params)],
    ['GET', '/alerts', (_, params) => alert.alerts(world, params)],
    ['POST', '/alerts/ack', (_, params, body) => silence.ack(world, JSON.parse(body))],
    ['GET', '/accounts', (_, params) => account.accounts(world, params)],
    ['GET', '/accounts/([^/]+)', ([id]) => account.account(world, id)],
    ['GET', '/accounts/([^/]+)/quotas', ([id], params) => cost.accountQuotas(world, id, params)],
    ['GET', '/quotas', (_, params) => cost.quotas(world, params)],
    ['GET', '/cost', (_, params) => cost.cost(world, params)],
    ['GET', '/accounts/([^/]+)/metrics', ([id], params) => account.series(world, id, params)],
    ['GET', '/accounts/([^/]+)/logs', ([id], params) => log.logs(world, [world.byId.get(id) ?? world.accounts[0]], params)],
    ['GET', '/logs/search', (_, params) => log.logs(world, world.accounts, params)],
    ['GET', '/logs/([^/]+)', ([id]) => log.record(world, id)],
    ['GET', '/rules', (_, params) => rule.rules(world, params)],
    ['POST', '/rules/check', (_, params, body) => rule.check(world, body, params.get('try') === 'true')],
    ['GET', '/rules/([^/]+)', ([name]) => rule.rule(world, name)],
    ['GET', '/rules/([^/]+)/source', ([name]) => rule.source(world, name)],
    ['GET', '/rules/([^/]+)/instances', ([name], params) => rule.instances(world, name, params)],
    ['GET', '/silences', (_, params) => silence.silences(world, params)],
    ['POST', '/silences', (_, params, body) => silence.postSilence(world, JSON.parse(body), 7 * 86_400)],
    ['POST', '/silences/preview', (_, params, body) => silence.preview(world, JSON.parse(body))],
    ['DELETE', '/silences/([^/]+)', ([id]) => silence.deleteSilence(world, id)],
    ['GET', '/pipeline', () => pipeline.pipeline(world)],
    ['GET', '/pipeline/shards', (_, params) => pipeline.shards(world, params)],
    ['GET', '/pipeline/dlq', (_, params) => pipeline.deadLetters(world, params)],
    ['POST', '/pipeline/dlq/([^/]+)/replay', ([reason], params) => pipeline.replayed(reason, ['1', 'true'].includes(params.get('dry_run') ?? ''))],
    ['GET', '/pipeline/accounts', (_, params) => pipeline.pipelineAccounts(world, params)],
    ['GET', '/pipeline/completeness', (_, params) => pipeline.completeness(world, params)],
    ['GET', '/directory/tags', (_, params) => pipeline.tags(world, params)],
    ['GET', '/search', (_, params) => account.search(world, params)],
].map(([method, path, handler]) => ({ method, pattern: new RegExp(`^${path}$`), handler }));

function answer(method, path, params, body) {
    if (given.fail && path.startsWith(given.fail))
        throw new Refused(503, 'unavailable', 'Not now', `The answer to ${path} cannot be made now.`, 'Try again in a moment.');
    const matching = ROUTES.filter((route) => route.pattern.test(path));
    const route = matching.find((one) => one.method === method);
    if (!route)
        throw new Refused(
            matching.length ? 405 : 404,
            matching.length ? 'method_not_allowed' : 'not_found',
            'No such thing',
            `There is no ${method} ${path}.`,
            'See /api/v1/openapi.json.',
        );
    if (method !== 'GET' && given.readonly && !/check|preview/.test(path))
        throw new Refused(403, 'forbidden', 'Read only', 'The token viewer may read, and not write.', 'Ask for a token with write: true.');
    if (tenants && (path.startsWith('/pipeline') || path === '/rules/check'))
        throw new Refused(403, 'forbidden', 'Not for some tenants', `${path} is of the whole fleet.`, 'Ask for a token without tenants.');
    return route.handler(route.pattern.exec(path).slice(1).map(decodeURIComponent), params, body);
}

function send(request, response, status, type, text, more = {}) {
    const zipped = /gzip/.test(request.headers['accept-encoding'] ?? '') && text.length > 500;
    response.writeHead(status, {
        ...SAFE,
        'content-type': type,
        ...(zipped ? { 'content-encoding': 'gzip', vary: 'accept-encoding' } : {}),
        ...more,
    });
    response.end(zipped ? gzipSync(text) : text);
}

function csv(list) {
    const rows = list.items ?? list;
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const cell = (value) => `"${(typeof value === 'object' ? JSON.stringify(value) : String(value ?? '')).replaceAll('"', '""')}"`;
    return [names.join(','), ...rows.map((row) => names.map((name) => cell(row[name])).join(','))].join('\r\n');
}

const NO_TOKEN = { code: 'unauthorized', status: 401, title: 'Who asks?', detail: 'A token is needed.', hint: 'Ask who runs this for one.' };

/** A token is shown once: a cookie stands for it from then on. */
function begin(request, response, body) {
    if (JSON.parse(body).token !== given.token) return send(request, response, 401, 'application/problem+json', JSON.stringify(NO_TOKEN));
    return send(request, response, 200, 'application/json', JSON.stringify(fleet.meta(world, options).access), {
        'set-cookie': `fanin=${given.token}; HttpOnly; SameSite=Strict; Path=/`,
    });
}

async function api(request, response, url) {
    let body = '';
    for await (const piece of request) body += piece;
    let path = decodeURI(url.pathname.slice('/api/v1'.length));
    const known = !given.token || (request.headers.cookie ?? '').includes(`fanin=${given.token}`);
    if (path === '/session' && request.method === 'POST') return begin(request, response, body);
    if (!known) return send(request, response, 401, 'application/problem+json', JSON.stringify(NO_TOKEN));
    if (path === '/stream') return stream(request, response, url.searchParams);
    if (slow) await new Promise((done) => setTimeout(done, slow));
    const asCsv = path.endsWith('.csv') || request.headers.accept === 'text/csv';
    path = path.replace(/\.csv$/, '');
    try {
        const made = answer(request.method, path, url.searchParams, body);
        if (asCsv) return send(request, response, 200, 'text/csv; charset=utf-8', csv(made), { 'content-disposition': 'attachment' });
        const etag = path === '/fleet/directory' ? { etag: `"${made.version}"` } : {};
        if (etag.etag && request.headers['if-none-match'] === etag.etag) return response.writeHead(304, SAFE).end();
        return send(request, response, made === undefined ? 204 : 200, 'application/json', made === undefined ? '' : JSON.stringify(made), {
            'cache-control': 'no-cache',
            ...etag,
        });
    } catch (error) {
        const problem =
            error instanceof Refused
                ? error.problem
                : { code: 'internal', status: 500, title: 'It broke', detail: String(error), hint: 'This is the mock server.' };
        if (problem.code === 'internal') process.stderr.write(`${error.stack}\n`);
        return send(request, response, problem.status, 'application/problem+json', JSON.stringify(problem));
    }
}

function stream(request, response, params) {
    const topics = (params.get('topics') ?? 'state').split(',');
    response.writeHead(200, { ...SAFE, 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const one = { response, topics, account: params.get('account'), q: params.get('q'), sev: params.get('sev'), lines: 0 };
    const say = (name, data, id) => response.write(`event: ${name}\n${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(data)}\n\n`);
    one.say = say;
    say('hello', { v: world.v, build: options.build, now: new Date().toISOString() });
    const last = Number(request.headers['last-event-id'] ?? params.get('last_event_id') ?? 0);
    if (topics.includes('state') && last && last !== world.v) {
        const state = fleet.fleetState(world, new URLSearchParams({ since: String(last) }));
        if (state.d) say('state', { v: state.v, d: state.d }, state.v);
        else say('gap', { topic: 'state' });
    }
    streams.add(one);
    request.on('close', () => streams.delete(one));
}

function liveLogs(one) {
    const pool = one.account ? [world.byId.get(one.account) ?? world.accounts[0]] : world.accounts;
    const many = one.account ? Math.ceil(Math.min(pool[0].rate, 60)) : 800;
    const all = Array.from({ length: many }, (_, at) =>
        log.logRow(pool[(one.lines + at) % pool.length], Math.floor(world.now / 800) * 1000 + at, world.now - 1000 + Math.floor((at * 1000) / many)),
    );
    one.lines += many;
    const asked = new URLSearchParams({ q: one.q ?? '', sev: one.sev ?? '' });
    const found = all.filter((row) => log.fits(row, asked));
    one.say('logs', { events: found.slice(0, 500), sampled_of: found.length });
}

function second() {
    const before = sent;
    if (given.still) world.now = Date.now();
    else tick(world, Date.now());
    sent = world.v;
    const d = [...new Map(world.changes.filter((one) => one.v > before).flatMap((one) => one.d))];
    for (const one of streams) {
        if (one.topics.includes('state') && world.v !== before) one.say('state', { v: world.v, d }, world.v);
        if (one.topics.includes('groups') && world.v !== before) one.say('groups', { v: world.v });
        if (one.topics.includes('pipeline')) one.say('pipeline', { v: world.v });
        if (one.topics.includes('logs')) liveLogs(one);
    }
}

function asset(request, response, path) {
    const found = /(?:^|\/)((?:js|css|vendor)\/.*|index\.html)$/.exec(path)?.[1];
    if (found && path.slice(1) !== found) {
        // A file that is asked for below a deep link: the real place is so many folders up.
        const up = path.slice(1, -found.length).split('/').filter(Boolean).length;
        response.writeHead(308, { ...SAFE, location: `${'../'.repeat(up + found.split('/').length - 1)}${found}` }).end();
        return;
    }
    try {
        const file = found ?? 'index.html';
        send(request, response, 200, TYPES[extname(file)] ?? 'application/octet-stream', readFileSync(join(page, file)), {
            'cache-control': 'no-cache',
        });
    } catch {
        send(request, response, 404, 'text/plain', 'There is no such file.\n');
    }
}

const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (given.prefix) {
        if (!url.pathname.startsWith(`${given.prefix}/`)) return send(request, response, 404, 'text/plain', `All is below ${given.prefix}/\n`);
        url.pathname = url.pathname.slice(given.prefix.length);
    }
    if (url.pathname.startsWith('/api/')) return void api(request, response, url);
    return asset(request, response, decodeURI(url.pathname));
});
setInterval(second, 1000);
setInterval(() => streams.forEach((one) => one.response.write(': still here\n\n')), 15_000);
server.listen(Number(given.port), '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}${given.prefix}/\n`));
