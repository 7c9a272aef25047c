// Answers about the fleet, its alerts and its accounts, in the shapes of src/api.

import { holds, parseSearch } from "../js/model/matchers.js";
import { FRESH, STATES, hash, random, threshold } from "./fleet.mjs";
import { accountRow, columns, common, labelOf, shown, transition } from "./world.mjs";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const iso = (at) => (at === undefined ? undefined : new Date(at).toISOString());

/** A problem, to be thrown. */
export class Refused extends Error {
  constructor(status, code, title, detail, hint) {
    super(detail);
    this.problem = { code, status, title, detail, hint };
  }
}

/** A part of a list, by `limit` and `cursor`. */
export function part(world, all, params, standard = 50, most = 500) {
  const asked = Number(params.get("limit") ?? standard);
  const limit = Math.min(asked, most);
  const from = Number(params.get("cursor") ?? 0);
  const notices = asked > most ? [`limit is ${most} at most`] : [];
  return { items: all.slice(from, from + limit), total: all.length, exact: true,
    next: from + limit < all.length ? String(from + limit) : undefined, notices, as_of: iso(world.now) };
}

const words = (params, name) => (params.get(name) ?? "").split(",").filter(Boolean);
const flag = (params, name) => ["1", "true", "yes"].includes(params.get(name) ?? "");
const count = (list, test) => list.reduce((sum, one) => sum + (test(one) ? 1 : 0), 0);

export function meta(world, options) {
  return { version: "0.9.0", build: options.build, started: iso(world.started), now: iso(world.now),
    demo: { seed: world.seed, scenario: world.scenario, scenarios: options.scenarios },
    access: { name: options.readonly ? "viewer" : "", write: !options.readonly, by: options.readonly ? "token" : "loopback" },
    links: { console: "https://example.awsapps.com/start/#/console?account_id={account_id}&role_name=ReadOnly",
      grafana: "https://grafana.example.net/d/account?var-account={account_id}&from={from}&to={to}",
      logs: "https://grafana.example.net/explore?account={account_id}&q={query}&from={from}&to={to}" },
    views: [{ name: "Gold tier", url: "?group=ou&q=tier%3Dgold" }, { name: "Criticals by tenant", url: "alerts?by=tenant&sev=critical" }],
    retention: { logs: "all", bytes_max: 2 ** 31, oldest_log: iso(world.now - 2 * HOUR) }, silence_seconds_max: 7 * 86_400 };
}

function statesOf(world) {
  const states = Object.fromEntries(STATES.map((state) => [state, 0]));
  const freshness = Object.fromEntries(FRESH.map((fresh) => [fresh, 0]));
  let silenced = 0;
  for (const code of world.codes) {
    states[STATES[Number(code[0])]] += 1;
    freshness[FRESH[Number(code[1])]] += 1;
    if (code[2] !== "0") silenced += 1;
  }
  return { states, freshness, silenced };
}

export function troubles(world) {
  if (world.scenario !== "pipeline-lag") return [];
  return [{ code: "late", blind: true, message: `Data is 7 min late on 3 of 48 shards: ${count(world.codes, (code) => code[1] === "1")} accounts may be out of date.`, link: "pipeline" }];
}

export function freshness(world) {
  return { freshness: statesOf(world).freshness, unknown: count(world.accounts, (one) => !one.known) };
}

export function summary(world) {
  const { states, freshness, silenced } = statesOf(world);
  const firing = new Set(world.alerts.filter((one) => one.fired && one.silenced_by.length === 0).map((one) => one.rule));
  const newest = Math.max(0, ...world.alerts.map((one) => one.fired ?? 0)) || undefined;
  const attention = states.critical + states.warning;
  const verdict = firing.size === 0 ? `All quiet. ${world.rules.length} rules watch ${world.accounts.length} accounts.`
    : `${attention} of ${world.accounts.length} accounts need attention, ${freshness.silent} are silent. ${firing.size} rules firing.`;
  return { as_of: iso(world.now), evaluated: iso(world.now - 2000), verdict, accounts: world.accounts.length, states, silenced, freshness,
    unknown: count(world.accounts, (one) => !one.known), needs_attention: attention, rules: world.rules.length, rules_firing: firing.size,
    newest: iso(newest), last_resolved: iso(world.lastResolved), troubles: troubles(world), noise: noise(world),
    first_steps: { sources: true, received: true, decoded: true, known: true } };
}

function noise(world) {
  const rules = new Map();
  for (const one of world.transitions.filter((change) => STATES.indexOf(change.to) >= 4)) {
    const row = rules.get(one.rule) ?? { rule: one.rule, fired: 0, accounts: new Set(), seconds: 0, flapping: one.rule === "QueueAge" };
    row.fired += 1;
    row.accounts.add(one.account);
    row.seconds += 900 + (hash(one.fingerprint) % 4000);
    rules.set(one.rule, row);
  }
  return [...rules.values()].map((row) => ({ ...row, accounts: row.accounts.size })).sort((a, b) => b.fired - a.fired).slice(0, 10);
}

export function directory(world) {
  const labels = {};
  for (const name of ["region", "tier", "ou", "ring", "release"]) {
    const values = ["", ...new Set(world.accounts.flatMap((one) => one.labels[name] ?? []))];
    const at = new Map(values.map((value, index) => [value, index]));
    labels[name] = { values, index: world.accounts.map((one) => at.get(one.labels[name] ?? "")) };
  }
  return { version: `d${world.seed}`, ids: world.accounts.map((one) => one.id), tenants: world.accounts.map((one) => one.tenant),
    names: world.accounts.map((one) => one.name), labels };
}

const METRICS = { volume: (one) => one.rate * one.bytes, events: (one) => one.rate, errors: (one) => one.errors,
  quota: (one) => (hash(one.id) % 1000) / 950, cost: (one) => one.rate / 200_000 };

export function fleetState(world, params) {
  const base = { v: world.v, directory: `d${world.seed}`, at: world.now };
  const since = Number(params.get("since") ?? 0);
  const known = since === world.v || world.changes.some((one) => one.v === since + 1);
  if (since && known && !params.get("rule") && !params.get("metric")) {
    const d = new Map(world.changes.filter((one) => one.v > since).flatMap((one) => one.d));
    return { ...base, d: [...d] };
  }
  const metric = METRICS[params.get("metric") ?? ""];
  return { ...base, ...columns(world, params.get("rule") ?? ""), metric: metric ? world.accounts.map(metric) : undefined };
}

export function commonLabels(world, params) {
  const ids = new Set(words(params, "ids"));
  const rule = params.get("rule");
  const wanted = words(params, "state");
  for (const alert of world.alerts) if (rule ? alert.rule === rule && alert.fired : false) ids.add(alert.account);
  if (wanted.length > 0) world.codes.forEach((code, at) => wanted.includes(STATES[Number(code[0])]) && ids.add(world.accounts[at].id));
  const set = [...ids].flatMap((id) => world.byId.get(id) ?? []);
  return { accounts: set.length, items: common(world, set) };
}

/** Alerts as a query asks for them. */
export function choose(world, params) {
  const { matchers, words: free } = parseSearch(params.get("q") ?? "");
  const levels = [...words(params, "sev"), ...words(params, "state")];
  return world.alerts.filter((alert) => {
    if (params.get("rule") && alert.rule !== params.get("rule")) return false;
    if (params.get("account") && alert.account !== params.get("account")) return false;
    if (params.get("tenant") && alert.tenant !== params.get("tenant")) return false;
    if (alert.silenced_by.length > 0 && params.has("silenced") && !flag(params, "silenced")) return false;
    if (alert.state === "pending" && params.has("pending") && !flag(params, "pending") && !levels.includes("pending")) return false;
    if (levels.length > 0 && !levels.includes(alert.state) && !(alert.state === "pending" && flag(params, "pending"))) return false;
    if (!matchers.every((one) => holds(one, labelOf(world, alert, one.name)))) return false;
    const text = `${alert.name} ${alert.account} ${alert.tenant} ${alert.account_name} ${alert.region} ${Object.values(alert.group).join(" ")}`.toLowerCase();
    return free.every((word) => text.includes(word));
  }).sort((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state) || b.since - a.since);
}

const TREND = { DlqNotEmpty: "new", LambdaErrorRatio: "growing", ErrorVolumeSpike: "flapping", QueueAge: "shrinking", RestApiErrorRatio: "growing" };

function spark(rule, many) {
  const rng = random(hash(rule));
  const growing = TREND[rule] === "growing" || TREND[rule] === "new";
  return Array.from({ length: 24 }, (_, at) => Math.round(many * (growing ? Math.max(0, (at - 17) / 6) : 0.8 + rng() * 0.4)));
}

export function groups(world, params) {
  const by = params.get("by") ?? "rule";
  const label = by.replace(/^label:/, "");
  const sets = new Map();
  for (const alert of choose(world, params)) {
    const key = by === "rule" ? alert.name : String(labelOf(world, alert, label) ?? "");
    sets.set(key, [...(sets.get(key) ?? []), alert]);
  }
  const rows = [...sets].map(([key, alerts]) => group(world, key, label, alerts));
  rows.sort((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state) || b.accounts - a.accounts || a.key.localeCompare(b.key));
  return part(world, rows, params, 50, 200);
}

function group(world, key, by, alerts) {
  const loud = alerts.filter((one) => one.silenced_by.length === 0);
  const states = (loud.length > 0 ? loud : alerts).map((one) => STATES.indexOf(one.state));
  const accounts = [...new Set(alerts.map((one) => one.account))].map((id) => world.byId.get(id));
  const rules = new Set(alerts.map((one) => one.rule));
  const rule = rules.size === 1 ? alerts[0].rule : undefined;
  const about = world.byName.get(rule ?? "");
  const shared = {};
  for (const name of Object.keys(accounts[0].labels)) {
    const value = accounts[0].labels[name];
    if (accounts.length > 1 && accounts.every((one) => one.labels[name] === value)) shared[name] = value;
  }
  const fired = alerts.flatMap((one) => one.fired ?? []);
  return { key, by, rule, state: STATES[Math.max(...states)], accounts: accounts.length, alerts: alerts.length,
    critical: count(alerts, (one) => one.state === "critical"), warning: count(alerts, (one) => one.state === "warning"),
    pending: count(alerts, (one) => one.state === "pending"), silenced: count(alerts, (one) => one.silenced_by.length > 0),
    acked: count(alerts, (one) => one.acked_by), trend: TREND[rule] ?? "steady", first: iso(Math.min(...alerts.map((one) => one.since))),
    last: iso(Math.max(...(fired.length > 0 ? fired : alerts.map((one) => one.since)))), spark: spark(key, accounts.length),
    common: common(world, accounts), shared, summary: alerts[0].summary, runbook: about?.runbook, incident: fired.length > 0 && rule ? `${rule}/` : undefined };
}

export function alerts(world, params) {
  const list = part(world, choose(world, params), params);
  return { ...list, items: list.items.map(shown) };
}

export function alertHistory(world, params) {
  const from = Date.parse(params.get("from") ?? "") || world.now - 24 * HOUR;
  const all = world.transitions.filter((one) => (!params.get("rule") || one.rule === params.get("rule")) && one.at >= from
    && (!params.get("account") || one.account === params.get("account")));
  const list = part(world, all, params);
  return { ...list, items: list.items.map(transition) };
}

export function accounts(world, params) {
  const { matchers, words: free } = parseSearch(params.get("q") ?? "");
  const states = words(params, "state");
  const of = params.get("rule") ? new Set(world.alerts.filter((one) => one.rule === params.get("rule")).map((one) => one.account)) : null;
  const all = world.accounts.filter((one) => {
    if (states.length > 0 && !states.includes(STATES[Number(world.codes[one.index][0])])) return false;
    if (of && !of.has(one.id)) return false;
    if (params.get("tenant") && one.tenant !== params.get("tenant")) return false;
    const label = (name) => ({ account: one.id, tenant: one.tenant, name: one.name })[name] ?? one.labels[name];
    return matchers.every((m) => holds(m, label(m.name))) && free.every((word) => `${one.id} ${one.name} ${one.tenant}`.includes(word));
  });
  const list = part(world, all, params);
  return { ...list, items: list.items.map((one) => accountRow(world, one)) };
}

export function account(world, id) {
  const one = world.byId.get(id);
  if (!one) {
    throw new Refused(404, "not_found", "No such account", `The account ${id} was never seen and is not in the directory.`, "Search for a part of its id with /.");
  }
  const row = accountRow(world, one);
  const mine = world.alerts.filter((alert) => alert.account === id).map(shown);
  const rng = random(hash(id));
  const bytes = Math.round(one.rate * one.bytes * 86_400);
  return { ...row, lifecycle: one.suspended ? "SUSPENDED" : "ACTIVE", created: iso(one.created), since: mine[0]?.since, alerts: mine,
    rules_ok: world.rules.length - mine.length, bytes_day: bytes, share_of_fleet: one.rate / 200_000,
    counts: { logs: Math.round(one.rate * 9000), metrics: Math.round(one.rate * 2000), bytes: bytes >> 3, sampled_out: 0, held_back: 0,
      redacted: Math.round(rng() * 40), rejects: Math.round(rng() * 3), refused: 0, spilled: 0 },
    cost: { per_day: bytes / 1e9 * 0.5, currency: "USD", basis: "0.50 USD per GB of messages and metric data" },
    quotas: ["LambdaThrottledNearQuota", "Ec2VcpuForecast", "FargateVcpuForecast"].map((rule, at) => {
      const share = Math.min(1.04, rng() ** 0.5 * (1 - at * 0.2));
      return { name: ["Lambda concurrency", "EC2 vCPUs", "Fargate vCPUs"][at], rule, share, value_text: `${Math.round(share * 1000)} of 1,000`, threshold_text: "80 %" };
    }).sort((a, b) => b.share - a.share),
    completeness: { account: id, tenant: one.tenant, forwarded: 48_211, arrived: 48_180, share: 48_180 / 48_211, delivery_errors: 2 },
    links: { console: `https://example.awsapps.com/start/#/console?account_id=${id}`, grafana: `https://grafana.example.net/d/account?var-account=${id}` },
    as_of: iso(world.now) };
}

/** Every instance of a rule, by distance from its threshold. */
export function instances(world, name, params) {
  const rule = world.byName.get(name);
  if (!rule) throw new Refused(404, "not_found", "No such rule", `There is no rule ${name}.`, "See /rules for all of them.");
  const mine = new Map(world.alerts.filter((one) => one.rule === name).map((one) => [one.account, one]));
  const limit = threshold(rule, rule.warning ? "warning" : "critical");
  const states = words(params, "state");
  const { matchers, words: free } = parseSearch(params.get("q") ?? "");
  const rows = world.accounts.filter((one) => one.known && !one.suspended).map((one) => {
    const alert = mine.get(one.id);
    const up = limit.op.startsWith(">");
    const roll = (hash(one.id + name) % 10_000) / 10_000;
    const value = alert ? alert.value : Math.round(limit.value * (up ? roll ** 1.5 : 1.02 + roll * 3) * 100) / 100;
    const distance = value === undefined || limit.value === 0 ? undefined : ((limit.value - value) / limit.value) * (up ? 1 : -1);
    return { account: one.id, tenant: one.tenant, account_name: one.name, group: alert?.group ?? {}, state: alert?.state ?? "ok", value,
      value_text: alert?.value_text ?? `${value}${limit.unit === "%" ? " %" : limit.unit ? ` ${limit.unit}` : ""}`, threshold: limit.value,
      threshold_text: `${limit.op} ${limit.text}`, distance, since: alert ? iso(alert.since) : undefined };
  }).filter((row) => {
    if (states.length > 0 && !states.includes(row.state)) return false;
    const label = (key) => ({ account: row.account, tenant: row.tenant })[key] ?? world.byId.get(row.account).labels[key];
    return matchers.every((m) => holds(m, label(m.name))) && free.every((word) => `${row.account} ${row.account_name} ${row.tenant}`.includes(word));
  });
  rows.sort((a, b) => (a.distance ?? 9) - (b.distance ?? 9));
  return part(world, rows, params);
}
