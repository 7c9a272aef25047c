// Answers about rules, silences, logs and the pipeline, in the shapes of src/api.

import { holds, narrow } from "../js/model/matchers.js";
import { STATES, fingerprint, hash, random } from "./fleet.mjs";
import { Refused, freshness, iso, part, troubles } from "./answers.mjs";
import { labelOf, matchesAll, refresh, silenceShown, stateOfSilence } from "./world.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function ruleRow(world, rule) {
  const mine = world.alerts.filter((one) => one.rule === rule.rule);
  const states = mine.map((one) => STATES.indexOf(one.state));
  const selector = rule.pack === "database" ? "tier != free" : rule.pack === "quotas" ? "ou =~ prod-.*" : undefined;
  const applies = selector === undefined ? world.accounts : world.accounts.filter((one) =>
    rule.pack === "database" ? one.labels.tier !== "free" : one.labels.ou?.startsWith("prod-"));
  const changed = world.transitions.find((one) => one.rule === rule.rule);
  return { rule: rule.rule, kind: rule.kind, level: rule.critical ? "critical" : "warning", file: rule.file, line: rule.line,
    summary: rule.summary, labels: { pack: rule.pack }, applies_to: applies.length, accounts: world.accounts.length, selector,
    firing: mine.filter((one) => one.fired && one.state !== "no_data").length, pending: mine.filter((one) => one.state === "pending").length,
    no_data: mine.filter((one) => one.state === "no_data").length, state: STATES[Math.max(0, ...states)],
    overrides: overridesOf(rule).length, evaluated: iso(world.now - 2000), groups: applies.length + (hash(rule.rule) % 900),
    groups_max: 50_000, changed: iso(changed?.at) };
}

function overridesOf(rule) {
  if (rule.rule !== "LambdaErrorRatio" && rule.rule !== "QueueAge") return [];
  return [{ selector: "tenant = acme", changes: { warning: "> 9%" }, accounts: 3, owner: "team-payments", expired: false,
    reason: "Their importer retries on purpose until the new queue is there (PAY-1182)", expires: "2026-12-31T00:00:00.000Z" },
  { selector: "tier = free", changes: { critical: "off", for: "15m" }, accounts: 702, owner: "platform", expired: false, reason: "Nobody is woken for free tenants" },
  { selector: "ou = sandbox-eu", changes: { warning: "> 50%" }, accounts: 41, owner: "platform", expired: true, reason: "Load test", expires: "2026-11-01T00:00:00.000Z" }];
}

export function rules(world, params) {
  const words = (params.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const states = (params.get("state") ?? "").split(",").filter(Boolean);
  const rows = world.rules.map((rule) => ruleRow(world, rule)).filter((row) =>
    words.every((word) => `${row.rule} ${row.file} ${row.summary ?? ""} ${row.kind}`.toLowerCase().includes(word))
    && (states.length === 0 || states.includes(row.state)));
  return part(world, rows, params, 200, 1000);
}

export function rule(world, name) {
  const one = world.byName.get(name);
  if (!one) throw new Refused(404, "not_found", "No such rule", `There is no rule ${name}.`, "See /rules for all of them.");
  const notifications = world.notifications.filter((sent) => sent.rule === name).slice(0, 20)
    .map(({ at, title, to, cause, accounts }) => ({ at: iso(at), title, to, cause, accounts }));
  return { ...ruleRow(world, one), source: one.source, annotations: { summary: one.summary ?? "", description: one.description ?? "" },
    runbook: one.runbook, every_seconds: 30, overrides: overridesOf(one), notifications };
}

/** A check that knows a handful of faults, so that they can be looked at. */
export function check(world, text) {
  const lines = text.split("\n");
  const diagnostics = lines.flatMap((line, at) => {
    if (line.includes("\t")) return [{ severity: "error", code: "E001", line: at + 1, column: line.indexOf("\t") + 1, message: "a tab is no indentation in YAML", hint: "use two spaces" }];
    const unknown = /^\s*(treshold|windwo|warnings|criticals):/.exec(line);
    if (unknown) return [{ severity: "error", code: "E012", line: at + 1, column: line.indexOf(unknown[1]) + 1, message: `unknown key ${unknown[1]}`, hint: "did you mean warning, critical, window?" }];
    if (/for:\s*0s/.test(line)) return [{ severity: "warning", code: "W004", line: at + 1, column: 1, message: "fires at the first value that breaches", hint: "for: 2m keeps single outliers quiet" }];
    return [];
  });
  if (!/^\s*- alert:/m.test(text)) diagnostics.push({ severity: "error", code: "E002", message: "there is no rule in it", hint: "begin with `- alert: Name`" });
  if (diagnostics.some((one) => one.severity === "error")) return { diagnostics };
  const limit = Number(/(?:warning|critical):\s*"?[<>=\s]*([\d.]+)/.exec(text)?.[1] ?? 5);
  const items = world.accounts.filter((one) => hash(one.id) % 1000 < 400 / (limit + 1)).map((one) => [one.id, 1 + (hash(one.id) % 3)]);
  const name = /- alert:\s*(\S+)/.exec(text)?.[1] ?? "rule";
  const fired = items.reduce((sum, [, times]) => sum + times, 0);
  return { diagnostics, would_fire: { seconds: 7140, records: 8_412_300, accounts: items.length, fired, rules: { [name]: fired },
    items: items.slice(0, 50), notices: /from:\s*metrics/.test(text) ? ["Metrics are not stored: rules over metrics see no data here."] : [] } };
}

export const silences = (world) => world.silences.map((one) => silenceShown(world, one)).sort((a, b) => a.endsAt.localeCompare(b.endsAt));

export function preview(world, asked) {
  if (!asked.matchers?.length || !narrow(asked.matchers)) {
    throw new Refused(400, "bad_silence", "Too wide", "A silence needs a matcher that an empty value does not satisfy, else it silences everything.", "Add rule=, tenant= or account=.");
  }
  const firing = world.alerts.filter((one) => one.fired && matchesAll(world, one, asked.matchers));
  const own = asked.matchers.filter((one) => !["rule", "alertname", "severity", "level", "fingerprint", "pack"].includes(one.name));
  const accounts = world.accounts.filter((one) => own.every((m) => holds(m, m.name === "account" ? one.id : m.name === "tenant" ? one.tenant : one.labels[m.name]))).length;
  const critical = firing.filter((one) => one.state === "critical").length;
  return { firing: firing.length, critical, accounts, sample: firing.slice(0, 20).map((one) => [one.account, one.name]),
    sentence: `Silences ${firing.length} alerts that fire now (${critical} critical), and those to come of ${accounts} accounts.` };
}

export function postSilence(world, asked, max) {
  preview(world, asked);
  const startsAt = Date.parse(asked.startsAt);
  const endsAt = Date.parse(asked.endsAt);
  if (!(endsAt > startsAt && endsAt > world.now)) throw new Refused(400, "bad_silence", "Over already", "A silence ends after it starts and after now.", "Choose a later end.");
  if (endsAt - startsAt > max * 1000 + MINUTE) throw new Refused(400, "bad_silence", "Too long", `A silence lasts ${max} s at most, not ${Math.round((endsAt - startsAt) / 1000)} s.`, "Choose an earlier end.");
  if (!asked.comment?.trim()) throw new Refused(400, "bad_silence", "No comment", "A silence needs a comment.", "Say why, for the next person on call.");
  const old = world.silences.find((one) => one.id === asked.id);
  const same = old && JSON.stringify(old.matchers) === JSON.stringify(asked.matchers) && old.endsAt > world.now;
  if (old && !same) old.endsAt = Math.min(old.endsAt, world.now);
  const id = same ? old.id : fingerprint(`${world.silences.length}/${world.now}`);
  const silence = { id, matchers: asked.matchers, startsAt, endsAt, updatedAt: world.now, createdBy: asked.createdBy || "anonymous", comment: asked.comment, ack: false };
  world.silences = [...world.silences.filter((one) => one.id !== id), silence];
  refresh(world);
  return { silenceID: id };
}

export function deleteSilence(world, id) {
  const one = world.silences.find((silence) => silence.id === id);
  if (!one) throw new Refused(404, "not_found", "No such silence", `There is no silence ${id}.`);
  if (stateOfSilence(one, world.now) === "pending") one.startsAt = world.now;
  one.endsAt = world.now;
  one.updatedAt = world.now;
  refresh(world);
}

export function ack(world, asked) {
  const matcher = asked.fingerprint ? { name: "fingerprint", value: asked.fingerprint } : { name: "rule", value: String(asked.incident ?? "").split("/")[0] };
  if (!world.alerts.some((one) => labelOf(world, one, matcher.name) === matcher.value)) {
    throw new Refused(404, "not_found", "No such alert", "There is no alert of that kind that fires.", "It may have resolved just now.");
  }
  const id = fingerprint(`ack/${matcher.value}/${world.now}`);
  world.silences.push({ id, matchers: [{ ...matcher, isRegex: false, isEqual: true }], startsAt: world.now, endsAt: world.now + 30 * 24 * HOUR,
    updatedAt: world.now, createdBy: asked.by || "anonymous", comment: asked.comment ?? "", ack: true });
  refresh(world);
  return { silenceID: id };
}

const SOURCES = ["/aws/lambda/checkout", "/aws/lambda/invoice-render", "/ecs/api", "/aws/rds/instance/main/error", "API-Gateway-Execution-Logs_a1b2"];
const LINES = [[9, "INFO", "order 8812 accepted in 41 ms"], [9, "INFO", "GET /v1/items 200 12 ms"], [9, "INFO", "REPORT RequestId: 6f1d Duration: 102.25 ms Billed Duration: 103 ms Memory Size: 128 MB"],
  [13, "WARN", "retry 2 of 5 for payments: 503"], [17, "ERROR", "timeout calling payments id=8812 after 3000 ms"], [5, "DEBUG", "cache miss key=session:41fe"],
  [17, "ERROR", '{"level":"ERROR","service":"checkout","message":"payment provider refused","order":{"id":8812,"total":41.5},"<script>":"alert(1)"}'],
  [21, "FATAL", "panic: runtime error: index out of range [3] with length 3"], [9, "INFO", "Gru\u00dfe aus K\u00f6ln \u2014 \u65e5\u672c\u8a9e \u2603"]];

/** The record with a number; the same number gives the same record. */
export function logRow(account, number, at) {
  const rng = random(hash(`${account.id}/${number}`));
  const [severity, severity_text, body] = LINES[Math.floor(rng() ** (account.errors > 0.1 ? 0.6 : 1.6) * LINES.length)];
  return { id: `${account.id}-${number}`, at, account: account.id, tenant: account.tenant, severity, severity_text,
    source: SOURCES[Math.floor(rng() * SOURCES.length)], body, cut: severity === 21 };
}

/** Whether a record is what a search asks for. */
export function fits(row, params) {
  const least = { debug: 5, info: 9, warn: 13, error: 17, fatal: 21 }[params.get("sev") ?? ""] ?? 0;
  if (row.severity < least) return false;
  const words = (params.get("q") ?? "").toLowerCase().match(/"[^"]*"|\S+/g) ?? [];
  return words.every((word) => {
    const sev = /^sev(>=|=)(\w+)$/.exec(word);
    if (sev) return sev[1] === "=" ? row.severity_text.toLowerCase() === sev[2] : row.severity >= ({ debug: 5, info: 9, warn: 13, error: 17, fatal: 21 }[sev[2]] ?? 0);
    const key = /^(account|tenant|source)(!?[=~])(.+)$/.exec(word);
    if (key) return row[key[1]].toLowerCase().includes(key[3].replaceAll('"', "")) !== key[2].startsWith("!");
    return word.startsWith("-") ? !row.body.toLowerCase().includes(word.slice(1)) : row.body.toLowerCase().includes(word.replaceAll('"', ""));
  });
}

export function logs(world, accounts, params) {
  const to = Math.min(Number(params.get("to")) || Date.parse(params.get("to") ?? "") || world.now, world.now);
  const from = Math.max(Number(params.get("from")) || Date.parse(params.get("from") ?? "") || to - HOUR, world.now - 2 * HOUR);
  const limit = Math.min(Number(params.get("limit") ?? 200), 1000);
  const items = [];
  let at = Math.min(to, Number(params.get("cursor")) || to);
  let scanned = 0;
  for (let step = accounts.length > 1 ? 37 : 800; at > from && items.length < limit && scanned < 20_000; at -= step) {
    const number = Math.floor(at / step);
    const row = logRow(accounts[number % accounts.length], number, number * step);
    scanned += 1;
    if (row.at < to && fits(row, params)) items.push(row);
  }
  if (params.get("order") === "asc") items.reverse();
  return { items, scanned, complete: at <= from, next: at > from ? String(at) : undefined, oldest: iso(world.now - 2 * HOUR),
    notices: scanned >= 20_000 ? ["20,000 records were looked at; go on for more."] : [] };
}

export function record(world, id) {
  const account = world.byId.get(id.split("-")[0]);
  if (!account) throw new Refused(404, "not_found", "No such record", `The record ${id} is not kept.`, "Older records are in the backend.");
  const row = logRow(account, Number(id.split("-")[1]), Math.floor(world.now / 1000) * 1000 - 60_000);
  const whole = row.body.startsWith("{") ? JSON.parse(row.body) : row.cut ? `${row.body}\n\ngoroutine 1 [running]:\n${"main.handle(...)\n\t/src/main.go:88\n".repeat(40)}` : row.body;
  return { ...row, observed: iso(row.at + 2100), stream: "2026/11/29/[$LATEST]2f6c", whole, attributes: { "http.status_code": 503, "order.id": "8812", retry: true },
    resource: { "cloud.account.id": account.id, "cloud.region": account.labels.region ?? "", "aws.log.group.names": [row.source] } };
}

export function series(world, id, params) {
  const account = world.byId.get(id) ?? world.accounts[0];
  const to = Number(params.get("to")) || Date.parse(params.get("to") ?? "") || world.now;
  const from = Number(params.get("from")) || Date.parse(params.get("from") ?? "") || to - HOUR;
  const points = Math.min(Number(params.get("points") ?? 300), 2000);
  const step = Math.max(MINUTE, Math.ceil((to - from) / points / MINUTE) * MINUTE);
  const times = [];
  for (let at = Math.floor(from / step) * step; at <= to; at += step) times.push(at);
  const names = ["logs", "metrics", "bytes", "errors", "warnings", "delay_ms"];
  const known = world.started;
  const value = (name, at) => {
    const r = random(hash(`${id}/${name}/${at}`))();
    const wave = 1 + 0.4 * Math.sin(at / 1.4e6) + r * 0.3;
    const base = account.rate * 60;
    return { logs: base * wave, metrics: base * 0.2 * wave, bytes: base * account.bytes * wave, errors: base * account.errors * r * 2, warnings: base * 0.02 * r, delay_ms: 1800 + r * 900 }[name];
  };
  const data = names.map((name) => times.map((at) => (at < known || hash(`${id}${at}`) % 61 === 0 ? null : Math.round(value(name, at) * 10) / 10)));
  return { names, units: ["1/min", "1/min", "By/min", "1/min", "1/min", "ms"], step_ms: step, data: [times, ...data], known_from: known };
}

export function pipeline(world) {
  const late = world.scenario === "pipeline-lag";
  const total = (rate) => Math.round((rate * (world.now - world.started)) / 1000);
  const stage = (name, unit, rate, errors, queue, figures = {}) => ({ name, unit, per_second: rate, total: total(rate), errors, queue, figures });
  return { as_of: iso(world.now), stages: [stage("sources", "records", 48_211, 2), stage("decode", "records", 48_201, 12, 0.02, { rejected: 1204 }), stage("tag", "records", 48_201, 0, undefined, { unknown: 14, throttled: 3 }),
    stage("rules", "samples", 91_310, 0, late ? 0.81 : 0.03, { seconds: 0.3 }), stage("export", "records", 48_190, 0, 0.03, { retried: 12, rejected: 0, dropped: 0 }), stage("notify", "notifications", 0.02, 1, 0)],
  end_to_end: { p50: 2.1, p99: late ? 421 : 6.8 }, memory_bytes: 612e6, memory_bytes_max: 1.5e9,
  store: { logs: "all", bytes: 0.61 * 2 ** 31, bytes_max: 2 ** 31, records: 8_412_300, dropped: 0, oldest: iso(world.now - 2 * HOUR) },
  ...freshness(world), throttled: 3, incomplete: 5, shards: 48, shards_late: late ? 3 : 0, behind_seconds: late ? 422 : 1.2, dead_letters: 1204,
  destinations: [{ name: "grafana-cloud", exported: total(48_190), per_second: 48_190, retried: 12, refused: 0, spilled: 0, queue: 0.03, down: false }],
  receivers: [{ name: "page", waiting: 0 }, { name: "ticket", waiting: 2 }], directory: { accounts: world.accounts.length, read: iso(world.now - 4 * MINUTE) }, troubles: troubles(world) };
}

export function shards(world, params) {
  const late = world.scenario === "pipeline-lag";
  const rows = Array.from({ length: 48 }, (_, at) => {
    const behind = late && at % 16 === 12 ? 422 - at : Math.round((hash(`s${at}`) % 30) / 3) / 10;
    return { stream: "telemetry", shard: `shardId-${String(at).padStart(12, "0")}`, behind_seconds: behind, records_per_second: 900 + (hash(`r${at}`) % 200), bytes_per_second: 8e5 + (hash(`b${at}`) % 200_000),
      checkpoint: `4965${hash(`c${at}`)}${hash(`d${at}`)}`, seen_until: iso(world.now - behind * 1000), trouble: at === 47 ? "end of shard" : undefined,
      spark: Array.from({ length: 30 }, (_unused, k) => (behind > 60 ? (behind * k) / 30 : behind)) };
  }).sort((a, b) => b.behind_seconds - a.behind_seconds);
  return part(world, rows, params);
}

export function deadLetters(world, params) {
  const row = (reason, meaning, letters, accounts, detail, sample) => ({ reason, meaning, letters, accounts, account: world.accounts[41].id, first: iso(world.now - 5 * HOUR), last: iso(world.now - MINUTE), detail, sample, place: "s3://example-letters/2026/11/29" });
  return part(world, [row("bad_gzip", "The payload is no gzip stream.", 1190, 1, "incorrect header check at byte 0", "\u001f\u008b\u0000 not gzip"),
    row("unknown_schema", "No decoder knows this form.", 12, 3, "neither a subscription record nor OTLP", '{"hello":"world"}'), row("too_large", "Larger than a record may be.", 2, 1, "11,204,331 bytes", "{\"logEvents\":[{")], params);
}

export const replayed = (reason, dry) => ({ dry_run: dry, found: 1190, sent: 1188, rejected: 0, skipped: 2, notices: [`2 letters of ${reason} have no payload any more.`] });

export function pipelineAccounts(world, params) {
  const kind = params.get("kind") ?? "unknown";
  const chosen = world.accounts.filter((one) => (kind === "unknown" ? !one.known : kind === "throttled" ? one.index % 2000 === 9 : one.fresh === kind));
  return part(world, chosen.map((one) => ({ account: one.id, tenant: one.tenant, name: one.name, first_seen: iso(world.started), last_seen: kind === "new" ? undefined : iso(world.now - (kind === "silent" ? 9 * HOUR : 4000)), records: Math.round(one.rate * 1000) })), params);
}

export function completeness(world, params) {
  return part(world, world.accounts.filter((one) => one.index % 1200 === 4).map((one) => ({ account: one.id, tenant: one.tenant, forwarded: 48_211, arrived: 41_002, share: 41_002 / 48_211, delivery_errors: 7210 })), params);
}

export function search(world, params) {
  const q = (params.get("q") ?? "").toLowerCase().replaceAll("-", "");
  const found = world.accounts.filter((one) => one.id.includes(q) || one.name.replaceAll("-", "").includes(q)).map((one) => ({ kind: "account", key: one.id, title: one.name || one.id, url: `accounts/${one.id}` }));
  return part(world, found, params, 20, 100);
}
