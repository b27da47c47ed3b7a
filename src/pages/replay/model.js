// SPDX-License-Identifier: GPL-3.0-or-later
//
// A run as the page needs it: what state each firm is in at the end of each month, and what happened when. Months count from 1,
// firms from 0, as in `klaster replay`.

/** States of a firm in the order in which they are met; a firm that left or was sent home is in the last. */
export const STATES = ["outside", "invited", "trained", "member", "left"];
export const MEMBER = STATES.indexOf("member");
const LEFT = STATES.indexOf("left");
const OUTSIDE = 0;

/**
 * @typedef {object} Event
 * @property {number} month   from 1
 * @property {number} firm    from 0
 * @property {string} what    pilot, invited, trained, joined, rejoined, left, sent_home, entered, withdrew, innovation
 * @property {number} [number]  the wave, or the market
 */

/** State of a firm that is not a member, by what it has been through. */
function stateOf(past) {
    if (past.member) return MEMBER;
    if (past.joined) return LEFT;
    if (past.trained) return 2;
    return past.invited ? 1 : OUTSIDE;
}

function apply(past, what) {
    if (what === "pilot" || what === "invited") past.invited = true;
    else if (what === "trained") past.trained = true;
    else if (what === "joined" || what === "rejoined") past.joined = past.member = true;
    else if (what === "left" || what === "sent_home") past.member = false;
}

/** What the closing of the ecosystem ends: nobody is invited any more. */
function close(pasts) {
    for (const past of pasts) past.invited = past.trained = past.member = false;
}

/**
 * @param {object} run  a run of the page's data
 * @returns {{run: object, n: number, months: number, states: Uint8Array[], byMonth: Event[][], byFirm: Event[][]}}
 *   states[month][firm] and byMonth[month] for month 0 (before the first) to `months`; byFirm[firm] in order of time
 */
export function worldOf(run) {
    const n = run.firms_number;
    const months = run.horizon;
    const byMonth = Array.from({ length: months + 1 }, () => []);
    const byFirm = Array.from({ length: n }, () => []);
    for (const [month, firm, what, number] of run.events) {
        const event = { month, firm, what, number };
        byMonth[month].push(event);
        byFirm[firm].push(event);
    }
    const pasts = Array.from({ length: n }, () => ({ invited: false, trained: false, joined: false, member: false }));
    const states = byMonth.map((events, month) => {
        for (const event of events) apply(pasts[event.firm], event.what);
        if (month > 0 && month === run.outcomes.month_closed) close(pasts);
        return Uint8Array.from(pasts, stateOf);
    });
    return { run, n, months, states, byMonth, byFirm };
}

/** How many firms are in each state at the end of a month. */
export function countStates(world, month) {
    const counts = STATES.map(() => 0);
    for (const state of world.states[month]) counts[state]++;
    return counts;
}

/** The stage of a month; null where none runs (any more, or at all). */
export const stageAt = (run, month) => run.stages.find((stage) => stage.first <= month && month <= stage.last) ?? null;

/** Are these the same firms with the same ties? Only then can they be compared one by one. */
export function sameCluster(a, b) {
    return a.firms_number === b.firms_number && a.ties_number === b.ties_number &&
        a.firms.employees.every((employees, i) => employees === b.firms.employees[i]) &&
        JSON.stringify(a.ties) === JSON.stringify(b.ties);
}

/** Members at a month's end: in both runs, in the first only, in the second only. */
export function compareMembers(a, b, month) {
    const found = { both: 0, first: 0, second: 0 };
    a.states[month].forEach((state, i) => {
        const here = state === MEMBER, there = b.states[month][i] === MEMBER;
        if (here && there) found.both++;
        else if (here) found.first++;
        else if (there) found.second++;
    });
    return found;
}

/** Is the firm a member here and not there? */
export const isOnlyHere = (world, other, month, firm) =>
    Boolean(other) && world.states[month][firm] === MEMBER && other.states[month][firm] !== MEMBER;

/** What changes a firm's state, unlike markets and innovations. */
const CHANGES = new Set(["pilot", "invited", "trained", "joined", "rejoined", "left", "sent_home"]);

/** Firms of which something like that is told in a month. */
export const changedIn = (world, month) =>
    new Set(world.byMonth[month].filter(({ what }) => CHANGES.has(what)).map(({ firm }) => firm));
