// SPDX-License-Identifier: GPL-3.0-or-later
//
// Who gains and who loses: value of the ecosystem to a firm by size, exports and when it came; how many end worse off. The levels of
// an option, and where there is a baseline the differences to it.
import { rowsOf } from "../../common/data.js";
import { choice, figure } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { months } from "../../common/number.js";
import { armChoices, armsOf, quoted, tableRows } from "./arms.js";
import { among, live } from "./live.js";
import { intervalRows, toneOf } from "./rows.js";
import {
    column,
    count,
    difference,
    interval,
    isNumber,
    methodOf,
    quantity,
    scaleOf,
    shareOf,
    withInterval,
} from "./words.js";

const Z = 1.96;

/** Classes of firms in the order in which they are shown, with the heads above them. */
export const CLASSES = [
    ["size", ["small", "medium", "large"]],
    ["markets", ["exporters", "domestic"]],
    ["time", ["pilot", "wave_first", "wave_last", "outside"]],
];

/** Levels of one arm by class: from the summary; where it has none, from the synergy analysis. */
export function levelsOf(data, arm) {
    const outcomes = data.summary?.arms?.find((one) => one.arm === arm.name)?.outcomes ?? {};
    const analysed = new Map(rowsOf(data.tables?.synergy_classes).map((row) => [row.class, row]));
    return new Map(
        CLASSES.flatMap(([, classes]) => classes)
            .map((name) => {
                const o = outcomes[`value_${name}`];
                if (o && isNumber(o.mean))
                    return [
                        name,
                        {
                            mean: o.mean,
                            lo: isNumber(o.se) ? o.mean - Z * o.se : null,
                            hi: isNumber(o.se) ? o.mean + Z * o.se : null,
                            q05: o.q05,
                            q95: o.q95,
                            worlds: o.n,
                        },
                    ];
                const row = data.study.arms.length === 1 ? analysed.get(name) : undefined;
                return [name, row && isNumber(row.mean) ? row : null];
            })
            .filter(([, row]) => row),
    );
}

/** Differences of one arm to the baseline by class. */
function changesOf(data, arm) {
    return new Map(
        tableRows(data, "differences", arm.name)
            .filter((row) => row.outcome.startsWith("value_") && isNumber(row.difference))
            .map((row) => [row.outcome.slice("value_".length), { ...row, mean: row.difference }]),
    );
}

function drawnRows(values) {
    return CLASSES.flatMap(([head, classes]) => {
        const own = classes.filter((name) => values.has(name));
        return own.length === 0
            ? []
            : [
                  { head: true, label: t(`options.class-head.${head}`) },
                  ...own.map((name) => {
                      const v = values.get(name);
                      return {
                          label: t(`class.${name}`),
                          value: v.mean,
                          lo: v.lo,
                          hi: v.hi,
                          from: v.q05,
                          to: v.q95,
                          tone: toneOf(v.lo, v.hi, "more"),
                      };
                  }),
              ];
    });
}

/** What is shown: differences, levels of one option among others, or of the only arm. */
const viewOf = (data, differs) => (differs ? "differs" : data.study.arms.length > 1 ? "levels" : "only");

const said = (name, v, differs) =>
    t("options.gain.part", {
        who: t(`class.${name}`),
        value: `${differs ? difference(v.mean, "USD") : quantity(v.mean, "USD")} ${interval(v.lo, v.hi, "USD")}`.trim(),
    });

function sentence(data, arm, values, differs) {
    const listed = CLASSES.flatMap(([, classes]) => classes).filter((name) => values.has(name));
    if (listed.length === 0) return t("options.gain.none");
    const first = ["small", "medium", "large"].filter((name) => values.has(name));
    const losers = listed.filter((name) => toneOf(values.get(name).lo, values.get(name).hi, "more") === "bad");
    const list = (names) => names.map((name) => said(name, values.get(name), differs)).join("; ");
    const texts = [
        t(`options.gain.${viewOf(data, differs)}`, {
            option: quoted(arm.label),
            months: months(data.study.months),
            list: list(first.length > 0 ? first : listed),
        }),
    ];
    texts.push(losers.length > 0 ? t("options.gain.losers", { list: list(losers) }) : t("options.gain.no-losers"));
    texts.push(worseOff(data, arm));
    return texts.filter(Boolean).join(" ");
}

/** The share of firms that end worse off. */
function worseOff(data, arm) {
    const o = data.summary?.arms?.find((one) => one.arm === arm.name)?.outcomes?.share_worse_off;
    if (!o || !isNumber(o.mean)) return "";
    const [lo, hi] = isNumber(o.se) ? [o.mean - Z * o.se, o.mean + Z * o.se] : [null, null];
    return t("options.gain.worse", { share: shareOf(o.mean, lo, hi), worlds: count(o.n) });
}

function dataTable(values) {
    const rows = CLASSES.flatMap(([, classes]) => classes).filter((name) => values.has(name));
    return {
        columns: [
            column.text("class", t("options.class")),
            ...withInterval("usd_per_firm", t("options.gain.value"), "USD/firm"),
            column.number("q05", t("options.q05"), "USD/firm"),
            column.number("q95", t("options.q95"), "USD/firm"),
            column.count("worlds", t("options.worlds")),
        ],
        rows: rows
            .map((name) => [name, values.get(name)])
            .map(([name, v]) => [t(`class.${name}`), v.mean, v.lo, v.hi, v.q05, v.q95, v.worlds]),
    };
}

function build(data, state, set) {
    const arms = armsOf(data);
    const several = arms.length > 1 && tableRows(data, "differences").length > 0;
    const others = tableRows(data, "options").filter((row) => !arms.find((arm) => arm.name === row.arm)?.baseline);
    const best = others.reduce((a, b) => (isNumber(b.npv_more) && !(a?.npv_more >= b.npv_more) ? b : a), others[0]);
    const choices = armChoices(arms);
    const arm = arms.find((one) => one.name === among(choices, state.arm ?? best?.arm));
    const views = [
        { value: "levels", label: t("options.gain.view.levels") },
        { value: "differs", label: t("options.gain.view.differs") },
    ];
    const differs = several && !arm.baseline && state.view !== "levels";
    const values = differs ? changesOf(data, arm) : levelsOf(data, arm);
    return figure({
        id: "gain-lose-figure",
        title: t(`options.gain.figure.${viewOf(data, differs)}`, {
            option: quoted(arm.label),
            baseline: quoted(arms.find((one) => one.baseline).label),
        }),
        sentence: sentence(data, arm, values, differs),
        controls: several && [
            choice(t("options.option"), choices, arm.name, (value) => set({ arm: value })),
            !arm.baseline && choice(t("options.gain.view"), views, differs ? "differs" : "levels", (view) => set({ view })),
        ],
        chart:
            values.size > 0
                ? (width) =>
                      intervalRows(drawnRows(values), {
                          width,
                          axis: t(differs ? "options.gain.axis.differs" : "options.gain.axis.levels"),
                          scale: scaleOf(
                              [...values.values()].flatMap((v) => [v.mean, v.q05, v.q95]),
                              "USD/firm",
                              "money",
                              differs,
                              1,
                          ),
                      })
                : undefined,
        method: [t("options.gain.method"), differs ? methodOf(data, "differences") : ""].join(" "),
        table: dataTable(values),
    });
}

export const gainLose = {
    id: "who-gains",
    title: () => t("options.gain.title"),
    applies: (data) => armsOf(data).some((arm) => levelsOf(data, arm).size > 0),
    render: (data) => live("options.gain", { view: "differs" }, (state, set) => build(data, state, set)),
};
