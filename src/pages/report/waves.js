// SPDX-License-Identifier: GPL-3.0-or-later
//
// Members by the place of firms in the roll-out: the pilot, each wave, those that no wave reached. From worlds that were played
// again, a sample of the file's.
import * as Plot from "@observablehq/plot";

import { monthAxis, plot } from "../common/chart.js";
import { armColour, LINE, MUTED } from "../common/colour.js";
import { figure, legend } from "../common/figure.js";
import { t } from "../common/locale.js";
import { axisOf, count, decimal, isNumber, share } from "../common/number.js";
import { armLabel, hasArms } from "./arms.js";

const WAVES_MOST = 6; // more are put together, so that colours can be told apart

const groupName = (group) => group.group === "wave" ? t("waves.wave", { n: group.wave }) : t(`waves.${group.group}`);

const add = (a, b) => a.map((x, i) => x + b[i]);

/** Groups as they are drawn: late waves of a long roll-out as one; without groups that never have members. */
function drawnGroups(groups) {
    const shown = groups.filter((group) => group.members.some((x) => x > 0))
        .map((group) => ({ label: groupName(group), members: group.members }));
    if (shown.length <= WAVES_MOST) return shown;
    const rest = shown.slice(WAVES_MOST - 1);
    return [...shown.slice(0, WAVES_MOST - 1), { label: t("waves.later"), members: rest.map((group) => group.members).reduce(add) }];
}

function chart(width, data, groups) {
    const months = data.study.months;
    let below = new Array(months).fill(0);
    const layers = groups.map((group, i) => {
        const from = below;
        below = add(below, group.members);
        return { label: group.label, from, to: below, colour: armColour(i) };
    });
    const domain = [0, Math.max(...below, 1)];
    const at = [...Array(months).keys()];
    const height = 300;
    const wide = layers.filter((layer) => (layer.to[months - 1] - layer.from[months - 1]) / domain[1] * (height - 70) > 16);
    return plot(width, {
        height, marginLeft: 46, marginRight: 12, marginTop: 28, marginBottom: 38,
        x: monthAxis(months, width, t("axis.month")),
        y: { domain, nice: true, ticks: 5, label: null, tickFormat: axisOf(domain, "firm", "count").tick },
        marks: [
            Plot.gridY({ stroke: LINE, strokeOpacity: 1, ticks: 5 }),
            ...layers.map((layer) => Plot.areaY(at, {
                x: (m) => m + 1, y1: (m) => layer.from[m], y2: (m) => layer.to[m], fill: layer.colour, fillOpacity: 0.85,
            })),
            ...layers.map((layer) => Plot.lineY(at, { x: (m) => m + 1, y: (m) => layer.to[m], stroke: "var(--page)", strokeWidth: 1.5 })),
            Plot.text(wide, {
                x: months, y: (d) => (d.from[months - 1] + d.to[months - 1]) / 2, text: "label", textAnchor: "end", dx: -6,
                fill: "var(--text)", stroke: "var(--page)", strokeWidth: 4, fontSize: 12, fontWeight: 600,
            }),
            Plot.ruleY([0], { stroke: MUTED }),
            Plot.text([`↑ ${t("waves.axis")}`], { frameAnchor: "top-left", dx: -44, dy: -22, fontSize: 12, fill: MUTED }),
        ],
    });
}

function sentence(data, groups) {
    const last = data.study.months - 1;
    const parts = groups.filter((group) => isNumber(group.share?.mean?.[last]) && group.firms > 0).map((group) =>
        t("waves.part", { group: groupName(group), share: share(group.share.mean[last], 0), firms: decimal(group.firms, 1) }));
    return t("waves.sentence", { month: count(last + 1), worlds: count(data.waves.worlds), list: parts.join("; ") });
}

function tableOf(data, groups) {
    return {
        columns: [{ name: "group", label: t("waves.group") }, { name: "month", label: t("axis.month"), show: count },
            { name: "worlds", label: t("waves.worlds"), show: count },
            { name: "members_mean", label: t("waves.members"), show: (x) => decimal(x, 2) },
            ...["mean", "q05", "q95"].map((name) => ({ name: `share_${name}`, label: t(`waves.share-${name}`), show: (x) => share(x) }))],
        rows: groups.flatMap((group) => group.members.map((x, m) => [
            groupName(group), m + 1, group.worlds, x, ...["mean", "q05", "q95"].map((name) => group.share?.[name]?.[m] ?? null)])),
    };
}

/** The figure; null where the data has no waves or nobody ever joins. */
export function wavesFigure(data) {
    const groups = data.waves?.groups ?? [];
    const drawn = drawnGroups(groups);
    if (drawn.length === 0) return null;
    const arm = data.study.arms.findIndex((one) => one.name === data.waves.arm);
    return figure({
        id: "members-waves",
        title: t("waves.title") + (hasArms(data) && arm >= 0 ? ` · ${armLabel(data, arm)}` : ""),
        sentence: sentence(data, groups),
        legend: legend(drawn.map((group, i) => ({ label: group.label, colour: armColour(i) }))),
        chart: (width) => chart(width, data, drawn),
        method: t("waves.method", { worlds: count(data.waves.worlds) }),
        table: tableOf(data, groups),
    });
}
