// SPDX-License-Identifier: GPL-3.0-or-later
//
// What tests of pages share: klaster itself, and a real browser (Debian's Chromium, driven by playwright-core) that may load
// nothing but files and reports every complaint. Exits with 77, which ctest takes as skipped, where either is missing.
//
// From the environment: KL_PROGRAM (klaster), KL_BUILD_DIR (pages/node_modules is below it; screenshots go there),
// KL_SOURCE_DIR, KL_CHROMIUM (by default Debian's, without its windows if that is there).
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach } from "node:test";
import { pathToFileURL } from "node:url";

export const program = process.env.KL_PROGRAM;
export const sources = process.env.KL_SOURCE_DIR;
const build = process.env.KL_BUILD_DIR;
const chromium = process.env.KL_CHROMIUM ??
    ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"].find(existsSync) ?? "";
const modules = join(build, "pages", "package.json");

if (!existsSync(chromium) || !existsSync(join(build, "pages", "node_modules", "playwright-core"))) {
    console.log("no Chromium or no playwright-core: skipped");
    process.exit(77);
}
const playwright = createRequire(modules)("playwright-core");

/** A directory of this test's own; it is removed at the end. */
export const directory = mkdtempSync(join(tmpdir(), "klaster-pages-"));
const screenshots = join(build, "screenshots");
mkdirSync(screenshots, { recursive: true });

let browser = null;
let opened = null; // by the test that runs: a page costs two processes
beforeEach(() => { opened = []; });
afterEach(async () => {
    for (const context of opened) await context.close();
    opened = null;
});
after(async () => {
    if (browser) await browser.close();
    rmSync(directory, { recursive: true, force: true });
});

/** Run klaster; returns its standard output. Throws where it fails. */
export function klaster(...args) {
    return execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
}

/** Run klaster where it may fail. @returns {{status: number, stdout: string, stderr: string}} */
export function tryKlaster(...args) {
    return spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28 });
}

/** Write a study, run it; returns the path of the result file. */
export function runStudy(name, text, ...args) {
    const study = join(directory, `${name}.yaml`);
    const result = join(directory, `${name}.h5`);
    writeFileSync(study, text);
    klaster("run", study, "-o", result, "--quiet", ...args);
    return result;
}

/** Python with h5py, to read numbers without klaster: what `script` prints as JSON. */
export function python(script, ...args) {
    return JSON.parse(execFileSync("/usr/bin/python3", ["-c", script, ...args], { encoding: "utf8", maxBuffer: 1 << 28 }));
}

/**
 * Open an HTML file. `page.complaints` fills with console errors and warnings, uncaught errors and requests for anything but
 * that file, or with options.files for anything outside that folder; a test ends with assert.deepEqual(page.complaints, []).
 * @param {{colorScheme?: "light"|"dark", width?: number, height?: number, locale?: string, query?: string,
 *          reducedMotion?: "reduce"|"no-preference", files?: string}} options width and height in CSS pixels
 */
export async function openPage(path, options = {}) {
    browser ??= await playwright.chromium.launch({
        executablePath: chromium,
        args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
    });
    const context = await browser.newContext({
        offline: true,
        colorScheme: options.colorScheme ?? "light",
        viewport: { width: options.width ?? 1200, height: options.height ?? 900 },
        locale: options.locale ?? "en-GB",
        reducedMotion: options.reducedMotion ?? "reduce",
    });
    opened?.push(context);
    const page = await context.newPage();
    const url = pathToFileURL(path).href + (options.query ?? "");
    page.complaints = [];
    page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) page.complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => page.complaints.push(`uncaught: ${error.message}`));
    page.on("request", (request) => {
        if (request.isNavigationRequest() && request.url() === url.replace(/#.*/, "")) return;
        if (options.files && request.url().startsWith(pathToFileURL(options.files).href)) return;
        if (!/^(data|blob):/.test(request.url())) page.complaints.push(`request: ${request.url()}`);
    });
    await page.goto(url);
    return page;
}

/** A picture of the whole page for a person to look at: <build>/screenshots/<name>.png. */
export async function shoot(page, name) {
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

/** The page as it prints: <build>/screenshots/<name>.pdf. */
export async function print(page, name) {
    await page.pdf({ path: join(screenshots, `${name}.pdf`), format: "A4", printBackground: true });
}
