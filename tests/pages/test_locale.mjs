// SPDX-License-Identifier: GPL-3.0-or-later
//
// The texts of the pages: in three languages, each in its own letters, and one for everything that the model has a name for.
// What there is, the program says; a tiny study is played for the words of results and for the tables of the analyses.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { coverFaults, entryFaults, faultsOf, fileFaults } from "./locale_faults.mjs";

const program = process.env.KL_PROGRAM;
const sources = process.env.KL_SOURCE_DIR;
const folder = join(sources, "src", "pages", "locale");
const directory = mkdtempSync(join(tmpdir(), "klaster-locale-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const raw = Object.fromEntries(readdirSync(folder).filter((name) => name.endsWith(".json"))
    .map((name) => [name.slice(0, -".json".length), readFileSync(join(folder, name), "utf8")]));
const topics = Object.fromEntries(Object.entries(raw).map(([name, text]) => [name, JSON.parse(text)]));
const keysOf = (topic, prefix = "") => Object.keys(topics[topic]).filter((key) => key.startsWith(prefix));

const klaster = (...args) => execFileSync(program, args, { encoding: "utf8", cwd: directory, maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
const json = (...args) => JSON.parse(klaster(...args, "--json"));
const none = (faults) => assert.equal(faults.length, 0, `\n${faults.join("\n")}\n`);

const params = json("params");
const { outcomes, series } = json("params", "--outcomes");

test("every_text_stands_in_its_languages_in_their_letters", () => {
    none(Object.entries(raw).flatMap(([topic, text]) => fileFaults(topic, text)));
});

test("a_key_stands_in_one_topic", () => {
    const first = new Map(), faults = [];
    for (const topic of Object.keys(topics).filter((name) => !name.endsWith("-meaning"))) {
        for (const key of keysOf(topic)) {
            if (first.has(key)) faults.push(`${key}: in ${first.get(key)} and in ${topic}`);
            first.set(key, topic);
        }
    }
    none(faults);
});

test("every_parameter_has_a_name_and_a_meaning", () => {
    const names = params.map((row) => row.name);
    none(["params", "params-meaning"].flatMap((topic) => coverFaults(topic, keysOf(topic), names, "a parameter")));
});

test("every_source_of_a_parameter_is_translated", () => {
    none(coverFaults("sources-meaning", keysOf("sources-meaning"), [...new Set(params.map((row) => row.source))], "a source of a parameter"));
});

test("every_outcome_and_series_has_a_name_and_a_meaning", () => {
    const names = [...outcomes.map((row) => `outcome.${row.name}`), ...series.map((row) => `series.${row.name}`)];
    none(["outcomes", "outcomes-meaning"].flatMap((topic) => coverFaults(topic, keysOf(topic), names, "an outcome or series")));
});

test("names_are_short_enough_for_a_chart", () => {
    const longest = 40;
    none(["params", "outcomes"].flatMap((topic) => Object.entries(topics[topic]).flatMap(([key, entry]) =>
        Object.entries(entry).filter(([, text]) => text.length > longest)
            .map(([language, text]) => `${topic}: ${key}: ${language} has ${text.length} letters, more than ${longest}`))));
});

test("every_choice_group_mark_and_unit_has_a_text", () => {
    const choices = params.flatMap((row) => Object.keys(row.choices ?? {}).map((value) => `choice.${row.name}.${value}`));
    const groups = [...new Set(params.map((row) => `group.${row.group}`)), "group.months", "group.mechanism"];
    const marks = [...new Set(params.map((row) => `mark.${row.mark}`))];
    none([
        ...coverFaults("terms", keysOf("terms", "choice."), choices, "a value of a choice"),
        ...coverFaults("terms", keysOf("terms", "group."), groups, "a group of parameters"),
        ...coverFaults("terms", keysOf("terms", "mark."), marks, "a mark of evidence"),
    ]);
    const units = new Set([...params, ...outcomes, ...series].map((row) => row.unit).filter((unit) => unit));
    const known = new Set(Object.keys(topics).flatMap((topic) => keysOf(topic, "unit.")));
    none([...units].filter((unit) => !known.has(`unit.${unit}`)).map((unit) => `the unit ${unit} has no text`));
});

test("every_kind_of_stage_has_a_text", () => {
    const found = [];
    JSON.stringify(JSON.parse(klaster("params", "--schema")), (key, value) => {
        if (key === "kind" && Array.isArray(value?.enum) && value.enum.includes("pilot")) found.push(...value.enum);
        return value;
    });
    const kinds = [...new Set(found)];
    assert.ok(kinds.length > 0);
    none(kinds.filter((kind) => !topics.terms[`stage.${kind}`]).map((kind) => `the stage ${kind} has no text`));
});

/** Two arms that differ in the gate, few worlds: enough for every analysis to say something. */
const tiny = `klaster: 1
name: tiny
months: 30
points: 64
replicates: 2
mechanism: five-stage
uncertainty: default
baseline: a
parameters: {firms: 20}
arms:
  - {name: a, parameters: {gate: true}}
  - {name: b, parameters: {gate: false}}
claims:
  - {name: c, metric: survival, interval: [1, null], source: a test}
`;

function playTiny() {
    writeFileSync(join(directory, "tiny.yaml"), tiny);
    klaster("run", "tiny.yaml", "-o", "tiny.h5", "--quiet");
}

test("every_way_to_end_has_a_text_and_every_table_its_method", () => {
    playTiny();
    const words = [...Object.keys(json("summary", "tiny.h5").arms[0].status), "missing"];
    none(coverFaults("terms", keysOf("terms", "status."), words.map((word) => `status.${word}`), "a status"));
    const analyses = [["compare"], ["decide"], ["sensitivity"], ["claims"], ["synergy"], ["synergy", "--stakeholders"]];
    const tables = analyses.flatMap((command) => json(command[0], "tiny.h5", "--no-save", ...command.slice(1)).tables);
    assert.ok(tables.length > 20);
    none(tables.filter(({ name }) => !topics["methods-meaning"][`method.${name}`])
        .map(({ name }) => `the method of the table ${name} is not translated`));
});

/** Titles, labels and the like of a study file, read line by line: enough for the files that ship. */
function textsOf(path) {
    const lines = readFileSync(path, "utf8").split("\n"), texts = [];
    let top = "";
    lines.forEach((line, i) => {
        top = line.match(/^(\w+):/)?.[1] ?? top;
        const [, key, value] = line.match(/(?:^|[\s{,])(title|description|label|source): *(.*)$/) ?? [];
        if (!key || line.trim().startsWith("#") || (key === "source" && top !== "claims")) return;
        texts.push(value.startsWith(">") ? folded(lines, i) : plain(value, line.includes("{")));
    });
    return texts;
}

function folded(lines, at) {
    const indent = (line) => line.match(/^ */)[0].length;
    const rest = lines.slice(at + 1);
    const end = rest.findIndex((line) => line.trim() === "" || indent(line) <= indent(lines[at]));
    return rest.slice(0, end < 0 ? rest.length : end).map((line) => line.trim()).join(" ");
}

function plain(value, inFlow) {
    if (value.startsWith('"')) return value.match(/^"([^"]*)"/)[1];
    return (inFlow ? value.replace(/[,}].*$/, "") : value.replace(/ +#.*$/, "")).trim();
}

test("every_text_of_the_studies_that_ship_is_translated", () => {
    const scenarios = join(sources, "scenarios");
    const texts = ["", "cases", "mechanisms"].flatMap((part) => readdirSync(join(scenarios, part))
        .filter((name) => name.endsWith(".yaml")).flatMap((name) => textsOf(join(scenarios, part, name))));
    assert.ok(texts.length > 80, `only ${texts.length} texts were found`);
    none(coverFaults("studies", keysOf("studies"), [...new Set([...texts, "baseline"])], "a text of a study that ships"));
    none(Object.entries(topics.studies).filter(([key, entry]) => entry.en !== key).map(([key]) => `studies: ${key}: en differs`));
});

/** The prose of a page of docs/: without code, addresses and the line that leads to the other languages. */
const prose = (page) => readFileSync(join(sources, "docs", page), "utf8").split("\n")
    .filter((line) => !line.startsWith("    ") && !line.startsWith("[English]"))
    .join(" ").replace(/```.*?```|`[^`]*`|\]\([^)]*\)/g, " ");

test("documents_in_russian_and_uzbek_are_in_their_letters", () => {
    const rows = readFileSync(join(sources, "docs", "glossary.md"), "utf8").split("\n")
        .map((line) => line.split(" | ")).filter((cells) => cells.length === 5 && !cells[0].startsWith("| ---")).slice(1);
    assert.ok(rows.length > 50);
    none([
        ...["readme.ru.md", "readme.uz.md", "tutorials/policymaker.ru.md", "tutorials/policymaker.uz.md"].flatMap((page) =>
            faultsOf[page.slice(-5, -3)](prose(page)).map((fault) => `docs/${page} ${fault}`)),
        ...rows.flatMap(([english, ru, uz]) => [...faultsOf.ru(ru), ...faultsOf.uz(uz)]
            .map((fault) => `docs/glossary.md: ${english.replace("| ", "")} ${fault}`)),
    ]);
});

/** All scripts of the pages as one text. */
const scripts = (folder) => readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== "node_modules" && name !== "locale")
    .map((entry) => entry.isDirectory() ? scripts(join(folder, entry.name)) :
        /\.m?js$/.test(entry.name) ? readFileSync(join(folder, entry.name), "utf8") : "").join("\n");

test("no_text_is_left_that_no_page_asks_for", () => {
    const source = scripts(join(sources, "src", "pages"));
    const asked = (key) => {
        const base = key.replace(/\.(one|few|many|other)$/, "");
        const parts = [...base.matchAll(/[.-]/g)].map(({ index }) => base.slice(0, index + 1));
        return source.includes(`"${base}"`) || source.includes(`nameOf("${base.split(".")[0]}"`) ||
            parts.some((part) => source.includes(`\`${part}\${`));
    };
    none(["common", "report", "options", "replay", "lab", "terms"].flatMap((topic) => keysOf(topic, "")
        .filter((key) => /^[a-z-]+\./.test(key) && !asked(key)).map((key) => `${topic}: no page asks for ${key}`)));
});

test("planted_faults_are_found", () => {
    const good = { en: "fee of {n}", ru: "взнос {n}", uz: "toʻlov {n}, maʼno" };
    const faults = (change, topic = "x") => entryFaults(topic, "k", { ...good, ...change });
    assert.deepEqual(faults({}), []);
    for (const change of [
        { uz: undefined }, { ru: " " }, { ru: "взнос" }, { uz: "to'lov {n}" }, { uz: "to’lov {n}" }, { uz: "toʼlov {n}" },
        { uz: "maʻno {n}" }, { uz: "tўlov {n}" }, { ru: "взнoс {n}" }, { en: "feе {n}" }, { fr: "droit {n}" }, { en: "fee  {n}" },
    ]) assert.equal(faults(change).length > 0, true, JSON.stringify(change));
    assert.notDeepEqual(faults({}, "x-meaning"), []);
    const line = `    "k": ${JSON.stringify(good)}`;
    assert.deepEqual(fileFaults("x", `{\n${line}\n}\n`), []);
    assert.equal(fileFaults("x", `{\n${line},\n${line}\n}\n`).length, 1);
    assert.equal(fileFaults("x", `{\n${line},\n}\n`).length, 1);
    assert.equal(coverFaults("x", ["a", "b"], ["b", "c"], "a row").length, 2);
});
