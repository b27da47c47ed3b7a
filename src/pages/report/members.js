// SPDX-License-Identifier: GPL-3.0-or-later
//
// Who joins: members month by month over the mechanism's stages, and what take-up comes to.
import { figure } from "../common/figure.js";
import { t } from "../common/locale.js";
import { outcomeOf, seriesOf } from "../common/outcome.js";
import { brackets, count, isNumber } from "../common/number.js";
import { armChoice, mainArm, ofArm, summaryOf } from "./arms.js";
import { fanChart, fanLegend, fanOf, lastMonth } from "./fan.js";
import { fanMethod, fanSentence, fanTable } from "./fans.js";
import { live } from "./options/live.js";
import { spansOf } from "./stages.js";
import { wavesFigure } from "./waves.js";

const TAKE_UP = ["members_final", "member_share", "usage", "churn", "joins", "months_open",
    "value_pilot", "value_wave_first", "value_wave_last", "value_outside"];

function membersFigure(data, arm, controls) {
    const shown = seriesOf(data, "members");
    const fan = fanOf(data, arm, "members");
    return figure({
        id: "members-figure",
        title: t("members.heading") + ofArm(data, arm),
        sentence: fanSentence(data, fan, shown),
        controls,
        legend: lastMonth(fan) > 0 && fanLegend(fan),
        chart: lastMonth(fan) > 0 ? (width) => fanChart(width, fan, shown, { spans: spansOf(data, arm) }) : undefined,
        method: `${t("members.method")} ${fanMethod(data)}`,
        table: fanTable(data, fan, shown),
    });
}

/** Take-up at the end and at maturity, and what firms of the pilot, the first and the last wave gain: a table. */
function takeUp(data, arm) {
    const { outcomes } = summaryOf(data, arm);
    const names = TAKE_UP.filter((name) => isNumber(outcomes[name]?.mean));
    const all = names.map((name) => ({ shown: outcomeOf(data, name), ...outcomes[name] }));
    const title = ({ shown }) => shown.unitText ? `${shown.Label}, ${shown.unitText}` : shown.Label;
    const shownOf = (row) => all.find((one) => title(one) === row[0]).shown;
    const show = (x, row) => shownOf(row).bare(x);
    const label = (name) => t(`members.${name}`);
    const members = all.find((one) => one.shown.name === "members_final");
    const interval = ({ mean, se }) => isNumber(se) ? [mean - 1.96 * se, mean + 1.96 * se] : [null, null];
    return figure({
        id: "members-take-up",
        title: t("members.take-up") + ofArm(data, arm),
        sentence: members ? t("members.sentence", {
            n: count(members.n), mean: members.shown.withInterval(members.mean, ...interval(members)),
            median: members.shown.show(members.median), lo: members.shown.bare(members.q05), hi: members.shown.show(members.q95),
        }) : t("answer.none"),
        method: t("members.take-up-method"),
        table: {
            open: true,
            columns: [{ name: "outcome", label: t("members.outcome") }, { name: "worlds", label: t("members.worlds"), show: count },
                { name: "mean", label: label("mean"), numeric: true,
                    show: (x, row) => `${show(x, row)} ${brackets(row[3], row[4], (y) => show(y, row))}` },
                { name: "mean_lo", label: "", csvOnly: true }, { name: "mean_hi", label: "", csvOnly: true },
                ...["q05", "median", "q95"].map((name) => ({ name, label: label(name), show }))],
            rows: all.map((one) => [title(one), one.n, one.mean, ...interval(one), one.q05, one.median, one.q95]),
        },
    });
}

function byArm(data) {
    return live("members", { arm: mainArm(data) }, (state, set) => {
        const node = document.createDocumentFragment();
        node.append(membersFigure(data, state.arm, armChoice(data, state.arm, (arm) => set({ arm }))), takeUp(data, state.arm));
        return node;
    });
}

export const members = {
    id: "members",
    title: () => t("members.title"),
    applies: (data) => Boolean(data.fans?.arms?.[0]?.series?.members),
    render: (data) => [byArm(data), wavesFigure(data)],
};
