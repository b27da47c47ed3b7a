// SPDX-License-Identifier: GPL-3.0-or-later
//
// What is seen, in sentences, and as the rows of tables.
import { t } from "../common/locale.js";
import { nameOf } from "../common/names.js";
import { brackets, count, decimal, money, plural, share, shareBrackets, UNDEFINED } from "../common/number.js";
import { PROBABILITIES } from "./charts.js";
import { countStatuses, defined, median, shareInside, STATUSES } from "./worlds.js";

/** Four numbers that say most, of one setting. */
export function headline(worlds, claim) {
    const counts = countStatuses(worlds);
    const inside = shareInside(worlds, "saving_joint", claim);
    const saving = defined(worlds, "saving_joint");
    return {
        n: worlds.n, counts, inside, withSaving: saving.length, saving: median(saving), completed: worlds.n ? counts[0] / worlds.n : NaN,
        members: median(defined(worlds, "member_share")), npv: median(defined(worlds, "npv_social")),
    };
}

/** Points of a percentage with their sign, "+3.2"; of little ones one digit more. `size`: of what they stand beside. */
const points = (size) => (x) => Number.isNaN(x) ? UNDEFINED : (x > 0 ? "+" : "") + decimal(100 * x, Math.abs(size) < 0.01 ? 2 : 1);

/** "58 % end with a working platform, 15 % stop after the pilot, 27 % run out of money." */
function fates(numbers) {
    const parts = STATUSES.map((status, i) => [status, numbers.counts[i]]).filter(([, n]) => n > 0);
    return parts.map(([status, n]) => t(`lab.fate.${status}`, { share: share(n / numbers.n, 0) })).join(", ");
}

/** The whole picture in two or three sentences; what a screen reader hears when all worlds are played. */
export function summary(numbers, claim, settings) {
    if (!numbers.n) return "";
    const values = {
        worlds: plural("lab.count.worlds", numbers.n), fates: fates(numbers), inside: share(numbers.inside.share),
        interval: shareBrackets(numbers.inside.lo, numbers.inside.hi), band: `${decimal(100 * claim[0], 0)}–${decimal(100 * claim[1], 0)}`, saving: share(numbers.saving),
    };
    return [t("lab.says.fates", values), t("lab.says.inside", values), numbers.withSaving > 0 ? t("lab.says.saving", values) : t("lab.says.nobody", values),
        settings.uncertain ? "" : t("lab.says.certain")].filter(Boolean).join(" ");
}

/** What changed against the pinned setting, world by world: what `paired` found. */
export function comparison(pair) {
    if (pair.worlds === 0) return "";
    const fate = t("lab.says.changed", { gained: count(pair.gained), lost: count(pair.lost), worlds: count(pair.worlds) });
    const saving = pair.n > 1 ? t("lab.says.paired", {
        difference: points(pair.mean)(pair.mean), interval: brackets(pair.lo, pair.hi, points(pair.mean)), n: plural("lab.count.in-worlds", pair.n),
    }) : t("lab.says.unpaired");
    return `${fate} ${saving}`;
}

export const histogramSentence = (numbers, claim) => t("lab.figure.saving.says", {
    inside: share(numbers.inside.share), interval: shareBrackets(numbers.inside.lo, numbers.inside.hi), worlds: count(numbers.n),
    band: `${decimal(100 * claim[0], 0)}–${decimal(100 * claim[1], 0)}`, none: count(numbers.n - numbers.withSaving),
});

export function histogramTable(bins) {
    return {
        columns: [
            { name: "joint_saving_from_percent", label: t("lab.column.from"), numeric: true, show: (x) => decimal(x, 0) },
            { name: "joint_saving_to_percent", label: t("lab.column.to"), numeric: true, show: (x) => decimal(x, 0) },
            { name: "worlds", label: t("lab.column.worlds"), numeric: true, show: count },
            { name: "share_of_worlds_percent", label: t("lab.column.share"), numeric: true, show: (x) => decimal(x, 1) },
        ],
        rows: bins.map((bin) => [Math.round(100 * bin.x1), Math.round(100 * bin.x2), bin.count, 100 * bin.share]),
    };
}

/** How a value of a series is written. */
const writeSeries = (series) => (x) => series === "account" ? money(x) : share(x);

export function fanSentence(series, rows, months) {
    const last = rows.at(-1);
    if (!last || last.month !== months) return t("lab.figure.fan.none", { series: nameOf("series", series), months });
    const write = writeSeries(series);
    return t("lab.figure.fan.says", {
        series: nameOf("series", series), months, median: write(last.q[2]), low: write(last.q[0]), high: write(last.q[4]), n: plural("lab.count.in-worlds", last.n),
    });
}

export function fanTable(series, rows) {
    const isMoney = series === "account", scale = isMoney ? 1 : 100;
    const write = (x) => decimal(x, isMoney ? 0 : 1);
    return {
        columns: [
            { name: "month", label: t("lab.axis.month"), numeric: true, show: count },
            ...PROBABILITIES.map((p) => ({
                name: `q${String(Math.round(100 * p)).padStart(2, "0")}_${isMoney ? "usd" : "percent"}`,
                label: t("lab.column.quantile", { p: decimal(100 * p, 0), unit: isMoney ? "USD" : "%" }), numeric: true, show: write,
            })),
            { name: "worlds", label: t("lab.column.worlds"), numeric: true, show: count },
        ],
        rows: rows.map((row) => [row.month, ...row.q.map((x) => scale * x), row.n]),
    };
}

export const worldsSentence = (numbers) => t("lab.figure.worlds.says", { worlds: plural("lab.count.worlds", numbers.n), fates: fates(numbers) });

export function worldsTable(numbers, pinned) {
    return {
        columns: [
            { name: "end", label: t("lab.column.end"), show: (status) => t(`status.${status}`), numeric: false },
            { name: "worlds", label: t("lab.column.worlds"), numeric: true, show: count },
            { name: "share_percent", label: t("lab.column.share"), numeric: true, show: (x) => decimal(x, 1) },
            ...(pinned ? [{ name: "pinned_worlds", label: t("lab.column.pinned"), numeric: true, show: count }] : []),
        ],
        rows: STATUSES.map((status, i) => [status, numbers.counts[i], 100 * numbers.counts[i] / numbers.n, ...(pinned ? [pinned.counts[i]] : [])])
            .filter((row) => row[1] > 0 || row[3] > 0),
    };
}

/** One world in a line. */
export function worldLine(worlds, i, pinned) {
    const of = (w) => t("lab.world.line", {
        status: t(`status.${STATUSES[w.status[i]]}`), saving: share(w.outcomes.saving_joint[i]), members: count(w.outcomes.members_final[i]), npv: money(w.outcomes.npv_social[i]),
    });
    return pinned && i < pinned.n ? `${t("lab.now")}: ${of(worlds)}. ${t("lab.pinned")}: ${of(pinned)}.` : `${of(worlds)}.`;
}
