// SPDX-License-Identifier: GPL-3.0-or-later
//
// The answer in plain sentences: what public money buys, for whom, and how sure that is. Every sentence is chosen by the numbers,
// so that it stays true where no option is better, none costs money, or nothing is defined.
import { h } from "../../common/dom.js";
import { t } from "../../common/locale.js";
import { count, isNumber, months, share } from "../../common/number.js";
import { priceLack } from "./big-numbers.js";
import { quoted, tableRows } from "./arms.js";
import { difference, differenceInterval, interval, quantity, shareOf } from "./words.js";

/** The row with the highest (or lowest) number among rows that have it; undefined where there is none. */
function extreme(rows, key, sign = 1) {
    return rows
        .filter((row) => isNumber(row[key]))
        .reduce((best, row) => (!best || sign * row[key] > sign * best[key] ? row : best), undefined);
}

function socialValue(best, baseline, n, data) {
    if (!best) return t("options.answer.undefined");
    const values = {
        option: quoted(best.label),
        baseline: quoted(baseline.label),
        n: count(n),
        months: months(data.study.months),
        value: differenceInterval(best.npv_more, best.npv_more_lo, best.npv_more_hi, "USD"),
        better: share(best.npv_better),
        worlds: count(best.worlds),
    };
    if (best.npv_more === 0 && best.npv_more_lo === 0 && best.npv_more_hi === 0) return t("options.answer.same", values);
    const kind = best.npv_more_lo > 0 ? "gain" : best.npv_more_hi < 0 ? "loss" : "unclear";
    return t(`options.answer.${kind}.${n === 1 ? "one" : "many"}`, values);
}

function money(best, rows) {
    const cheapest = extreme(
        rows.filter((row) => priceLack(row) === null && row.members_more_lo > 0),
        "per_member",
        -1,
    );
    const texts = [];
    if (best && best.public_money > 0 && isNumber(best.npv_per_usd_lo) && isNumber(best.npv_per_usd_hi)) {
        texts.push(
            t("options.answer.dollar", {
                option: quoted(best.label),
                money: quantity(best.public_money, "USD"),
                value: `${quantity(best.npv_per_usd, "USD")} ${interval(best.npv_per_usd_lo, best.npv_per_usd_hi, "USD")}`,
            }),
        );
    }
    if (cheapest) {
        texts.push(
            t("options.answer.cheapest", {
                option: quoted(cheapest.label),
                price: `${quantity(cheapest.per_member, "USD")} ${interval(cheapest.per_member_lo, cheapest.per_member_hi, "USD")}`,
                members: difference(cheapest.members_more, "firm"),
            }),
        );
    } else if (rows.every((row) => row.public_money === 0)) {
        texts.push(t("options.answer.no-money"));
    } else {
        texts.push(t("options.answer.no-price"));
    }
    return texts.join(" ");
}

function survival(rows, baseline) {
    const best = extreme(rows, "survival");
    if (!best || !isNumber(baseline.survival)) return "";
    const values = {
        option: quoted(best.label),
        share: shareOf(best.survival, best.survival_lo, best.survival_hi),
        own: shareOf(baseline.survival, baseline.survival_lo, baseline.survival_hi),
    };
    return t(best.survival_lo > baseline.survival_hi ? "options.answer.survival" : "options.answer.survival-same", values);
}

/** Who gains, by size of firms, with the option of the highest social value. */
function whom(best, data) {
    if (!best || best.npv_more === 0) return "";
    const of = (outcome) => tableRows(data, "differences", best.name).find((row) => row.outcome === outcome);
    const said = ["value_small", "value_medium", "value_large"]
        .map((name) => [name, of(name)])
        .filter(([, row]) => row && isNumber(row.difference))
        .map(([name, row]) =>
            t(`options.answer.${name}`, { value: differenceInterval(row.difference, row.lo, row.hi, "USD") }),
        );
    if (said.length === 0) return "";
    const worse = of("share_worse_off");
    return [
        t("options.answer.whom", { option: quoted(best.label), list: said.join("; ") }),
        worse && isNumber(worse.mean)
            ? t("options.answer.worse", { share: share(worse.mean), own: share(worse.baseline) })
            : "",
    ].join(" ");
}

function sure(best, data, n) {
    if (!best || best.npv_more === 0) return "";
    const decision = tableRows(data, "decision", best.name)[0];
    const texts = [];
    if (isNumber(best.npv_better))
        texts.push(
            t("options.answer.better", {
                option: quoted(best.label),
                share: share(best.npv_better),
                worlds: count(best.worlds),
            }),
        );
    if (decision && n > 1 && isNumber(decision.best)) {
        texts.push(t("options.answer.sure", { share: share(decision.best), loss: quantity(decision.expected_loss, "USD") }));
    }
    return texts.join(" ");
}

/** The answer as an element. `rows` are those of numbersOf. */
export function answer(data, rows) {
    const baseline = rows.find((row) => row.baseline) ?? rows[0];
    const options = rows.filter((row) => row !== baseline);
    const best = extreme(options, "npv_more");
    const parts = [
        ["money", money(best, options)],
        ["survival", survival(options, baseline)],
        ["whom", whom(best, data)],
        ["sure", sure(best, data, options.length)],
    ];
    return h(
        "div",
        { class: "answer", id: "options-answer" },
        h("p", { class: "lead" }, socialValue(best, baseline, options.length, data)),
        h(
            "dl",
            null,
            parts
                .filter(([, text]) => text)
                .map(([key, text]) => h("div", null, h("dt", null, t(`options.answer.${key}.head`)), h("dd", null, text))),
        ),
    );
}
