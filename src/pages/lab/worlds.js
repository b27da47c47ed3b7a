// SPDX-License-Identifier: GPL-3.0-or-later
//
// The worlds that were played so far, and what is computed from them: as `klaster summary` and `klaster compare` compute it, so
// that the same worlds give the same numbers here and there.

/** Numbers of kl_run_status, in their order. */
export const STATUSES = ["completed", "gate_failed", "insolvent", "unfinished", "alone", "failed"];

/** Worlds 0 .. n-1 of `capacity`: arrays by world, series [month][world] with `capacity` worlds a row. */
export class Worlds {
    constructor(capacity, months, outcomes, series) {
        this.capacity = capacity;
        this.months = months;
        this.n = 0;
        this.status = new Int8Array(capacity);
        this.outcomes = Object.fromEntries(outcomes.map((name) => [name, new Float64Array(capacity)]));
        this.series = Object.fromEntries(series.map((name) => [name, new Float32Array(capacity * months)]));
    }

    /** @param {import("./core.js").Slice} slice the next one */
    add({ first, n, status, outcomes, series }) {
        this.status.set(status, first);
        for (const name of Object.keys(this.outcomes)) this.outcomes[name].set(outcomes[name], first);
        for (const name of Object.keys(this.series)) {
            const to = this.series[name], from = series[name];
            for (let m = 0; m < this.months; m++) to.set(from.subarray(m * n, (m + 1) * n), m * this.capacity + first);
        }
        this.n = first + n;
    }

    get complete() {
        return this.n === this.capacity;
    }
}

const Z = 1.959963984540054;

/** Wilson's interval for a share of n independent worlds. @returns {{share, lo, hi, n, hits}} NaN without worlds */
export function wilson(hits, n) {
    if (n === 0) return { share: NaN, lo: NaN, hi: NaN, n, hits };
    const p = hits / n, width = 1 + Z * Z / n;
    const middle = (p + Z * Z / (2 * n)) / width;
    const half = Z / width * Math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
    return { share: p, lo: hits === 0 ? 0 : Math.max(0, middle - half), hi: hits === n ? 1 : Math.min(1, middle + half), n, hits };
}

/** Values of an outcome that are defined, of the worlds so far. */
export const defined = (worlds, outcome) =>
    worlds.outcomes[outcome].subarray(0, worlds.n).filter((x) => !Number.isNaN(x));

/** Quantile of sorted numbers between neighbours (type 7), as kl_quantile_sorted has it; NaN of none. */
export function quantile(sorted, p) {
    if (sorted.length === 0) return NaN;
    const place = p * (sorted.length - 1), rank = Math.floor(place), part = place - rank;
    const low = sorted[rank];
    return part === 0 || low === sorted[rank + 1] ? low : low + part * (sorted[rank + 1] - low);
}

export const median = (values) => quantile(Float64Array.from(values).sort(), 0.5);

/** Share of all worlds whose outcome lies within [lo, hi]; undefined ones do not, as in the audit of claims. */
export function shareInside(worlds, outcome, [lo, hi]) {
    return wilson(defined(worlds, outcome).filter((x) => x >= lo && x <= hi).length, worlds.n);
}

/** How many worlds ended how, by number of status. */
export function countStatuses(worlds) {
    const count = STATUSES.map(() => 0);
    for (let i = 0; i < worlds.n; i++) count[worlds.status[i]]++;
    return count;
}

/**
 * Counts in columns of equal width over [lo, hi], as shares of all worlds; what lies outside is in the first or last.
 * @returns {{x1: number, x2: number, count: number, share: number}[]}
 */
export function histogram(worlds, outcome, lo, hi, width) {
    const n = Math.round((hi - lo) / width);
    const count = new Array(n).fill(0);
    for (const x of defined(worlds, outcome)) count[Math.max(0, Math.min(n - 1, Math.floor((x - lo) / width + 1e-9)))]++;
    return count.map((c, i) => ({ x1: lo + i * width, x2: lo + (i + 1) * width, count: c, share: worlds.n ? c / worlds.n : 0 }));
}

/**
 * Quantiles of a series in every month over the worlds in which it is defined.
 * @returns {{month: number, n: number, q: number[]}[]} months from 1; those with at least one world
 */
export function fan(worlds, series, probabilities) {
    const rows = [];
    for (let m = 0; m < worlds.months; m++) {
        const at = m * worlds.capacity;
        const values = worlds.series[series].subarray(at, at + worlds.n).filter((x) => !Number.isNaN(x)).sort();
        if (values.length > 0) rows.push({ month: m + 1, n: values.length, q: probabilities.map((p) => quantile(values, p)) });
    }
    return rows;
}

/**
 * Two settings in the same worlds, world by world, as far as both are played.
 * @returns {{n: number, mean: number, lo: number, hi: number, worlds: number, gained: number, lost: number}} difference b - a of the
 *     outcome over the n worlds in which both have it, with a 95 % interval; worlds that complete in b only, and in a only
 */
export function paired(a, b, outcome) {
    const worlds = Math.min(a.n, b.n);
    let n = 0, sum = 0, gained = 0, lost = 0;
    const difference = [];
    for (let i = 0; i < worlds; i++) {
        const d = b.outcomes[outcome][i] - a.outcomes[outcome][i];
        if (!Number.isNaN(d)) {
            difference.push(d);
            sum += d;
            n++;
        }
        const before = a.status[i] === 0, now = b.status[i] === 0;
        gained += now && !before;
        lost += before && !now;
    }
    const mean = n > 0 ? sum / n : NaN;
    const square = difference.reduce((total, d) => total + (d - mean) ** 2, 0);
    const half = n > 1 ? Z * Math.sqrt(square / (n - 1) / n) : NaN;
    return { n, mean, lo: mean - half, hi: mean + half, worlds, gained, lost };
}
