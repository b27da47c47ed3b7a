// SPDX-License-Identifier: GPL-3.0-or-later
//
// docs/ as a site that needs no server: every link is relative and names a file, so that it can be read from a disk as well.
//
// The pages are the Markdown files as they stand in docs/; what belongs to the site alone (layout, navigation, search,
// front page) is here. Links from documents to the source are answered by copies of those files. Examples, the laboratory
// and everything else that has to be computed is put there by scripts/site.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const output = resolve(process.env.KL_SITE_OUTPUT ?? join(root, "build/site"));
const require = createRequire(join(process.env.KL_SITE_MODULES, "package.json"));
const anchor = require("markdown-it-anchor");
const MiniSearch = require("minisearch");
const { slug } = await import(require.resolve("github-slugger"));
const navigation = JSON.parse(readFileSync(join(here, "navigation.json"), "utf8"));

/** A path inside the project, or null for one that leads out of it or nowhere. */
function inProject(path) {
    return path.startsWith("..") || !existsSync(join(root, path)) ? null : path;
}

/** Copy a file of the source, or a list of a folder's files, into the site; returns where it stands, from the site's root. */
function copySource(path) {
    const whole = join(root, path);
    const isFolder = statSync(whole).isDirectory();
    const target = posix.join("source", `${path.replace(/\/$/, "")}${isFolder ? "/files" : ""}.txt`);
    mkdirSync(dirname(join(output, target)), { recursive: true });
    if (isFolder) writeFileSync(join(output, target), readdirSync(whole).sort().join("\n") + "\n");
    else copyFileSync(whole, join(output, target));
    return target;
}

/** Where a link of a document leads on the site. `page` is the document's path from docs/, as "studies/paper.md". */
function resolveLink(href, page) {
    if (/^([a-z]+:|#)/.test(href)) return href;
    const [path, fragment] = href.split("#");
    const up = posix.relative(posix.dirname(page), ".") || ".";
    const target = posix.normalize(posix.join("docs", posix.dirname(page), path));
    const tail = fragment ? `#${fragment}` : "";
    if (!inProject(target)) throw new Error(`${page}: the link ${href} leads nowhere`);
    if (target === "README.md") return posix.join(up, "index.html") + tail;
    if (target === "docs/studies") return posix.join(up, "findings.html");
    if (target.startsWith("docs/") && target.endsWith(".md"))
        return posix.join(up, target.slice(5).replace(/\.md$/, ".html")) + tail;
    if (target.startsWith("docs/")) return posix.join(up, target.slice(5)) + tail;
    return posix.join(up, copySource(target));
}

/** markdown-it: links and images lead where the site has them. */
function relink(markdown) {
    markdown.core.ruler.push("klaster-links", (state) => {
        const page = posix.relative("docs", posix.normalize(state.env.page.inputPath));
        const visit = (tokens) => tokens.forEach((token) => {
            if (token.type === "link_open") token.attrSet("href", resolveLink(token.attrGet("href"), page));
            if (token.type === "image") token.attrSet("src", resolveLink(token.attrGet("src"), page));
            if (token.children) visit(token.children);
        });
        visit(state.tokens);
    });
}

/** Tables scroll on their own, reachable by keyboard, so that a page never does sideways. */
function wrapTables(markdown) {
    markdown.renderer.rules.table_open = () => '<div class="scroll" role="region" tabindex="0" aria-label="table"><table>\n';
    markdown.renderer.rules.table_close = () => "</table></div>\n";
}

const plain = (html) => html.replace(/<[^>]+>/g, " ").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&").replace(/\s+/g, " ").trim();

/** A page cut at its headings: what the search finds. */
function partsOf(page) {
    const title = page.data.heading;
    const pieces = page.content.split(/(?=<h[1-3][^>]* id=")/);
    return pieces.map((piece) => {
        const found = piece.match(/^<h[1-3][^>]* id="([^"]+)"[^>]*>([\s\S]*?)<\/h[1-3]>/);
        const url = page.url.replace(/^\//, "") + (found ? `#${found[1]}` : "");
        return { id: url, page: title, title: found ? plain(found[2]) : title, text: plain(found ? piece.slice(found[0].length) : piece) };
    }).filter((part) => part.text);
}

export default function (eleventy) {
    eleventy.addTemplate("index.njk", readFileSync(join(here, "index.njk"), "utf8"), { layout: "layout.njk", isHome: true });
    eleventy.addGlobalData("layout", "layout.njk");
    eleventy.addGlobalData("navigation", navigation);
    eleventy.addGlobalData("examples", () => JSON.parse(process.env.KL_SITE_EXAMPLES ?? "[]"));
    eleventy.addGlobalData("eleventyComputed", {
        permalink: (data) => `${data.page.filePathStem}.html`,
        heading: (data) => data.isHome ? "klaster" :
            readFileSync(data.page.inputPath, "utf8").match(/^# (.*)$/m)?.[1].replace(/[`*]/g, "") ?? data.page.fileSlug,
        up: (data) => posix.relative(posix.dirname(data.page.filePathStem), "/") || ".",
        stem: (data) => data.page.filePathStem.replace(/^\//, ""),
        language: (data) => data.page.filePathStem.match(/\.(ru|uz)$/)?.[1] ?? "en",
    });
    eleventy.amendLibrary("md", (markdown) => {
        markdown.set({ html: false, typographer: false }).enable("code"); // blocks of code are indented in docs/
        markdown.use(anchor.default ?? anchor, { slugify: slug, tabIndex: false });
        markdown.use(relink);
        markdown.use(wrapTables);
    });
    eleventy.addFilter("exists", (stem) => existsSync(join(root, "docs", `${stem}.md`)));
    eleventy.addPassthroughCopy("docs/**/*.{svg,png,ipynb}");
    eleventy.addPassthroughCopy({ "src/site/site.css": "site.css", "src/site/site.js": "site.js",
        "src/pages/common/theme.css": "theme.css" });
    // The index is made when every page is there, by a transform that sees each of them.
    const parts = [];
    eleventy.addTransform("klaster-search", function (content) {
        const body = content.match(/<article[^>]*>([\s\S]*)<\/article>/)?.[1];
        const heading = content.match(/<title>(.*?)( - klaster)?<\/title>/)?.[1] ?? "";
        if (body) parts.push(...partsOf({ content: body, url: this.page.url, data: { heading } }));
        return content;
    });
    eleventy.on("eleventy.after", () => {
        copyFileSync(join(dirname(require.resolve("minisearch")), "../umd/index.js"), join(output, "minisearch.js"));
        const index = new MiniSearch({ fields: ["title", "text"], storeFields: ["page", "title"] });
        index.addAll(parts);
        writeFileSync(join(output, "search-index.js"), `klasterIndex = ${JSON.stringify(JSON.stringify(index))};\n`);
    });
    return {
        dir: { input: "docs", output: posix.relative(root, output), includes: "../src/site" },
        markdownTemplateEngine: false,
        htmlTemplateEngine: "njk",
        templateFormats: ["md", "njk"],
    };
}
