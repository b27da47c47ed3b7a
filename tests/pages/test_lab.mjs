// SPDX-License-Identifier: GPL-3.0-or-later
//
// The laboratory in a real browser: what it shows is what klaster computes for the same worlds; a slider, the keyboard, an address,
// another language do what they say; nothing that stands in an address becomes more than text.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { directory, klaster, openPage, shoot } from "./browser.mjs";

const file = join(process.env.KL_BUILD_DIR, "laboratory.html");
if (!existsSync(file)) {
    console.log("built without the laboratory: skipped");
    process.exit(77);
}

/** Until all worlds are played and shown. */
async function settle(page) {
    await page.waitForFunction(() => {
        const progress = document.querySelector("#summary progress");
        return document.getElementById("summary").ariaBusy === "false" && progress.value === progress.max;
    });
}

async function open(address = "", options = {}) {
    const page = await openPage(file, { ...options, query: `${options.query ?? ""}#worlds=100${address}` });
    await settle(page);
    return page;
}

/** Do something that has worlds played, and wait until they are. */
async function after(page, act) {
    await page.evaluate(() => {
        const summary = document.getElementById("summary");
        window.played = new Promise((done) => new MutationObserver(() => summary.ariaBusy === "false" && done()).observe(summary, { attributes: true }));
    });
    await act();
    await page.evaluate(() => window.played);
    await settle(page);
}

const tile = async (page, key) => Number(await page.locator(`[data-number="${key}"] .value`).getAttribute("data-value"));

/** The rows of a figure's table, as numbers and texts. */
async function tableOf(page, figure) {
    const details = page.locator(`#${figure} details`);
    await details.evaluate((element) => (element.open = true));
    await page.locator(`#${figure} tbody tr`).first().waitFor();
    return page.locator(`#${figure} tbody tr`).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => {
        const number = Number(cell.dataset.value);
        return cell.dataset.value === undefined || Number.isNaN(number) ? cell.dataset.value ?? null : number;
    })));
}

let n = 0;
function play(...words) {
    const result = join(directory, `lab-${++n}.h5`);
    klaster(...words, "--quiet", "-o", result);
    return { result, arm: JSON.parse(klaster("summary", result, "--json", "--all")).arms[0] };
}

const near = (found, expected, what) => assert.ok(Math.abs(found - expected) <= 1e-6 * Math.max(1, Math.abs(expected)), `${what}: ${found}, not ${expected}`);

/** All that the page shows of its worlds against a result file of the same worlds. */
async function assertShows(page, { result, arm }) {
    const claim = arm.claims.find((one) => one.name === "joint-saving");
    near(await tile(page, "inside"), claim.holds.share, "share inside");
    near(await tile(page, "completed"), arm.status.completed / arm.runs, "completed");
    const outcome = (name) => arm.outcomes[name];
    near(await tile(page, "saving"), outcome("saving_joint").median, "median saving");
    near(await tile(page, "npv"), outcome("npv_social").median, "median value");

    const ends = Object.fromEntries((await tableOf(page, "worlds")).map(([status, count]) => [status, count]));
    for (const [status, count] of Object.entries(arm.status)) assert.equal(ends[status] ?? 0, count, status);
    const bins = await tableOf(page, "saving");
    assert.equal(bins.reduce((sum, row) => sum + row[2], 0), outcome("saving_joint").n);
    assert.equal(bins.filter((row) => row[0] >= 30 && row[1] <= 40).reduce((sum, row) => sum + row[2], 0), claim.holds.hits);

    const fans = klaster("export", result, "--what", "fans").trim().split(/\r?\n/).map((line) => line.split(","));
    const expected = fans.filter((row) => row[1] === "members").map((row) => row.slice(4).map((q) => 100 * Number(q)));
    const months = await tableOf(page, "fan");
    assert.equal(months.length, expected.length);
    months.forEach((row, m) => expected[m].forEach((q, i) => near(row[1 + i], q, `members, month ${m + 1}, quantile ${i}`)));
}

test("the_page_shows_the_numbers_of_klaster_run", async () => {
    const page = await open();
    await assertShows(page, play("run", "paper", "--runs", "100"));
    assert.equal(await page.locator("#command").textContent(), "klaster run paper --runs 100");
    assert.deepEqual(page.complaints, []);
});

test("a_slider_moved_by_the_keyboard_plays_other_worlds_and_shows_their_numbers", async () => {
    const page = await open();
    const before = await tile(page, "npv");
    await page.locator("#fee").focus();
    for (let i = 0; i < 6; i++) await after(page, () => page.keyboard.press("ArrowRight"));
    assert.equal(await page.locator('[data-slider="fee"] output').textContent(), "6\u202f%");
    assert.equal(await page.locator("#fee").getAttribute("aria-valuetext"), "6\u202f%");
    assert.notEqual(await tile(page, "npv"), before);
    assert.match(page.url(), /fee=0\.06/);
    await assertShows(page, play("run", "paper", "--set", "fee=0.06", "--runs", "100"));
    await after(page, () => page.locator("#preset-paper").click());
    assert.equal(await tile(page, "npv"), before);
    assert.deepEqual(page.complaints, []);
});

test("the_study_file_that_is_shown_plays_what_is_shown", async () => {
    const page = await open("&months=36&seed=11&pilot=0&uncertain=0&shareable=0.6&degree=6");
    assert.equal(await page.locator("#pilot").isChecked(), false);
    assert.equal(await page.locator("#gate").isDisabled(), true);
    assert.equal(await page.locator("#command").textContent(), "klaster run laboratory.yaml");
    const study = join(directory, "laboratory.yaml");
    writeFileSync(study, await page.locator("#study").textContent());
    await assertShows(page, play("run", study));
    assert.deepEqual(page.complaints, []);
});

test("what_is_pinned_is_compared_world_by_world", async () => {
    const page = await open();
    await after(page, () => page.locator("#pin").click());
    await after(page, () => page.locator("#preset-support").click());
    const pair = JSON.parse(await page.locator(".against").getAttribute("data-value"));
    const study = join(directory, "two.yaml"), result = join(directory, "two.h5");
    writeFileSync(study, `klaster: 1
seed: 2025
points: 100
include: cases/navoi
uncertainty: default
arms:
  - {name: a}
  - {name: b, parameters: {opex_support: 0.5, opex_support_months: 36, training_voucher: 0.2}}
`);
    klaster("run", study, "--quiet", "-o", result);
    const rows = klaster("export", result).trim().split(/\r?\n/).map((line) => line.split(","));
    const at = (name) => rows[0].indexOf(name);
    const of = (arm) => rows.filter((row) => row[at("arm")] === arm).sort((x, y) => x[at("point")] - y[at("point")]);
    const a = of("a"), b = of("b"), difference = [];
    let gained = 0, lost = 0;
    a.forEach((row, i) => {
        const x = row[at("saving_joint")], y = b[i][at("saving_joint")];
        if (x !== "" && y !== "") difference.push(Number(y) - Number(x));
        gained += row[at("status")] !== "completed" && b[i][at("status")] === "completed";
        lost += row[at("status")] === "completed" && b[i][at("status")] !== "completed";
    });
    assert.deepEqual([pair.worlds, pair.n, pair.gained, pair.lost], [100, difference.length, gained, lost]);
    assert.ok(gained > 0);
    near(pair.mean, difference.reduce((sum, d) => sum + d, 0) / difference.length, "mean difference");

    const worlds = await tableOf(page, "worlds");
    assert.equal(worlds.reduce((sum, row) => sum + row[3], 0), 100);
    await shoot(page, "laboratory-pinned");
    await after(page, () => page.locator("#swap").click());
    const back = JSON.parse(await page.locator(".against").getAttribute("data-value"));
    assert.deepEqual([back.n, back.gained, back.lost], [pair.n, pair.lost, pair.gained]);
    near(back.mean, -pair.mean, "mean difference, turned");
    await page.locator("#unpin").click();
    await page.waitForFunction(() => document.querySelector(".against").textContent === "");
    assert.deepEqual(page.complaints, []);
});

test("an_address_brings_back_what_was_set", async () => {
    const first = await open("&firms=20&gate=false&show=account&pin=pilot%3D0", { query: "?lang=en" });
    assert.equal(await first.locator("#firms").inputValue(), "20");
    assert.equal(await first.locator("#gate").isChecked(), false);
    assert.equal(await first.locator("#fan select").inputValue(), "account");
    assert.match(await first.locator(".against").textContent(), /^Against A, in the same 100 worlds/);
    await after(first, () => first.locator("#drawn-scale_elasticity").click());
    const second = await openPage(file, { query: first.url().slice(first.url().indexOf("?")) });
    await settle(second);
    assert.equal(await second.locator("#says").textContent(), await first.locator("#says").textContent());
    assert.deepEqual([...first.complaints, ...second.complaints], []);
});

test("whatever_stands_in_an_address_stays_text_or_is_left_out", async () => {
    const page = await open("&firms=<img src=x onerror=alert(1)>&seed=-1&graph=evil&fee=2&waves=1.5&constructor=1&pin=%3Cscript%3E&show=evil");
    assert.equal(await page.locator("#firms").inputValue(), "54");
    assert.equal(await page.locator("#seed").inputValue(), "2025");
    assert.equal(await page.locator("main img, main script").count(), 0);
    assert.equal(await page.locator("#command").textContent(), "klaster run paper --runs 100");
    assert.deepEqual(page.complaints, []);
});

test("what_contradicts_itself_is_said_and_can_be_mended", async () => {
    const page = await openPage(file, { query: "?lang=en#worlds=100&firms=5&pilot_firms=9" });
    await page.waitForFunction(() => !document.querySelector("#summary [role=alert]").hidden);
    assert.equal(await page.locator("#summary [role=alert]").textContent(), "This cannot be played: pilot_firms must not exceed firms");
    await page.locator("#language-uz").click();
    assert.equal(await page.locator("#summary [role=alert]").textContent(),
        "Buni hisoblab boʻlmaydi: pilot korxonalar barcha korxonalardan koʻp boʻla olmaydi");
    await after(page, () => page.locator("#preset-small-zone").click());
    assert.equal(await page.locator("#summary [role=alert]").isHidden(), true);
    assert.deepEqual(page.complaints, []);
});

test("every_contradiction_that_the_core_refuses_has_its_words", () => {
    const core = readFileSync(join(process.env.KL_SOURCE_DIR, "src/params/params.c"), "utf8");
    const sentences = [...core.matchAll(/^ +\{\w+, KL_PARAM_\w+, +"([^"]+)"\}/gm)].map((found) => found[1]);
    assert.ok(sentences.length >= 7);
    const texts = JSON.parse(readFileSync(join(process.env.KL_SOURCE_DIR, "src/pages/locale/lab.json"), "utf8"));
    assert.deepEqual(sentences.filter((sentence) => !texts[sentence]), []);
});

test("a_pilot_is_never_larger_than_its_cluster", async () => {
    const page = await open("&firms=20&pilot_firms=9");
    await page.locator("#firms").focus();
    await after(page, () => page.keyboard.press("Home"));
    assert.deepEqual([await page.locator("#firms").inputValue(), await page.locator("#pilot_firms").inputValue()], ["5", "5"]);
    assert.equal(await page.locator("#summary [role=alert]").isHidden(), true);
});

test("every_language_says_everything_and_the_numbers_stay", async () => {
    const page = await open("&pin=&firms=30&degree=6", { query: "?lang=en" });
    const share = await tile(page, "inside"), said = new Set();
    for (const language of ["ru", "uz", "en"]) {
        await page.locator(`#language-${language}`).click();
        assert.equal(await page.locator("html").getAttribute("lang"), language);
        const text = await page.locator("#page").innerText();
        assert.doesNotMatch(text, /\b(lab|status|series|choice|param)\.[a-z]|\{\w+\}|: undefined|NaN/);
        assert.equal(await tile(page, "inside"), share);
        said.add(await page.locator("#says").textContent());
        assert.equal(await page.evaluate(() => document.activeElement.id), `language-${language}`);
        await shoot(page, `laboratory-${language}`);
    }
    assert.equal(said.size, 3);
    assert.deepEqual(page.complaints, []);
});

test("the_keyboard_reaches_every_control_and_a_screen_reader_hears_the_result", async () => {
    const page = await open("", { query: "?lang=en" });
    const seen = new Set();
    for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        seen.add(await page.evaluate(() => document.activeElement.id));
    }
    for (const id of ["preset-paper", "pin", "firms", "drawn-shareable", "pilot", "gate", "capex_grant", "worlds", "months", "seed", "another", "world", "copy-command"]) {
        assert.ok(seen.has(id), `Tab does not reach ${id}`);
    }
    const unlabelled = await page.locator("input, select, button").evaluateAll((all) => all
        .filter((one) => !(one.labels?.length || one.textContent.trim() || one.ariaLabel)).map((one) => one.outerHTML));
    assert.deepEqual(unlabelled, []);
    assert.match(await page.locator("#spoken").textContent(), /^How 100 worlds end: .* \[\d/);
    assert.equal(await page.locator("#spoken").getAttribute("aria-live"), "polite");
    for (const figure of ["saving", "fan", "worlds"]) {
        assert.ok((await page.locator(`#${figure} svg[role=img]`).first().getAttribute("aria-label")).length > 30);
    }
    assert.deepEqual(page.complaints, []);
});

test("a_question_mark_says_what_a_slider_is", async () => {
    const page = await open("", { query: "?lang=en" });
    const meaning = page.locator('[data-slider="scale_elasticity"] .meaning'), ask = page.locator('[data-slider="scale_elasticity"] button');
    assert.equal(await meaning.isVisible(), false);
    await ask.focus();
    await page.keyboard.press("Enter");
    assert.match(await meaning.innerText(), /economies/);
    assert.equal(await ask.getAttribute("aria-expanded"), "true");
    assert.deepEqual(page.complaints, []);
});

test("a_world_can_be_looked_at", async () => {
    const page = await open("", { query: "?lang=en" });
    await page.locator("#world").fill("17");
    const row = play("run", "paper", "--runs", "20").result;
    const lines = klaster("export", row).trim().split(/\r?\n/).map((line) => line.split(","));
    const members = lines.find((line) => line[lines[0].indexOf("point")] === "17")[lines[0].indexOf("members_final")];
    await page.waitForFunction((text) => document.querySelector(".world").textContent.includes(text), `members at the end ${members}`);
    const words = (await page.locator("#replay code").textContent()).split(" ");
    assert.deepEqual(words, ["klaster", "replay", "paper", "--point", "17", "--html"]);
    const told = JSON.parse(klaster(...words.slice(1, -1), "--json"));
    assert.equal(told.outcomes.members_final, Number(members));
    await page.locator("svg.worlds").click({ position: { x: 5, y: 5 } });
    await page.waitForFunction(() => document.getElementById("world").value === "0");
    assert.deepEqual(page.complaints, []);
});

test("dragging_a_slider_ends_with_the_worlds_of_where_it_stops", async () => {
    const page = await open();
    await after(page, () => page.evaluate(async () => {
        const slider = document.getElementById("shareable");
        for (let value = 0.2; value < 0.805; value += 0.01) {
            slider.value = value;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            await new Promise(requestAnimationFrame);
        }
    }));
    await page.waitForFunction(() => document.getElementById("command").textContent.includes("shareable=0.8 "));
    await settle(page);
    await assertShows(page, play("run", "paper", "--set", "shareable=0.8", "--runs", "100"));
    assert.deepEqual(page.complaints, []);
});

test("the_page_fits_a_phone_and_the_dark", async () => {
    for (const [name, options] of Object.entries({
        phone: { width: 390, height: 844 }, "phone-uz": { width: 390, height: 844, query: "?lang=uz" },
        narrow: { width: 320, height: 640, query: "?lang=ru" }, tablet: { width: 820, height: 1100 }, dark: { colorScheme: "dark" },
    })) {
        const page = await open("&pin=&firms=30", options);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: wider than the window`);
        await shoot(page, `laboratory-${name}`);
        assert.deepEqual(page.complaints, []);
        await page.context().close();
    }
});
