// SPDX-License-Identifier: GPL-3.0-or-later
//
// The documents as a site: every link leads somewhere, to a heading that is there; it is read from the disk; it can be searched.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { before, test } from "node:test";

import { directory, openPage, shoot, sources } from "./browser.mjs";

const site = join(directory, "site");
const pages = new Map(); // path -> text

/** The generator, installed once into the build directory. */
function install() {
    const modules = join(process.env.KL_BUILD_DIR, "site-modules");
    if (!existsSync(join(modules, "node_modules", "@11ty"))) {
        mkdirSync(modules, { recursive: true });
        for (const name of ["package.json", "package-lock.json"])
            copyFileSync(join(sources, "src/site", name), join(modules, name));
        execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], { cwd: modules });
    }
    return modules;
}

before(() => {
    const modules = install();
    execFileSync("node", [join(modules, "node_modules/@11ty/eleventy/cmd.cjs"), "--config=src/site/eleventy.config.mjs", "--quiet"], {
        cwd: sources,
        env: { ...process.env, KL_SITE_MODULES: modules, KL_SITE_OUTPUT: site },
    });
    for (const name of readdirSync(site, { recursive: true }))
        if (name.endsWith(".html")) pages.set(join(site, name), readFileSync(join(site, name), "utf8"));
});

test("every_document_is_a_page_and_has_a_place_in_the_navigation", () => {
    const navigation = JSON.parse(readFileSync(join(sources, "src/site/navigation.json"), "utf8"));
    const listed = new Set(navigation.flatMap((group) => group.pages.map(([stem]) => stem)));
    const documents = readdirSync(join(sources, "docs"), { recursive: true }).filter((name) => name.endsWith(".md"));
    for (const name of documents) {
        const stem = name.replace(/\.md$/, "");
        assert.ok(pages.has(join(site, `${stem}.html`)), `${name} has no page`);
        assert.ok(listed.has(stem) || /\.(ru|uz)$/.test(stem), `${name} is not in src/site/navigation.json`);
    }
    for (const stem of listed) assert.ok(documents.includes(`${stem}.md`), `src/site/navigation.json names ${stem}, which is not in docs`);
});

test("every_link_leads_to_a_file_and_a_heading_that_are_there", () => {
    let n = 0;
    for (const [path, text] of pages) {
        for (const [, href] of text.matchAll(/(?:href|src)="([^"]+)"/g)) {
            if (/^(https?:|mailto:)/.test(href)) continue;
            const [file, fragment] = href.split("#");
            const target = file ? resolve(dirname(path), file) : path;
            const where = `${relative(site, path)}: ${href}`;
            assert.ok(existsSync(target), where);
            if (fragment) assert.ok((pages.get(target) ?? "").includes(`id="${fragment}"`), `${where}: no such heading`);
            n++;
        }
    }
    assert.ok(n > 1000, `only ${n} links were looked at`);
});

test("nothing_comes_from_the_network", () => {
    for (const [path, text] of pages) {
        const elements = text.match(/<(script|link|img|iframe|source)[^>]*(src|href)="(https?:)?\/\/[^>]*>/g) ?? [];
        assert.deepEqual(elements, [], relative(site, path));
    }
});

test("a_word_is_found_from_the_keyboard_and_leads_to_its_section", async () => {
    const page = await openPage(join(site, "studies/paper.html"), { files: site });
    await page.keyboard.press("/");
    await page.keyboard.type("digital readiness");
    const first = page.locator("#found a").first();
    await first.waitFor();
    const href = await first.getAttribute("href");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => !url.pathname.endsWith("studies/paper.html"));
    assert.ok(existsSync(resolve(site, "studies", href.split("#")[0])));
    assert.match((await page.locator("article").innerText()).toLowerCase(), /readiness/);
    assert.deepEqual(page.complaints, []);
});

test("it_fits_a_phone_and_the_dark", async () => {
    for (const name of ["index", "parameters", "command-line", "deciding"]) {
        const page = await openPage(join(site, `${name}.html`), { width: 390, height: 800, colorScheme: "dark", files: site });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= 390, `${name} is ${wide} pixels wide on a screen of 390`);
        await shoot(page, `site-${name}-phone-dark`);
        assert.deepEqual(page.complaints, []);
    }
});
