// SPDX-License-Identifier: GPL-3.0-or-later
//
// The replay in a browser: the clock by buttons, keys and slider; numbers against `klaster replay --json`; stories; two arms.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { directory, klaster, openPage, print, runStudy, shoot } from "./browser.mjs";

const HOSTILE = "</script><img src=x onerror=\"window.hit=1\"><b>label</b>";
const study = `klaster: 1
name: two-arms
title: ${JSON.stringify(`A cluster ${HOSTILE}`)}
seed: 11
months: 48
points: 12
replicates: 1
mechanism: five-stage
uncertainty: none
parameters: {firms: 30}
arms:
  - {name: base, label: ${JSON.stringify(HOSTILE)}}
  - {name: aided, label: aided, parameters: {opex_support: 0.9, fee_subsidy: 0.5, training_seats: 10}}
`;
const result = runStudy("two-arms", study);
const MONTHS = 48, FIRMS = 30;

function makePage(name, ...args) {
    const path = join(directory, `${name}.html`);
    klaster("replay", ...args, "--html", "-f", "-o", path);
    return path;
}

const one = makePage("one", result, "-p", "3");
const two = makePage("two", result, "-p", "3", "-a", "base", "-a", "aided");
const told = JSON.parse(klaster("replay", result, "-p", "3", "--json", "--firms"));
const both = JSON.parse(klaster("replay", result, "-p", "3", "-a", "base", "-a", "aided", "--json", "--firms")).runs;

const monthOf = (page) => page.evaluate(() => Number(document.documentElement.dataset.month));
const isPlaying = (page) => page.evaluate(() => document.documentElement.dataset.playing === "true");
const near = (a, b) => assert.ok(Math.abs(a - b) <= 1e-8 * Math.abs(b), `${a} is not ${b}`);

/** A number of a chart: of a line, in an arm; null where it is undefined. */
const shown = (page, line, arm = 0) => page.evaluate(([name, k]) => {
    const value = document.querySelector(`#charts [data-line="${name}"][data-arm="${k}"]`)?.dataset.value;
    return value === undefined ? null : Number(value);
}, [line, arm]);

/** Where a chart's line stands in --json. */
const LINES = {
    members: (run, m) => run.course.members[m],
    saving_net: (run, m) => run.months.saving_net[m],
    account: (run, m) => run.months.account[m],
    income: (run, m) => run.course.fees[m] + run.course.fee_subsidy[m] + run.course.support[m],
    opex: (run, m) => run.course.opex[m],
    joint_cost: (run, m) => run.course.joint_cost[m],
    reach_cluster: (run, m) => run.months.reach_cluster[m],
    quality: (run, m) => run.months.quality[m],
    net_benefit: (run, m) => run.months.net_benefit[m],
};

async function checkMonth(page, runs, month) {
    for (const [arm, run] of runs.entries()) {
        for (const [line, value] of Object.entries(LINES)) {
            const there = value(run, month - 1), here = await shown(page, line, arm);
            if (there === null) assert.equal(here, null);
            else near(here, there);
        }
    }
}

test("a_replay_shows_the_numbers_of_json_in_every_month_looked_at", async () => {
    const page = await openPage(one);
    for (const month of [1, 9, 14, 30, MONTHS]) {
        await page.locator("#player-month").fill(String(month));
        assert.equal(await monthOf(page), month);
        await checkMonth(page, [told], month);
    }
    await shoot(page, "replay");
    assert.deepEqual(page.complaints, []);
});

test("the_dots_are_the_firms_of_that_month", async () => {
    const page = await openPage(one, { query: "?month=25" });
    const members = await page.locator('.firm[data-state="member"]').evaluateAll((all) => all.map((one) => Number(one.dataset.firm)));
    const expected = told.firms.member[24].flatMap((is, firm) => is ? [firm] : []);
    assert.deepEqual(members.sort((a, b) => a - b), expected);
    const counted = await page.locator('.states [data-state="member"] b').getAttribute("data-value");
    assert.equal(Number(counted), told.course.members[24]);
    const total = await page.locator(".states [data-state] b").evaluateAll((all) => all.reduce((n, one) => n + Number(one.dataset.value), 0));
    assert.equal(total, FIRMS);
});

test("the_table_of_months_is_json", async () => {
    const page = await openPage(one);
    await page.locator("#months summary").click();
    const rows = await page.locator("#months tbody tr").evaluateAll((all) =>
        all.map((row) => [...row.children].map((cell) => cell.dataset.value ?? null)));
    assert.equal(rows.length, MONTHS);
    rows.forEach((row, m) => {
        assert.equal(Number(row[0]), m + 1);
        assert.equal(Number(row[2]), told.course.members[m]);
        near(Number(row[7]), told.months.account[m]);
        near(Number(row[8]), told.course.fees[m]);
        near(Number(row[17]), told.months.reach_cluster[m]);
    });
});

test("the_tables_of_firms_and_outcomes_are_json", async () => {
    const page = await openPage(one);
    await page.locator("#firms summary").click();
    const members = await page.locator("#firms tbody tr td:nth-child(2)").evaluateAll((all) => all.map((cell) => Number(cell.dataset.value)));
    members.forEach((employees, i) => near(employees, told.firms.employees[0][i]));
    await page.locator("#outcomes summary").click();
    const text = await page.locator("#outcomes tbody").innerText();
    assert.match(text, /Joint saving/);
    const values = await page.locator("#outcomes tbody td").evaluateAll((all) => all.map((cell) => Number(cell.dataset.value)));
    const expected = Object.values(told.outcomes).filter((x) => x !== null);
    assert.equal(values.length, expected.length);
    values.forEach((value, i) => near(value, expected[i]));
});

test("buttons_step_through_the_months_and_stop_at_the_ends", async () => {
    const page = await openPage(one);
    assert.equal(await monthOf(page), 1);
    await page.locator("#player-back").click();
    assert.equal(await monthOf(page), 1);
    await page.locator("#player-forward").click();
    assert.equal(await monthOf(page), 2);
    await page.locator("#player-last").click();
    assert.equal(await monthOf(page), MONTHS);
    await page.locator("#player-forward").click();
    assert.equal(await monthOf(page), MONTHS);
    await page.locator("#player-first").click();
    assert.equal(await monthOf(page), 1);
});

test("keys_move_the_clock_and_leave_fields_alone", async () => {
    const page = await openPage(one);
    for (const [key, month] of [["ArrowRight", 2], ["ArrowRight", 3], ["ArrowLeft", 2], ["End", MONTHS], ["Home", 1]]) {
        await page.keyboard.press(key);
        assert.equal(await monthOf(page), month, key);
    }
    await page.keyboard.press("Space");
    assert.ok(await isPlaying(page));
    await page.keyboard.press("Space");
    assert.ok(!await isPlaying(page));
    await page.locator("#player-month").focus();
    const before = await monthOf(page);
    await page.keyboard.press("ArrowRight");
    assert.equal(await monthOf(page), before + 1);
    await page.locator("#firm-choice").focus();
    await page.keyboard.press("End");
    assert.equal(await monthOf(page), before + 1);
});

test("play_goes_on_by_itself_until_pause_or_the_end", async () => {
    const page = await openPage(one);
    await page.locator(".player select").selectOption("8");
    await page.locator("#player-play").click();
    await page.waitForFunction(() => Number(document.documentElement.dataset.month) >= 4);
    assert.equal(await page.locator(".say").getAttribute("aria-live"), "off");
    await page.locator("#player-play").click();
    const month = await monthOf(page);
    await page.waitForTimeout(400);
    assert.equal(await monthOf(page), month);
    assert.equal(await page.locator(".say").getAttribute("aria-live"), "polite");
    await page.locator("#player-month").fill(String(MONTHS - 1));
    await page.locator("#player-play").click();
    await page.waitForFunction(() => document.documentElement.dataset.playing === "false");
    assert.equal(await monthOf(page), MONTHS);
    await page.locator("#player-play").click();
    assert.ok(await monthOf(page) < MONTHS);
});

test("a_chart_and_a_ribbon_lead_to_their_month", async () => {
    const page = await openPage(one);
    const chart = page.locator('[data-chart="members"] svg').first();
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    await page.mouse.click(box.x + box.width * 0.5 / MONTHS + box.width * 19 / MONTHS, box.y + 20);
    assert.equal(await monthOf(page), 20);
    const stage = told.stages.at(-1);
    await page.locator(`.part.${stage.kind}`).last().click({ position: { x: 2, y: 5 } });
    assert.ok(Math.abs(await monthOf(page) - stage.first) <= 1);
});

/** The firm with the longest story of joining, and what is to be said of it. */
function eventful() {
    const joined = told.events.find((event) => event[2] === "joined" && !told.events.some((e) => e[1] === event[1] && e[2] === "pilot"));
    return { firm: joined[1], month: joined[0] };
}

test("a_click_on_a_firm_opens_its_story", async () => {
    const page = await openPage(one, { query: `?month=${MONTHS}` });
    const { firm, month } = eventful();
    await page.locator(`[data-firm="${firm}"] .target`).click({ force: true });
    assert.equal(await page.locator("#story-heading").innerText(), `The story of firm ${firm}`);
    assert.match(await page.locator(`.events [data-month="${month}"]`).innerText(), new RegExp(`^Month ${month} .*joined`));
    const invited = told.events.find((event) => event[1] === firm && event[2] === "invited");
    assert.match(await page.locator(`.events [data-month="${invited[0]}"]`).innerText(), new RegExp(`invited in wave ${invited[3]}`));
    const usage = await page.locator('#story [data-course="usage"]').innerText();
    if (told.firms.member[MONTHS - 1][firm]) {
        near(Math.round(1000 * told.firms.usage[MONTHS - 1][firm]) / 10, Number.parseFloat(usage));
    }
    await page.locator(`.events [data-month="${month}"] button`).click();
    assert.equal(await monthOf(page), month);
    assert.equal(await page.locator(".events .now").count(), 1);
    assert.deepEqual(page.complaints, []);
});

test("a_story_opens_by_keyboard_too", async () => {
    const page = await openPage(one);
    await page.locator('[data-firm="0"]').focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#story-heading").innerText(), "The story of firm 2");
    assert.equal(await page.locator('[data-firm="2"]').getAttribute("aria-pressed"), "true");
    await page.keyboard.press("ArrowRight");
    assert.equal(await monthOf(page), 2);
    await page.locator("#firm-choice").selectOption("7");
    assert.equal(await page.locator("#story-heading").innerText(), "The story of firm 7");
    await page.locator("#firms summary").click();
    await page.locator("#firms tbody button").nth(4).click();
    assert.equal(await page.locator("#story-heading").innerText(), "The story of firm 4");
});

test("the_month_is_told_in_words", async () => {
    const page = await openPage(one);
    const built = told.outcomes.month_built;
    await page.locator("#player-month").fill(String(built));
    const words = await page.locator(".say").innerText();
    assert.match(words, new RegExp(`^Month ${built}, `));
    assert.match(words, /The platform stands and opens/);
    assert.match(words, new RegExp(`${told.course.members[built - 1]} firms are chosen for the pilot`));
    for (const gate of told.gates) {
        await page.locator("#player-month").fill(String(gate.month));
        assert.match(await page.locator(".say").innerText(), new RegExp(`K = ${gate.score.toFixed(2)}`));
    }
});

test("two_arms_play_on_one_clock_and_differences_are_marked", async () => {
    const page = await openPage(two);
    for (const month of [1, 16, 33, MONTHS]) {
        await page.locator("#player-month").fill(String(month));
        await checkMonth(page, both, month);
        const [a, b] = both.map((run) => run.firms.member[month - 1]);
        const only = (x, y) => x.filter((is, i) => is && !y[i]).length;
        const compare = await page.locator("[data-compare]").evaluate((one) => ({ ...one.dataset }));
        assert.deepEqual([compare.first, compare.second].map(Number), [only(a, b), only(b, a)]);
        assert.equal(Number(compare.both), a.filter((is, i) => is && b[i]).length);
        assert.equal(await page.locator('[data-arm="0"] .firm.is-only').count(), only(a, b));
        assert.equal(await page.locator('[data-arm="1"] .firm.is-only').count(), only(b, a));
    }
    const at = (arm) => page.locator(`[data-arm="${arm}"] .firm`).evaluateAll((all) => all.map((one) => one.getAttribute("transform")));
    assert.deepEqual(await at(0), await at(1));
    await page.locator('[data-arm="1"] [data-firm="5"] .target').click({ force: true });
    assert.equal(await page.locator(".one-story").count(), 2);
    await page.locator("#player-month").fill("33");
    await shoot(page, "replay-two-arms");
    assert.deepEqual(page.complaints, []);
});

test("labels_and_titles_stay_text", async () => {
    for (const path of [one, two]) {
        const page = await openPage(path, { query: "?firm=3" });
        for (const id of ["#months", "#firms", "#outcomes"]) await page.locator(`${id} summary`).click();
        assert.equal(await page.evaluate(() => window.hit ?? null), null);
        assert.equal(await page.locator("main img, main b b, h1 b").count(), 0);
        assert.equal(await page.locator("h1").innerText(), `A cluster ${HOSTILE}`);
        assert.deepEqual(page.complaints, []);
    }
});

test("the_language_changes_everything_but_the_month", async () => {
    const page = await openPage(one, { query: "?month=17&firm=2" });
    const texts = {};
    for (const language of ["uz", "ru", "en"]) {
        await page.locator(`#language-${language}`).click();
        texts[language] = await page.locator("main").innerText();
        assert.equal(await monthOf(page), 17);
        assert.equal(await page.locator("html").getAttribute("lang"), language);
        assert.doesNotMatch(texts[language], /replay\.[a-z]/);
        await checkMonth(page, [told], 17);
    }
    assert.match(texts.uz, /48 oydan 17-oy/);
    assert.match(texts.ru, /Месяц 17 из 48/);
    assert.match(texts.ru, /История предприятия 2/);
    assert.match(texts.en, /Month 17 of 48/);
    assert.doesNotMatch(texts.uz, /Month|Members|Firm /);
    assert.doesNotMatch(texts.ru, /Month|Members|Firm /);
    assert.deepEqual(page.complaints, []);
});

test("a_page_opens_in_the_language_that_it_was_made_for", async () => {
    const page = await openPage(makePage("russian", result, "--lang", "ru"));
    assert.equal(await page.locator("html").getAttribute("lang"), "ru");
});

test("the_same_world_has_the_same_picture", async () => {
    const places = [];
    for (let k = 0; k < 2; k++) {
        const page = await openPage(one);
        places.push(await page.locator(".firm").evaluateAll((all) => all.map((firm) => firm.getAttribute("transform"))));
    }
    assert.deepEqual(places[0], places[1]);
    assert.equal(new Set(places[0]).size, FIRMS);
});

test("many_firms_are_painted_and_can_be_opened", async () => {
    const path = makePage("many", result.replace(".h5", ".yaml"), "--set", "firms=500");
    const page = await openPage(path, { query: "?month=40" });
    const canvas = page.locator(".network canvas");
    assert.equal(await canvas.count(), 1);
    const painted = await canvas.evaluate((one) => {
        const { data } = one.getContext("2d").getImageData(0, 0, one.width, one.height);
        return data.filter((x, i) => i % 4 === 3 && x > 0).length / (data.length / 4);
    });
    assert.ok(painted > 0.02);
    await canvas.focus();
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.locator("#story-heading").innerText(), "The story of firm 0");
    await shoot(page, "replay-many");
    assert.deepEqual(page.complaints, []);
});

test("arms_with_different_clusters_are_not_compared", async () => {
    const yaml = study.replace("opex_support: 0.9", "opex_support: 0.9, firms: 20");
    const file = runStudy("unlike", yaml);
    const page = await openPage(makePage("unlike", file, "-a", "base", "-a", "aided"), { query: "?month=30" });
    assert.match(await page.locator("[data-compare]").innerText(), /different clusters/);
    assert.equal(await page.locator('[data-arm="0"] .firm').count(), 30);
    assert.equal(await page.locator('[data-arm="1"] .firm').count(), 20);
    await page.locator('[data-arm="1"] [data-firm="19"] .target').click({ force: true });
    assert.equal(await page.locator(".one-story").count(), 1);
    assert.deepEqual(page.complaints, []);
});

test("print_shows_the_last_month_and_all_months", async () => {
    const page = await openPage(one, { query: "?month=5" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assert.equal(await monthOf(page), MONTHS);
    assert.equal(await page.locator("#months").evaluate((one) => one.open), true);
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assert.equal(await monthOf(page), 5);
    await print(page, "replay");
});

test("nothing_moves_for_who_asked_for_less_motion", async () => {
    for (const [reducedMotion, expected] of [["reduce", "none"], ["no-preference", "appear"]]) {
        const page = await openPage(one, { reducedMotion });
        const name = await page.evaluate(() => {
            document.documentElement.dataset.playing = "true";
            const firm = document.querySelector(".firm");
            firm.classList.add("is-changed");
            return getComputedStyle(firm.querySelector(".changed")).animationName;
        });
        assert.equal(name, expected);
    }
});

test("a_phone_scrolls_only_downwards", async () => {
    for (const [path, name] of [[one, "replay-phone"], [two, "replay-two-arms-phone"]]) {
        const page = await openPage(path, { width: 390, height: 844, query: "?month=20&lang=uz", colorScheme: "dark" });
        const [wide, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        assert.ok(wide <= inner, `${name}: ${wide} > ${inner}`);
        await shoot(page, name);
    }
});
