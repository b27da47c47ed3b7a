// SPDX-License-Identifier: GPL-3.0-or-later
//
// The harness notices what it is there to notice.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { directory, openPage } from "./browser.mjs";

async function open(body) {
    const path = join(directory, "planted.html");
    writeFileSync(path, `<!DOCTYPE html><title>planted</title>${body}`);
    const page = await openPage(path);
    await page.waitForTimeout(50);
    return page;
}

test("a_quiet_page_has_no_complaint", async () => {
    assert.deepEqual((await open("<p>text")).complaints, []);
});

test("an_error_in_the_console_is_a_complaint", async () => {
    assert.match((await open('<script>console.error("planted")</script>')).complaints.join(), /error: planted/);
});

test("an_uncaught_error_is_a_complaint", async () => {
    assert.match((await open('<script>throw new Error("planted")</script>')).complaints.join(), /uncaught: planted/);
});

test("a_request_is_a_complaint", async () => {
    assert.match((await open('<img src="https://example.org/x.png">')).complaints.join(), /request: https:\/\/example.org/);
});
