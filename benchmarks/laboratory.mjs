// SPDX-License-Identifier: GPL-3.0-or-later
//
// How long a browser takes from a moved slider to the last of its worlds on the screen.
//
//   taskset -c 0 node benchmarks/laboratory.mjs BUILD [WORLDS] [FIRMS]
//
// BUILD is a build directory with laboratory.html. taskset leaves one core for the browser and everything in it, which shares it
// with this script. Prints the median and the range of eleven moves; the first two are not counted.
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [build, worlds = "500", firms = "54"] = process.argv.slice(2);
if (!build) {
    console.error("usage: laboratory.mjs BUILD [WORLDS] [FIRMS]");
    process.exit(2);
}
const { chromium } = createRequire(resolve(build, "pages", "package.json"))("playwright-core");
const browser = await chromium.launch({
    executablePath: process.env.KL_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.goto(`${pathToFileURL(resolve(build, "laboratory.html")).href}#worlds=${worlds}&firms=${firms}`);
await page.waitForSelector('#summary[aria-busy="false"] progress', { state: "attached" });

/** Move the fee, and wait for the frame after the last world was shown. @returns {number[]} ms to the first picture and to the last */
const move = (fee) => page.evaluate((value) => new Promise((done) => {
    const slider = document.getElementById("fee"), summary = document.getElementById("summary"), progress = summary.querySelector("progress");
    let first = null;
    const begun = performance.now();
    const look = () => {
        const now = performance.now() - begun;
        if (first === null && summary.ariaBusy === "true") first = now;
        if (first !== null && summary.ariaBusy === "false" && progress.value === progress.max) done([first, now]);
        else requestAnimationFrame(look);
    };
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(look);
}), String(fee));

const times = [];
for (let i = 0; i < 13; i++) {
    const time = await move(0.01 + 0.005 * i);
    if (i >= 2) times.push(time);
}
const version = browser.version();
await browser.close();
const line = (at) => {
    const sorted = times.map((time) => time[at]).sort((a, b) => a - b);
    return `${Math.round(sorted[5])} ms (${Math.round(sorted[0])} to ${Math.round(sorted[10])})`;
};
console.log(`${worlds} worlds of ${firms} firms, Chromium ${version}: first picture ${line(0)}, all worlds shown ${line(1)}`);
