// SPDX-License-Identifier: GPL-3.0-or-later
//
// What it would be worth to know an input before choosing (EVPPI), against what everything would be worth (EVPI).
import { figure } from "../../common/figure.js";
import { t } from "../../common/locale.js";
import { capital } from "../../common/names.js";
import { tableRows } from "./arms.js";
import { intervalRows } from "./rows.js";
import { column, count, inputName, isNumber, methodOf, quantity, scaleOf, share, textOr } from "./words.js";

const Z = 1.96;
const SHOWN = 8;

/** What a row of the table is about: everything, all inputs, a group, an input. */
export function knownKind(name) {
    if (name === "everything") return "everything";
    if (name === "all inputs") return "all";
    return name.startsWith("group ") ? "group" : "input";
}

/** The name of what would be known. */
export function knownName(name) {
    switch (knownKind(name)) {
        case "everything":
            return capital(t("input.everything"));
        case "all":
            return capital(t("input.all inputs"));
        case "group": {
            const group = name.slice("group ".length);
            return capital(t("input.group", { group: textOr(`group.${group}`, group) }));
        }
        default:
            return capital(inputName(name));
    }
}

const bounds = (row) => (isNumber(row.se) ? [Math.max(0, row.value - Z * row.se), row.value + Z * row.se] : [null, null]);

/** Rows of the chart: everything and all inputs, then groups and inputs that are worth something, dearest first. */
export function shownRows(rows) {
    const of = (kind) =>
        rows.filter((row) => knownKind(row.known) === kind && isNumber(row.value)).sort((a, b) => b.value - a.value);
    const worth = (list) => list.filter((row) => row.value > 0).slice(0, SHOWN);
    return [
        ["", [...of("everything"), ...of("all")]],
        ["groups", worth(of("group"))],
        ["inputs", worth(of("input"))],
    ].filter(([, list]) => list.length > 0);
}

function sentence(rows) {
    const find = (kind) => rows.find((row) => knownKind(row.known) === kind);
    const inputs = rows
        .filter((row) => knownKind(row.known) === "input" && isNumber(row.value))
        .sort((a, b) => b.value - a.value);
    const everything = find("everything"),
        all = find("all");
    const money = (row) =>
        `${quantity(row.value, "USD")}${isNumber(row.se) ? ` ${t("options.standard-error", { se: quantity(row.se, "USD") })}` : ""}`;
    const texts = [];
    if (everything && isNumber(everything.value)) texts.push(t("options.information.evpi", { value: money(everything) }));
    if (all && isNumber(all.value))
        texts.push(
            t("options.information.inputs", {
                value: money(all),
                share: isNumber(all.of_evpi) ? share(all.of_evpi, 0) : share(0, 0),
            }),
        );
    const sure = inputs.filter((row) => isNumber(row.se) && row.value > Z * row.se);
    if (inputs.length === 0) return [...texts, t("options.information.unknown")].join(" ");
    texts.push(
        sure.length > 0
            ? t("options.information.most", {
                  list: sure
                      .slice(0, 3)
                      .map((row) => `${inputName(row.known)}: ${money(row)}`)
                      .join("; "),
                  others: count(inputs.length - sure.length),
              })
            : t("options.information.nothing"),
    );
    return texts.join(" ");
}

export const information = {
    id: "information",
    title: () => t("options.information.title"),
    applies: (data) => tableRows(data, "information").length > 0,
    render: (data) => {
        const rows = tableRows(data, "information");
        const drawn = shownRows(rows).flatMap(([head, list]) => [
            ...(head ? [{ head: true, label: t(`options.information.${head === "inputs" ? "single" : head}`) }] : []),
            ...list.map((row) => {
                const [lo, hi] = bounds(row);
                return { label: knownName(row.known), value: row.value, lo, hi, tone: lo > 0 ? "plain" : "unsure" };
            }),
        ]);
        return figure({
            id: "information-figure",
            title: t("options.information.figure"),
            sentence: sentence(rows),
            chart: (width) =>
                intervalRows(drawn, {
                    width,
                    axis: t("options.information.axis"),
                    scale: scaleOf(
                        rows.map((row) => row.value),
                        "USD",
                    ),
                    bars: true,
                }),
            method: methodOf(data, "information"),
            table: {
                columns: [
                    column.text("known", t("options.information.known")),
                    column.number("value_usd", t("options.information.worth"), "USD"),
                    column.number("se_usd", t("options.se"), "USD"),
                    column.share("of_evpi", t("options.information.of-evpi")),
                    column.number("checked_usd", t("options.information.checked"), "USD"),
                ],
                rows: rows.map((row) => [knownName(row.known), row.value, row.se, row.of_evpi, row.checked]),
            },
        });
    },
};
