// SPDX-License-Identifier: GPL-3.0-or-later
//
// Bundles pages: everything that src/pages/<page>/main.js and style.css reach goes into one HTML text that needs no
// network, and that may do nothing but run its own script: the policy names the script by its hash.
//
//   node build.mjs --modules DIR --c OUT.c PAGE...      templates as a C source (src/cli/page.h has the declarations)
//   node build.mjs --modules DIR --html OUT.html PAGE   one template, for the site
//   --data FILE   put this JSON in, instead of leaving the mark
//
// DIR holds node_modules. A policy.json beside main.js adds directives (the laboratory needs a worker and WebAssembly).
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const MARK = "@KLASTER_DATA@";
const here = dirname(fileURLToPath(import.meta.url));
const { values: option, positionals: pages } = parseArgs({
    allowPositionals: true,
    options: {
        modules: { type: "string" },
        c: { type: "string" },
        html: { type: "string" },
        data: { type: "string" },
    },
});
if (!option.modules || pages.length === 0 || !option.c === !option.html || (option.html && pages.length !== 1)) {
    console.error("usage: build.mjs --modules DIR (--c OUT.c PAGE... | --html OUT.html [--data FILE] PAGE)");
    process.exit(2);
}
const modules = resolve(option.modules);
const esbuild = createRequire(join(modules, "package.json"))("esbuild");

/** Licences of the libraries that went into a bundle, as one text. */
function licences(metafile) {
    const names = new Set();
    for (const path of Object.keys(metafile.inputs)) {
        const found = path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
        if (found) names.add(found[1]);
    }
    return [...names].sort().map((name) => {
        const directory = join(modules, "node_modules", name);
        const { version, license } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
        const file = ["LICENSE", "LICENSE.md", "LICENSE.txt", "license"].map((f) => join(directory, f)).find(existsSync);
        return `${name} ${version} (${license})\n\n${file ? readFileSync(file, "utf8").trim() : ""}\n`;
    }).join("\n----\n\n");
}

/** `import text from "./x.js?worker"`: the script of a worker, bundled, as a text to make a Blob of. */
const workers = {
    name: "workers",
    setup(build) {
        build.onResolve({ filter: /\?worker$/ }, ({ path, resolveDir }) =>
            ({ path: join(resolveDir, path.replace(/\?worker$/, "")), namespace: "worker" }));
        build.onLoad({ filter: /.*/, namespace: "worker" }, async ({ path }) =>
            ({ contents: (await bundle(path)).text, loader: "text" }));
    },
};

async function bundle(entry) {
    const result = await esbuild.build({
        entryPoints: [entry],
        bundle: true,
        minify: true,
        format: "iife",
        target: ["chrome100", "firefox100", "safari15"],
        charset: "ascii",
        legalComments: "none", // they stand at the end of the page
        metafile: true,
        write: false,
        nodePaths: [join(modules, "node_modules")],
        plugins: [workers],
        logLevel: "warning",
    });
    return { text: result.outputFiles[0].text.trim(), metafile: result.metafile };
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const escapeText = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
/** Text inside <script> may not hold what ends it. */
const escapeScript = (text) => text.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--");

/** One page as HTML: (name of a folder here) -> text with the mark, or with `data`. */
async function makePage(page, data) {
    const script = await bundle(join(here, page, "main.js"));
    const style = await bundle(join(here, page, "style.css"));
    const code = escapeScript(script.text);
    const extra = existsSync(join(here, page, "policy.json")) ?
        JSON.parse(readFileSync(join(here, page, "policy.json"), "utf8")) : {};
    const policy = {
        "default-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        ...extra,
        "script-src": [hash(code), extra["script-src"]].filter(Boolean).join(" "),
    };
    const content = Object.entries(policy).map(([name, value]) => `${name} ${value}`).join("; ");
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${content}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>klaster</title>
<style>${style.text.replace(/<\//g, "<\\/")}</style>
</head>
<body>
<noscript>This page draws its charts with the script that it holds, and needs JavaScript to be switched on. It loads nothing from elsewhere.</noscript>
<main id="page"></main>
<script type="application/json" id="data">${data ?? MARK}</script>
<script>${code}</script>
<template id="licences"><pre>${escapeText(licences(script.metafile))}</pre></template>
</body>
</html>
`;
}

/** Pages as C: one array of bytes each, and the table that page.h declares. */
function makeC(texts) {
    const arrays = texts.map(({ page, text }) => {
        const rows = [];
        const bytes = Buffer.from(text, "utf8");
        for (let i = 0; i < bytes.length; i += 24) rows.push([...bytes.subarray(i, i + 24)].join(","));
        return `static const unsigned char ${page}[] = {\n${rows.join(",\n")}\n};\n`;
    });
    const table = texts.map(({ page }) => `    [KL_PAGE_${page.toUpperCase()}] = {${page}, sizeof ${page}},\n`);
    return `/* Made by src/pages/build.mjs. */\n#include "cli/page.h"\n\n${arrays.join("\n")}
const kl_page kl_page_template[KL_N_PAGES] = {\n${table.join("")}};\n`;
}

const data = option.data && readFileSync(option.data, "utf8").replace(/[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
const texts = [];
for (const page of pages) texts.push({ page: basename(page), text: await makePage(page, data) });
writeFileSync(option.c ?? option.html, option.c ? makeC(texts) : texts[0].text);
