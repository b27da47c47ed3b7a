// SPDX-License-Identifier: GPL-3.0-or-later
//
// The report in a browser: it shows the numbers that are in the result file, in three languages, offline, by keyboard, in print; and
// whatever a study says in its texts stays text.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";

import { directory, klaster, openPage, print, python, runStudy, shoot } from "./browser.mjs";

const STUDY = `klaster: 1
name: small
title: A small cluster
seed: 7
months: 36
points: 300
mechanism: five-stage
uncertainty: default
parameters: {firms: 30}
claims:
  - {name: saving, metric: saving_joint, interval: [0.2, 0.3], source: a test}
  - {name: worth, metric: npv_social, interval: [0, null], source: another}
  - {name: soon, metric: month_rollout, interval: [null, 20], source: a third}
`;

/** Write a report of a result; returns its path. */
function report(result, ...options) {
    const path = result.replace(/\.h5$/, ".html");
    klaster("report", result, "-o", path, "--force", "--no-synergy", ...options);
    return path;
}

let result, path;

before(() => {
    result = runStudy("small", STUDY);
    path = report(result);
});

/** Open once the charts stand. */
async function open(file, options) {
    const page = await openPage(file, options);
    await page.waitForFunction(() => document.querySelectorAll(".chart").length > 0 &&
        [...document.querySelectorAll(".chart")].every((box) => box.closest("details:not([open])") || box.firstElementChild));
    return page;
}

/** Rows of the table behind a figure, as raw values: numbers, texts, null. */
const rowsBehind = (page, figure) => page.$$eval(`#${figure} details.data tbody tr`, (rows) => rows.map((row) =>
    [...row.children].map((cell) => {
        const value = cell.getAttribute("data-value");
        return value === null ? null : cell.classList.contains("numeric") ? Number(value) : value;
    })));

/** The CSV file behind a figure's button, as lines of fields. */
async function csvOf(page, figure) {
    await page.$eval(`#${figure} details.data`, (details) => {
        details.open = true;
    });
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(`#${figure} details.data button`)]);
    const text = readFileSync(await download.path(), "utf8");
    const [head, ...lines] = text.trimEnd().split("\r\n").map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).slice(0, -1)
        .map((field) => field.replace(/,$/, "").replace(/^"(.*)"$/, "$1").replace(/""/g, '"')));
    return lines.map((line) => Object.fromEntries(head.map((name, i) => [name, line[i]])));
}

/** What a reader can see. */
const textOf = (page) => page.$eval("body", (body) => body.innerText);

test("a_report_draws_everything_and_complains_of_nothing", async () => {
    const page = await open(path);
    assert.ok((await page.$$("#content > section")).length >= 8);
    assert.deepEqual(await page.$$eval(".warning", (all) => all.map((one) => one.textContent)), []);
    assert.deepEqual(await page.$$eval(".chart > *", (all) => all.filter((one) => one.getAttribute("role") !== "img" ||
        !one.getAttribute("aria-label")).map((one) => one.outerHTML.slice(0, 80))), []);
    assert.deepEqual(page.complaints, []);
    for (const scheme of ["light", "dark"]) await shoot(await open(path, { colorScheme: scheme }), `report-${scheme}`);
});

/** The page has numbers of nine significant digits. */
const near = (x, y) => assert.ok(Math.abs(x - y) <= 1e-9 * Math.abs(y), `${x} is not ${y}`);

test("shares_of_claims_are_those_of_the_raw_runs", async () => {
    const page = await open(path);
    const raw = python(`
import h5py, json, sys, numpy as np
f = h5py.File(sys.argv[1])
done = f["status"][0].ravel() == 0
def share(name, lo, hi):
    v = f[name][0].ravel().astype(float)
    if f[name].dtype.kind == "i": v = np.where(v < 0, np.nan, v)
    hit = (v >= lo) & (v <= hi)
    return [float(hit.mean()), float(hit[done].mean()), int(hit.sum()), int((~hit & done & (v < lo)).sum())]
inf = float("inf")
print(json.dumps([share("saving_joint", .2, .3), share("npv_social", 0, inf), share("month_rollout", -inf, 20)]))
`, result);
    const csv = await csvOf(page, "claims-fates");
    assert.equal(csv.length, raw.length);
    for (const [i, [share, completed, hits, below]] of raw.entries()) {
        assert.equal(Number(csv[i].worlds), 300);
        near(Number(csv[i].holds_share), share);
        near(Number(csv[i].holds_completed_share), completed);
        assert.equal(Number(csv[i].worlds_inside), hits);
        assert.equal(Number(csv[i].worlds_below ?? 0), below);
        assert.ok(Number(csv[i].holds_lo) <= share && share <= Number(csv[i].holds_hi));
    }
    near(Number(await page.$eval(".headline .share", (one) => one.getAttribute("data-value"))), raw[0][0]);
    assert.equal(await page.$eval(".headline .share", (one) => one.textContent), `${(100 * raw[0][0]).toFixed(1)}\u202f%`);
});

test("a_histogram_counts_the_raw_runs_and_its_bars_are_as_high_as_its_table_says", async () => {
    const page = await open(path);
    const rows = (await csvOf(page, "distribution-figure")).filter((row) => row.from !== "" && row.to !== "");
    const edges = [...rows.map((row) => Number(row.from)), Number(rows[rows.length - 1].to)];
    const counts = python(`
import h5py, json, sys, numpy as np
v = h5py.File(sys.argv[1])["saving_joint"][0].ravel().astype(float)
print(json.dumps(np.histogram(v[~np.isnan(v)], json.loads(sys.argv[2]))[0].tolist()))
`, result, JSON.stringify(edges));
    assert.deepEqual(rows.map((row) => Number(row.worlds)), counts);
    for (const row of rows) assert.ok(Math.abs(Number(row.share) - Number(row.worlds) / 300) < 1e-12);
    const heights = await page.$$eval("#distribution-figure .chart rect:has(title)", (bars) => bars.map((bar) => Number(bar.getAttribute("height"))));
    const top = Math.max(...counts), highest = Math.max(...heights);
    assert.equal(heights.length, counts.length);
    for (const [i, height] of heights.entries()) assert.ok(Math.abs(height / highest - counts[i] / top) < 1e-6);
});

test("a_fan_shows_the_quantiles_of_the_file", async () => {
    const page = await open(path);
    const file = python(`
import h5py, json, sys, numpy as np
f = h5py.File(sys.argv[1])
q = f["account_q"][0]
print(json.dumps({"quantile": f["quantile"][:].tolist(), "q": q.tolist(), "mean": f["account_mean"][0].tolist()}))
`, result);
    const rows = await csvOf(page, "fan-account");
    assert.equal(rows.length, 36);
    const close = (text, x) => assert.ok(Math.abs(Number(text) - x) <= 1e-5 * Math.abs(x) + 1e-12, `${text} is not ${x}`);
    for (const [m, row] of rows.entries()) {
        close(row.mean, file.mean[m]);
        close(row.median, file.q[m][file.quantile.findIndex((q) => Math.abs(q - 0.5) < 1e-9)]);
        close(row.q05, file.q[m][file.quantile.findIndex((q) => Math.abs(q - 0.05) < 1e-9)]);
    }
});

test("worlds_end_as_the_file_says", async () => {
    const page = await open(path);
    const status = python(`
import h5py, json, sys, numpy as np
s = h5py.File(sys.argv[1])["status"]
words = s.attrs["flag_meanings"]; words = (words.decode() if isinstance(words, bytes) else str(words)).split()
values = list(s.attrs["flag_values"])
v = s[0].ravel()
print(json.dumps({w: int((v == x).sum()) for w, x in zip(words, values)}))
`, result);
    const [row] = await csvOf(page, "stages-endings");
    for (const word of ["completed", "gate_failed", "insolvent"]) assert.equal(Number(row[`worlds_${word}`] ?? 0), status[word], word);
});

test("the_switch_changes_language_texts_and_numbers", async () => {
    const page = await open(path);
    const seen = {};
    for (const language of ["en", "ru", "uz"]) {
        await page.click(`#language-${language}`);
        await page.waitForFunction((tag) => document.documentElement.lang === tag, language);
        assert.equal(await page.getAttribute(`#language-${language}`, "aria-pressed"), "true");
        seen[language] = await textOf(page);
        assert.doesNotMatch(seen[language], /\b(answer|fan|fate|stages|members|waves|distribution|assumptions|limits|reproduce|head|foot|unit|arm|options|insight)\.[a-z]/);
        assert.doesNotMatch(seen[language], /\bNaN\b|\[object|\bInfinity\b|\{[a-z]+\}|\bnull\b/);
    }
    assert.match(seen.en, /\d\.\d\u202f%/);
    assert.doesNotMatch(seen.ru, /\d\.\d\u202f%/);
    assert.match(seen.ru, /\d,\d\u202f%/);
    assert.match(seen.uz, /\d,\d\u202f%/);
    assert.match(seen.en, /Do the claims hold/);
    assert.match(seen.ru, /Выполняются ли утверждения/);
    assert.match(seen.uz, /Daʼvolar bajariladimi/);
    assert.deepEqual(page.complaints, []);
});

test("the_address_and_the_command_line_choose_the_language", async () => {
    assert.equal(await (await open(path, { query: "?lang=uz" })).$eval("html", (one) => one.lang), "uz");
    assert.equal(await (await open(path, { locale: "ru-RU" })).$eval("html", (one) => one.lang), "ru");
    const made = join(directory, "uz.html");
    klaster("report", result, "-o", made, "--no-synergy", "--lang", "uz");
    assert.equal(await (await open(made, { locale: "ru-RU" })).$eval("html", (one) => one.lang), "uz");
});

test("the_keyboard_reaches_and_works_everything", async () => {
    const page = await open(path);
    const focused = () => page.evaluate(() => [document.activeElement.id, document.activeElement.className]);
    await page.keyboard.press("Tab");
    assert.equal((await focused())[1], "skip");
    await page.keyboard.press("Enter");
    assert.equal((await focused())[0], "content");
    await page.evaluate(() => document.activeElement.blur());
    const page2 = await open(path);
    const order = [];
    for (let i = 0; i < 8; i++) {
        await page2.keyboard.press("Tab");
        order.push((await focusedId(page2)));
    }
    assert.deepEqual(order.slice(1, 7), ["language-en", "language-ru", "language-uz", "theme-auto", "theme-light", "theme-dark"]);
    await page2.focus("#language-ru");
    await page2.keyboard.press("Enter");
    assert.equal(await page2.$eval("html", (one) => one.lang), "ru");
    assert.equal(await focusedId(page2), "language-ru", "focus stays where it was");
    await page2.focus("#theme-dark");
    await page2.keyboard.press("Space");
    assert.equal(await page2.$eval("html", (one) => one.dataset.theme), "dark");
    const unreachable = await page2.$$eval(".scroll", (all) => all.filter((one) => one.tabIndex !== 0).length);
    assert.equal(unreachable, 0);
});

const focusedId = (page) => page.evaluate(() => document.activeElement.id);

test("a_reader_stays_where_he_was_when_the_language_changes", async () => {
    const page = await open(path, { query: "#stages" });
    const top = (id) => page.$eval(`#${id}`, (one) => one.getBoundingClientRect().top);
    assert.ok(Math.abs(await top("stages")) < 100, "the address leads to its section");
    assert.equal(await page.$eval(".contents [aria-current]", (one) => one.hash), "#stages");
    for (const id of ["distribution", "members-take-up"]) {
        await page.$eval(`#${id}`, (one) => one.scrollIntoView({ behavior: "instant" }));
        const before = await top(id);
        await page.$eval("#language-ru", (one) => one.click());
        assert.ok(Math.abs(await top(id) - before) < 3, id);
        await page.$eval("#language-en", (one) => one.click());
        assert.ok(Math.abs(await top(id) - before) < 3, id);
    }
});

test("everything_that_can_be_worked_has_a_name", async () => {
    const page = await open(path);
    const nameless = await page.$$eval("button, select, input, a[href], nav, [role=region], [role=group]", (all) => all.filter((one) => {
        const by = one.getAttribute("aria-labelledby");
        return !(one.textContent.trim() && one.tagName !== "SELECT") && !one.getAttribute("aria-label") &&
            !(by && document.getElementById(by)?.textContent) && !(one.labels?.[0]?.textContent.trim());
    }).map((one) => one.outerHTML.slice(0, 120)));
    assert.deepEqual(nameless, []);
    const levels = await page.$$eval("h1, h2, h3, h4", (all) => all.map((one) => Number(one.tagName[1])));
    assert.equal(levels.filter((level) => level === 1).length, 1);
    for (let i = 1; i < levels.length; i++) assert.ok(levels[i] <= levels[i - 1] + 1, `h${levels[i - 1]} then h${levels[i]}`);
    const twice = await page.$$eval("[id]", (all) => all.map((one) => one.id).filter((id, i, ids) => ids.indexOf(id) !== i));
    assert.deepEqual(twice, []);
});

/** WCAG 2 contrast of the page's texts, from the colours that the browser computed. */
const contrasts = (page) => page.evaluate(() => {
    const rgb = (text) => {
        const probe = document.body.appendChild(document.createElement("span"));
        probe.style.color = text;
        const found = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
        probe.remove();
        return found;
    };
    const light = (text) => rgb(text).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
    const worst = {};
    for (const name of ["text", "muted", "accent", "gain", "loss"]) worst[name] = ratio(`var(--${name})`, "var(--page)");
    for (const name of ["completed", "alone", "failed"]) worst[`on-deep on ${name}`] = ratio("var(--on-deep)", `var(--${name})`);
    for (const name of ["holds", "below", "above", "gate", "insolvent", "unfinished", "undefined"]) worst[`#101316 on ${name}`] = ratio("#101316", `var(--${name})`);
    return worst;
});

test("texts_stand_out_in_both_themes", async () => {
    for (const colorScheme of ["light", "dark"]) {
        const found = await contrasts(await open(path, { colorScheme }));
        for (const [name, ratio] of Object.entries(found)) {
            assert.ok(ratio >= 4.5, `${name} ${colorScheme}: ${ratio.toFixed(2)}`);
        }
    }
});

test("print_is_light_without_switches_and_with_every_chart", async () => {
    const page = await open(path, { colorScheme: "dark" });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    assert.equal(await page.$eval(".switches", (one) => getComputedStyle(one).display), "none");
    assert.equal(await page.$eval("body", (one) => getComputedStyle(one).color), "rgb(0, 0, 0)");
    const hidden = await page.$$eval(".chart", (all) => all.filter((one) => !one.closest("details:not([open])") &&
        one.getBoundingClientRect().height < 60).length);
    assert.equal(hidden, 0);
    await print(page, "report");
});

test("nothing_sticks_out_on_a_phone", async () => {
    for (const width of [390, 340]) {
        for (const query of ["", "?lang=ru", "?lang=uz"]) {
            const page = await open(path, { width, query });
            assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= width, `${width} ${query}`);
            if (width === 390) await shoot(page, `report-phone${query.slice(-3).replace("=", "-")}`);
        }
    }
});

test("hostile_texts_of_a_study_stay_texts", async () => {
    const evil = "<img src=x onerror=window.hacked=1></script><script>window.hacked=1</script>{share} $& %s";
    const quoted = JSON.stringify(evil);
    const hostile = runStudy("hostile", `klaster: 1
name: hostile
title: ${quoted}
description: ${quoted}
seed: 1
months: 24
points: 40
mechanism: five-stage
uncertainty: default
parameters: {firms: 12}
arms:
  - {name: first, label: ${quoted}}
  - {name: second, label: "{metric} {n} <b>two</b>", parameters: {fee: 0.01}}
claims:
  - {name: saving, metric: saving_joint, interval: [0.1, 0.9], source: ${quoted}}
`);
    const page = await open(report(hostile));
    for (const language of ["ru", "uz", "en"]) await page.click(`#language-${language}`);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.deepEqual(await page.$$eval("img, body script:not([type]) ~ script, b", (all) => all.map((one) => one.outerHTML.slice(0, 80))), []);
    assert.equal(await page.$eval("h1", (one) => one.textContent), evil);
    assert.ok((await page.title()).startsWith(evil));
    assert.ok((await textOf(page)).includes("{metric} {n} <b>two</b>"));
    assert.deepEqual(page.complaints, []);
});

/** Studies at the edge of what there is. */
const EDGES = {
    one_world: "points: 1\nmechanism: five-stage\nuncertainty: default\n",
    gate_always_fails: "points: 60\nmechanism: five-stage\nuncertainty: default\nparameters: {gate_threshold: 1, recycles_max: 0}\n",
    nobody_joins: "points: 30\nmechanism: five-stage\nparameters: {join_intercept: -20}\n",
    no_ecosystem: "points: 20\nuncertainty: default\nparameters: {ecosystem: false}\n",
    replicates: "points: 20\nreplicates: 3\nmechanism: big-bang\nuncertainty: default\n",
    no_claims: "points: 20\nmechanism: organic\nuncertainty: default\n",
};

for (const [name, text] of Object.entries(EDGES)) {
    test(`a_report_of_${name}_is_whole`, async () => {
        const claims = name === "no_claims" ? "" : "claims:\n  - {name: saving, metric: saving_joint, interval: [0.3, 0.4]}\n";
        const page = await open(report(runStudy(name, `klaster: 1\nname: edge\nseed: 3\nmonths: 30\n${text}${claims}`)));
        for (const language of ["ru", "uz", "en"]) {
            await page.click(`#language-${language}`);
            assert.doesNotMatch(await textOf(page), /\bNaN\b|\[object|\bInfinity\b|\{[a-z]+\}|\bnull\b/);
        }
        assert.deepEqual(await page.$$eval(".warning", (all) => all.map((one) => one.textContent)), []);
        assert.deepEqual(page.complaints, []);
    });
}

test("an_incomplete_file_says_so_at_once", async () => {
    const part = runStudy("part", STUDY.replace("points: 300", "points: 2000"), "--shard", "1/2");
    const page = await open(report(part));
    assert.match(await page.$eval(".head .warning", (one) => one.textContent), /incomplete/);
});

test("the_study_that_the_page_saves_gives_the_same_numbers", async () => {
    const page = await open(path);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#reproduce button")]);
    assert.equal(download.suggestedFilename(), "small.yaml");
    const again = runStudy("again", readFileSync(await download.path(), "utf8"));
    klaster("diff", result, again);
});

test("filters_of_the_assumptions_leave_what_is_asked_for", async () => {
    const page = await open(path);
    const rows = () => page.$$eval("#assumptions tbody tr", (all) => all.map((one) => one.textContent));
    const all = (await rows()).length;
    await page.check("#assumptions input[type=checkbox]");
    const varying = await rows();
    assert.ok(varying.length > 0 && varying.length < all);
    assert.ok(varying.every((text) => /between worlds/.test(text)));
    await page.fill("#assumptions input[type=search]", "scale_elasticity");
    assert.equal((await rows()).length, 1);
    assert.match((await rows())[0], /0\.5 to 0\.9, most likely 0\.65/);
});
