// Silences and acknowledgements, which last as long as the process, in the shapes of src/api.

import { holds, narrow } from '../../js/model/matchers.js';
import { HOUR, MINUTE, Refused, part, words } from './answer.mjs';
import { fingerprint } from './fleet.mjs';
import { labelOf, matchesAll, refresh, silenceShown, stateOfSilence } from './world.mjs';

export function silences(world, params) {
    const states = words(params, 'state');
    const all = world.silences.map((one) => silenceShown(world, one)).filter((one) => states.length === 0 || states.includes(one.status.state));
    return part(
        world,
        all.sort((a, b) => a.endsAt.localeCompare(b.endsAt)),
        params,
        200,
        1000,
    );
}

export function preview(world, asked) {
    if (!asked.matchers?.length || !narrow(asked.matchers)) {
        throw new Refused(
            400,
            'bad_silence',
            'Too wide',
            'A silence needs a matcher that an empty value does not satisfy, else it silences everything.',
            'Add rule=, tenant= or account=.',
        );
    }
    const firing = world.alerts.filter((one) => one.fired && matchesAll(world, one, asked.matchers));
    const own = asked.matchers.filter((one) => !['rule', 'alertname', 'severity', 'level', 'fingerprint', 'pack'].includes(one.name));
    const accounts = world.accounts.filter((one) =>
        own.every((m) => holds(m, m.name === 'account' ? one.id : m.name === 'tenant' ? one.tenant : one.labels[m.name])),
    ).length;
    const critical = firing.filter((one) => one.state === 'critical').length;
    return {
        firing: firing.length,
        critical,
        accounts,
        sample: firing.slice(0, 20).map((one) => [one.account, one.name]),
        sentence: `Silences ${firing.length} alerts that fire now (${critical} critical), and those to come of ${accounts} accounts.`,
    };
}

export function postSilence(world, asked, max) {
    preview(world, asked);
    const startsAt = Date.parse(asked.startsAt);
    const endsAt = Date.parse(asked.endsAt);
    if (!(endsAt > startsAt && endsAt > world.now))
        throw new Refused(400, 'bad_silence', 'Over already', 'A silence ends after it starts and after now.', 'Choose a later end.');
    if (endsAt - startsAt > max * 1000 + MINUTE)
        throw new Refused(
            400,
            'bad_silence',
            'Too long',
            `A silence lasts ${max} s at most, not ${Math.round((endsAt - startsAt) / 1000)} s.`,
            'Choose an earlier end.',
        );
    if (!asked.comment?.trim())
        throw new Refused(400, 'bad_silence', 'No comment', 'A silence needs a comment.', 'Say why, for the next person on call.');
    const old = world.silences.find((one) => one.id === asked.id);
    const same = old && JSON.stringify(old.matchers) === JSON.stringify(asked.matchers) && old.endsAt > world.now;
    if (old && !same) old.endsAt = Math.min(old.endsAt, world.now);
    const id = same ? old.id : fingerprint(`${world.silences.length}/${world.now}`);
    const silence = {
        id,
        matchers: asked.matchers,
        startsAt,
        endsAt,
        updatedAt: world.now,
        createdBy: asked.createdBy || 'anonymous',
        comment: asked.comment,
        ack: false,
    };
    world.silences = [...world.silences.filter((one) => one.id !== id), silence];
    refresh(world);
    return { silenceID: id };
}

export function deleteSilence(world, id) {
    const one = world.silences.find((silence) => silence.id === id);
    if (!one) throw new Refused(404, 'not_found', 'No such silence', `There is no silence ${id}.`);
    if (stateOfSilence(one, world.now) === 'pending') one.startsAt = world.now;
    one.endsAt = world.now;
    one.updatedAt = world.now;
    refresh(world);
}

export function ack(world, asked) {
    const matcher = asked.fingerprint
        ? { name: 'fingerprint', value: asked.fingerprint }
        : { name: 'rule', value: String(asked.incident ?? '').split('/')[0] };
    if (!world.alerts.some((one) => labelOf(world, one, matcher.name) === matcher.value)) {
        throw new Refused(404, 'not_found', 'No such alert', 'There is no alert of that kind that fires.', 'It may have resolved just now.');
    }
    const id = fingerprint(`ack/${matcher.value}/${world.now}`);
    world.silences.push({
        id,
        matchers: [{ ...matcher, isRegex: false, isEqual: true }],
        startsAt: world.now,
        endsAt: world.now + 30 * 24 * HOUR,
        updatedAt: world.now,
        createdBy: asked.by || 'anonymous',
        comment: asked.comment ?? '',
        ack: true,
    });
    refresh(world);
    return { silenceID: id };
}
