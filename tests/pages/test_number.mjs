// SPDX-License-Identifier: GPL-3.0-or-later
//
// Numbers as pages write them, in three languages; and CSV. No browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

globalThis.document = { documentElement: {} };

const source = (path) => new URL(`../../src/pages/${path}`, import.meta.url);
const { addTexts, setLanguage } = await import(source("common/locale.js"));
const number = await import(source("common/number.js"));
const { csv } = await import(source("common/figure.js"));
for (const topic of ["terms", "common"]) addTexts(JSON.parse(readFileSync(source(`locale/${topic}.json`), "utf8")));

/** Spaces of all kinds as one, and no word joiners, so that expectations can be read. */
const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ").replace(/\u2060/g, "");

/** The same call in three languages. */
function inAll(call) {
    return ["en", "ru", "uz"].map((language) => {
        setLanguage(language);
        return plain(call());
    });
}

test("numbers_follow_the_rules_of_the_language", () => {
    assert.deepEqual(inAll(() => number.decimal(10000.5, 1)), ["10,000.5", "10 000,5", "10 000,5"]);
    assert.deepEqual(inAll(() => number.share(0.276)), ["27.6 %", "27,6 %", "27,6 %"]);
    assert.deepEqual(inAll(() => number.decimal(-3.25, 2)), ["−3.25", "−3,25", "−3,25"]);
    assert.deepEqual(inAll(() => number.money(14600)), ["14.6 thousand USD", "14,6 тыс. долл. США", "14,6 ming AQSH dollari"]);
});

test("months_agree_with_their_number", () => {
    assert.deepEqual(inAll(() => number.months(1)), ["1 month", "1 месяц", "1 oy"]);
    assert.deepEqual(inAll(() => number.months(3)), ["3 months", "3 месяца", "3 oy"]);
    assert.deepEqual(inAll(() => number.months(60)), ["60 months", "60 месяцев", "60 oy"]);
    assert.deepEqual(inAll(() => number.range(13, 25, "month", "month")), ["13–25 months", "13–25 месяцев", "13–25 oy"]);
});

test("what_is_no_number_is_a_dash", () => {
    setLanguage("en");
    for (const x of [null, undefined, NaN, Infinity, -Infinity, "7"]) {
        for (const show of ["decimal", "significant", "count", "share", "money", "months"]) assert.equal(number[show](x), "–", `${show} ${x}`);
        assert.equal(number.quantity(x, "USD", "money"), "–");
        assert.equal(number.shareInterval(x, null, null), "–");
    }
});

test("an_interval_is_rounded_outwards_and_stays_in_its_bounds", () => {
    setLanguage("en");
    assert.equal(plain(number.shareInterval(0.2761, 0.267424888, 0.284947066)), "27.6 % [26.7, 28.5]");
    assert.equal(plain(number.shareInterval(0.5, 0.4, 0.6)), "50.0 % [40.0, 60.0]");
    assert.equal(plain(number.shareInterval(1, 0.99932, 1)), "100.0 % [99.9, 100.0]");
    assert.equal(plain(number.shareInterval(0, 0, 0.0003)), "0.0 % [0.0, 0.1]");
});

test("what_is_not_nought_does_not_look_so_and_nought_has_no_sign", () => {
    setLanguage("en");
    assert.equal(plain(number.share(0.0003)), "<0.1 %");
    assert.equal(plain(number.share(0)), "0.0 %");
    assert.equal(number.decimal(-0.0001, 1), "0.0");
    assert.equal(number.decimal(-0, 0), "0");
});

test("claims_are_said_as_ranges", () => {
    setLanguage("en");
    assert.equal(plain(number.range(0.3, 0.4, "1", "ratio")), "30–40 %");
    assert.equal(plain(number.range(0.42, null, "1", "ratio")), "at least 42 %");
    assert.equal(plain(number.range(null, 20, "month", "month")), "at most 20 months");
    assert.equal(plain(number.range(0, null, "USD", "money")), "at least 0 USD");
    assert.equal(plain(number.range(1, null, "1", "share")), "100 %");
    assert.equal(number.range(null, null, "1", "share"), "any value");
});

test("money_moves_to_the_next_word_where_it_would_round_to_a_thousand", () => {
    setLanguage("en");
    assert.equal(plain(number.money(999499)), "999 thousand USD");
    assert.equal(plain(number.money(999600)), "1 million USD");
    assert.equal(plain(number.money(-2.23e6)), "−2.23 million USD");
    assert.equal(plain(number.money(310)), "310 USD");
});

test("an_axis_says_its_scale_once", () => {
    setLanguage("en");
    const axis = number.axisOf([-4e4, 6e5], "USD", "money");
    assert.equal(axis.tick(200000), "200");
    assert.equal(axis.unit, "thousand USD");
    assert.equal(number.axisOf([0, 0.5], "1", "share").tick(0.3), "30");
});

test("csv_keeps_digits_and_quotes_and_starts_no_formula", () => {
    const columns = [{ name: "a" }, { name: "b" }];
    assert.equal(csv(columns, [[0.1 + 0.2, 'say "x", y'], [null, "=1+1"], [NaN, "two\nlines"], [-5, "-5"]]),
        'a,b\r\n0.30000000000000004,"say ""x"", y"\r\n,\'=1+1\r\n,"two\nlines"\r\n-5,\'-5\r\n');
});
