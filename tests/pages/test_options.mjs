// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sections about options and about why, in a browser: their tables and texts hold the numbers that the analyses print and that
// h5py finds in the result file; selects and sorting by keyboard; labels of a study stay text; what is equal, undefined or not there is
// said and breaks nothing.
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { klaster, openPage, print, python, runStudy, shoot } from "./browser.mjs";

const NASTY = '<img src=x onerror=alert(1)> & "quoted" {n} ${x}';

const arms = (list) => `arms:\n${list.map((arm) => `  - ${JSON.stringify(arm)}`).join("\n")}\n`;

const HEAD = `klaster: 1
title: Options for a small cluster
seed: 7
months: 36
mechanism: five-stage
`;

const STUDY = `${HEAD}name: support
points: 200
uncertainty: default
parameters: {firms: 24}
baseline: none
${arms([
    { name: "none", label: "No support" },
    {
        name: "half",
        label: "Operating support, 20,000 USD",
        parameters: { public_budget: 20000, opex_support: 0.2, opex_support_months: 36 },
    },
    {
        name: "whole",
        label: "Operating support, 60,000 USD",
        parameters: { public_budget: 60000, opex_support: 0.5, opex_support_months: 36 },
    },
    { name: "nasty", label: NASTY, parameters: { public_budget: 20000, fee_subsidy: 0.5, fee_subsidy_months: 36 } },
])}claims:
  - {name: saving, metric: saving_joint, interval: [0.2, 0.4], source: a test}
  - {name: worth, metric: npv_social, interval: [0, null], source: another}
`;

/** Arms that differ in nothing that matters. */
const SAME = `${HEAD}name: same
points: 60
uncertainty: default
parameters: {firms: 12}
${arms([
    { name: "a", label: "First" },
    { name: "b", label: "Second", parameters: { opex_support_months: 12 } },
])}`;

/** Nothing against something, in few worlds: much is undefined. */
const ALONE = `${HEAD}name: alone
points: 3
uncertainty: none
parameters: {firms: 8}
${arms([
    { name: "nothing", label: "Nothing", parameters: { ecosystem: false } },
    { name: "something", label: "Something" },
])}`;

/** Write a report of a result; returns its path. */
function report(result, ...options) {
    const path = result.replace(/\.h5$/, ".html");
    klaster("report", result, "-o", path, "--force", ...options);
    return path;
}

/** Open once the charts stand. */
async function open(file, options) {
    const page = await openPage(file, options);
    await page.waitForFunction(
        () =>
            document.querySelectorAll(".chart").length > 0 &&
            [...document.querySelectorAll(".chart")].every((box) => box.clientWidth === 0 || box.firstElementChild),
    );
    return page;
}

/** Rows of the table behind a figure, as raw values: numbers, texts, null. */
const rowsBehind = (page, figure) =>
    page.$$eval(`#${figure} details.data tbody tr`, (rows) =>
        rows.map((row) =>
            [...row.children].map((cell) => {
                const value = cell.getAttribute("data-value");
                return value === null ? null : cell.classList.contains("numeric") ? Number(value) : value;
            }),
        ),
    );

const textOf = (page, selector) => page.$eval(selector, (element) => element.innerText);

/** No part of a text matches; says which does. */
const none = (text, pattern) => assert.deepEqual(text.match(pattern) ?? [], []);

/** Tables that a command prints, by name, rows as objects. */
function tables(...command) {
    const { tables: all } = JSON.parse(klaster(...command, "--json"));
    return Object.fromEntries(all.map((table) => [table.name, table.rows]));
}

/** Numbers equal to the nine digits that a page holds; null is null. */
function same(got, wanted, what) {
    if (wanted === null || wanted === undefined) return assert.equal(got, null, what);
    return assert.ok(Math.abs(got - wanted) <= 1e-8 * Math.abs(wanted) + 1e-12, `${what}: ${got}, not ${wanted}`);
}

/** A table on the page against rows of an analysis: columns of the page by place, those of the analysis by name. */
function sameRows(shown, rows, places) {
    assert.equal(shown.length, rows.length);
    for (const [i, row] of rows.entries()) {
        for (const [place, name] of Object.entries(places)) same(shown[i][place], row[name], `row ${i}, ${name}`);
    }
}

const LABELS = {
    none: "No support",
    half: "Operating support, 20,000 USD",
    whole: "Operating support, 60,000 USD",
    nasty: NASTY,
};

let result, path, page;

before(async () => {
    result = runStudy("support", STUDY);
    path = report(result);
    page = await open(path);
});

test("every_section_stands_and_complains_of_nothing", async () => {
    const wanted = [
        "options",
        "differences",
        "who-gains",
        "acceptability",
        "plane",
        "information",
        "where",
        "drivers",
        "channels",
        "stakeholders",
        "swot",
    ];
    const sections = await page.$$eval("#content > section", (all) => all.map((one) => one.id));
    for (const id of wanted) assert.ok(sections.includes(id), id);
    assert.equal(sections[0], "options", "a report of several arms opens with the four big numbers");
    assert.deepEqual(await page.$$eval(".warning", (all) => all.map((one) => one.textContent)), []);
    for (const figure of await page.$$("figure[data-figure]")) {
        assert.ok((await figure.$eval(".sentence", (one) => one.textContent)).length > 20);
        assert.ok(await figure.$("details.data table"));
    }
    assert.deepEqual(page.complaints, []);
});

test("big_numbers_are_those_of_compare", async () => {
    const { options } = tables("compare", result, "--no-save");
    const shown = await rowsBehind(page, "big-numbers");
    assert.deepEqual(
        shown.map((row) => row[0]),
        options.map((row) => LABELS[row.arm]),
    );
    sameRows(shown, options, {
        1: "members",
        2: "members_more",
        3: "members_more_lo",
        4: "members_more_hi",
        5: "public_money",
        6: "per_member",
        7: "per_member_lo",
        8: "per_member_hi",
        9: "npv_more",
        10: "npv_more_lo",
        11: "npv_more_hi",
        12: "npv_per_usd",
        15: "survival",
        18: "npv_better",
        19: "worlds",
        20: "left_out",
    });
    for (const row of options.filter((one) => one.arm !== "none")) {
        for (const key of ["members_more", "npv_more", "survival"]) {
            const value = await page.$eval(`table.numbers tr[data-arm="${row.arm}"] td[data-key="${key}"]`, (cell) =>
                Number(cell.dataset.value),
            );
            same(value, row[key], `${row.arm}, ${key}`);
        }
    }
});

test("differences_are_those_of_the_file_by_h5py", async () => {
    const found = python(
        `
import h5py, json, sys
with h5py.File(sys.argv[1]) as f:
    arm = [str(name) for name in f["arm"].asstr()[:]]
    out = {}
    for name in arm[1:]:
        a, b = arm.index(name), arm.index("none")
        out[name] = {}
        for outcome in ("npv_social", "members_final"):
            d = (f[outcome][a].astype(float) - f[outcome][b].astype(float)).ravel()
            out[name][outcome] = {"mean": float(d.mean()), "higher": float((d > 0).mean()), "lower": float((d < 0).mean()), "worlds": int(d.size)}
        out[name]["survival"] = float(f["survival"][a].astype(float).mean())
print(json.dumps(out))`,
        result,
    );
    const shown = await rowsBehind(page, "differences-figure"); // npv_social stands chosen
    const numbers = await rowsBehind(page, "big-numbers");
    for (const [arm, wanted] of Object.entries(found)) {
        const row = shown.find((one) => one[0] === LABELS[arm]),
            big = numbers.find((one) => one[0] === LABELS[arm]);
        same(row[1], wanted.npv_social.mean, `${arm}: difference`);
        same(row[9], wanted.npv_social.higher, `${arm}: higher`);
        same(row[13], wanted.npv_social.lower, `${arm}: lower`);
        assert.equal(row[14], wanted.npv_social.worlds);
        same(big[2], wanted.members_final.mean, `${arm}: members more`);
        same(big[9], wanted.npv_social.mean, `${arm}: NPV more`);
        same(big[15], wanted.survival, `${arm}: survival`);
    }
});

test("the_answer_names_the_best_option_with_its_numbers", async () => {
    const { options } = tables("compare", result, "--no-save");
    const best = options.filter((row) => row.arm !== "none").reduce((a, b) => (b.npv_more > a.npv_more ? b : a));
    const text = await textOf(page, "#options-answer .lead");
    assert.ok(text.includes(`“${LABELS[best.arm]}”`), text);
    assert.match(text, /\[.+\]/);
    assert.ok(text.replace(/\s/g, " ").includes("over 36 months"), text);
    const shown = text.replace(/\s/g, " ").match(/\+([\d.,]+) (thousand|million)? ?USD/);
    const value = Number(shown[1].replace(/,/g, "")) * { thousand: 1e3, million: 1e6 }[shown[2]];
    assert.ok(Math.abs(value - best.npv_more) < 0.005 * best.npv_more, `${text}: ${best.npv_more}`);
});

test("an_outcome_is_chosen_by_keyboard", async () => {
    const { differences } = tables("compare", result, "--no-save");
    const outcomes = [...new Set(differences.map((row) => row.outcome))];
    const one = await open(path);
    const select = "#differences-figure .controls select";
    await one.focus(select);
    await one.keyboard.press("Home");
    assert.equal(await one.$eval(select, (element) => element.value), outcomes[0]);
    for (const outcome of outcomes.slice(1)) {
        await one.keyboard.press("ArrowDown");
        assert.equal(await one.evaluate(() => document.activeElement.tagName), "SELECT", "focus stays");
        assert.equal(await one.$eval(select, (element) => element.value), outcome);
        const shown = await rowsBehind(one, "differences-figure");
        sameRows(
            shown,
            differences.filter((row) => row.outcome === outcome),
            {
                1: "difference",
                2: "lo",
                3: "hi",
                4: "baseline",
                5: "mean",
                6: "q05",
                8: "q95",
                9: "higher",
                12: "tied",
                13: "lower",
                14: "worlds",
            },
        );
    }
    assert.deepEqual(one.complaints, []);
});

test("every_choice_of_every_select_draws", async () => {
    const one = await open(path);
    const figures = await one.$$eval("#content > section", (all) =>
        all.filter((section) => section.querySelector("select")).map((section) => section.id),
    );
    for (const id of figures.filter((name) =>
        ["who-gains", "acceptability", "plane", "where", "drivers", "channels"].includes(name),
    )) {
        const n = (await one.$$(`#${id} select`)).length;
        for (let i = 0; i < n; i++) {
            const values = await one.$$eval(
                `#${id} select`,
                (all, k) => [...all[k].options].map((option) => option.value),
                i,
            );
            for (const value of values) {
                const select = (await one.$$(`#${id} select`))[i];
                if (select) await select.selectOption(value).catch(() => null); // a pair of inputs may be gone with the claim
            }
        }
        assert.deepEqual(await one.$$eval(`#${id} .warning`, (all) => all.length), 0);
        none(await textOf(one, `#${id}`), /.{0,20}(NaN|\[object|undefined USD).{0,20}/g);
    }
    assert.deepEqual(one.complaints, []);
});

test("the_table_is_sorted_by_keyboard", async () => {
    const one = await open(path);
    const button = 'table.numbers button[data-sort="members_more"]';
    const order = () => one.$$eval("table.numbers tbody tr[data-arm]", (rows) => rows.map((row) => row.dataset.arm));
    const before = await order();
    await one.focus(button);
    await one.keyboard.press("Enter");
    assert.equal(await one.$eval("table.numbers th[aria-sort]", (head) => head.getAttribute("aria-sort")), "descending");
    const { options } = tables("compare", result, "--no-save");
    assert.deepEqual(
        await order(),
        [...options].sort((a, b) => b.members_more - a.members_more).map((row) => row.arm),
    );
    assert.equal(await one.evaluate(() => document.activeElement.dataset.sort), "members_more", "focus stays");
    await one.keyboard.press("Enter");
    assert.equal(await one.$eval("table.numbers th[aria-sort]", (head) => head.getAttribute("aria-sort")), "ascending");
    await one.keyboard.press("Enter");
    assert.deepEqual(await order(), before);
});

test("decisions_are_those_of_decide", async () => {
    const decide = tables("decide", result, "--no-save");
    sameRows(await rowsBehind(page, "acceptability-figure"), decide.acceptability, {
        0: "willingness_to_pay",
        2: "best",
        3: "net_benefit",
        4: "expected_loss",
    });
    sameRows(await rowsBehind(page, "plane-figure"), decide.plane, {
        1: "more_effect",
        2: "more_effect_se",
        3: "more_cost",
        5: "ratio",
        6: "costs_more",
        7: "better",
        8: "saves",
        9: "worse",
        10: "same",
    });
    sameRows(await rowsBehind(page, "information-figure"), decide.information, {
        1: "value",
        2: "se",
        3: "of_evpi",
        4: "checked",
    });
});

test("what_drives_and_breaks_is_that_of_the_analyses", async () => {
    const { sensitivity_given: given } = tables("sensitivity", result, "--arm", "none", "--no-save");
    const npv = given.filter((row) => row.metric === "npv_social").sort((a, b) => b.first - a.first);
    sameRows(await rowsBehind(page, "drivers-figure"), npv, {
        1: "first",
        2: "first_lo",
        3: "first_hi",
        4: "prcc",
        5: "srrc",
    });
    const claims = tables("claims", result, "--arm", "none", "--no-save");
    const saving = claims.claims_inputs
        .filter((row) => row.condition.startsWith("saving:"))
        .sort((a, b) => a.share - b.share);
    const shown = await rowsBehind(page, "breaks-figure");
    sameRows(shown, saving, { 2: "share", 3: "share_lo", 4: "share_hi", 5: "worlds" });
    const words = saving
        .map((row) => row.worst.slice(row.input.length))
        .map((text) => text.replace(/^ from (.*) to /, " between $1 and "));
    const plain = (text) =>
        /^[a-z ]+[\d.]+( and [\d.]+)?$/.test(text) && text.match(/[\d.]+/g).every((n) => Number(n) < 1000); // the rest is written otherwise
    assert.ok(words.filter(plain).length > 10);
    for (const [i, text] of words.entries())
        if (plain(text)) assert.ok(shown[i][1].endsWith(text), `${shown[i][1]}: ${text}`);
});

test("the_map_counts_every_world_once", async () => {
    const hits = python(
        `
import h5py, json, sys
with h5py.File(sys.argv[1]) as f:
    y = f["saving_joint"][0].ravel()
    print(json.dumps([int(((y >= .2) & (y <= .4)).sum()), int(y.size)]))`,
        result,
    );
    const cells = await rowsBehind(page, "where-figure");
    assert.deepEqual([cells.reduce((sum, cell) => sum + cell[3], 0), cells.reduce((sum, cell) => sum + cell[4], 0)], hits);
    for (const cell of cells.filter((one) => one[4] > 0)) same(cell[2], cell[3] / cell[4], "share of a cell");
});

test("synergy_and_stakeholders_are_those_of_synergy", async () => {
    const synergy = tables("synergy", result, "--arm", "none", "--no-save");
    sameRows(await rowsBehind(page, "channels-figure"), synergy.synergy_channels, {
        1: "value",
        2: "lo",
        3: "hi",
        4: "share",
        7: "alone",
        8: "last",
        11: "worlds",
    });
    sameRows(
        await rowsBehind(page, "levels-figure"),
        synergy.synergy_levels.filter((row) => row.level !== "total"),
        { 1: "value", 2: "lo", 3: "hi" },
    );
    const { stakeholders } = tables("synergy", result, "--arm", "none", "--stakeholders", "--no-save");
    sameRows(await rowsBehind(page, "stakeholders-figure"), stakeholders, {
        1: "influence",
        2: "interest",
        6: "gain",
        7: "stake",
    });
    assert.equal((await rowsBehind(page, "swot-figure")).length, 4);
});

test("labels_of_a_study_stay_text", async () => {
    assert.equal(await page.$$eval("img", (all) => all.length), 0);
    assert.equal(await page.$eval('table.numbers tr[data-arm="nasty"] th', (head) => head.textContent), NASTY);
    assert.ok((await textOf(page, "#differences-figure details.data, #options-answer")).includes(NASTY));
    assert.deepEqual(page.complaints, []);
});

test("three_languages_say_it_without_a_missing_text", async () => {
    const seen = new Set();
    for (const language of ["en", "ru", "uz"]) {
        const one = await open(path, { query: `?lang=${language}` });
        const text = await textOf(one, "#content");
        none(text, /.{0,20}\b(options|insight|column|class|limit|advice|method)\.[a-z].{0,20}/g);
        none(text, /.{0,20}(?<!"quoted"\s|\$)\{\w+\}.{0,20}/g);
        seen.add(await textOf(one, "#options h2"));
        assert.deepEqual(one.complaints, []);
    }
    assert.equal(seen.size, 3);
});

test("a_choice_outlives_a_change_of_language", async () => {
    const one = await open(path);
    await one.selectOption("#differences-figure .controls select", "survival");
    await one.click("#language-ru");
    assert.equal(await one.$eval("#differences-figure .controls select", (element) => element.value), "survival");
});

test("a_phone_needs_no_sideways_scrolling", async () => {
    for (const language of ["en", "uz"]) {
        const one = await open(path, { width: 390, height: 844, query: `?lang=${language}` });
        assert.ok(await one.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
        if (language === "uz") await shoot(one, "options-phone");
    }
});

test("equal_options_are_said_to_be_equal", async () => {
    const one = await open(report(runStudy("same", SAME), "--no-synergy"));
    assert.match(await textOf(one, "#options-answer"), /do not differ/);
    assert.match(await textOf(one, "#differences"), /all differences are 0/);
    assert.equal(await one.$("#plane"), null, "no option costs more");
    assert.deepEqual(await one.$$eval(".warning", (all) => all.length), 0);
    assert.deepEqual(one.complaints, []);
});

test("what_is_undefined_is_said_and_breaks_nothing", async () => {
    const one = await open(report(runStudy("alone", ALONE)));
    assert.deepEqual(await one.$$eval(".warning", (all) => all.map((each) => each.textContent)), []);
    none(await textOf(one, "#content"), /.{0,20}(NaN|\[object|\bnull\b).{0,20}/g);
    assert.match(await textOf(one, "#options-answer .lead"), /cannot be told/);
    assert.deepEqual(one.complaints, []);
});

for (const scheme of ["light", "dark"]) {
    test(`a_picture_is_made_to_be_looked_at_${scheme}`, async () =>
        shoot(await open(path, { colorScheme: scheme }), `options-${scheme}`));
}

test("the_page_prints", async () => print(await open(path), "options"));
