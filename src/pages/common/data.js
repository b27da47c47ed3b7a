// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a page is to show: the JSON that klaster put into it. Texts in it come from study files: they are data, and only ever
// become text nodes.

/** The page's data; null in a page that has none. */
export function readData() {
    const element = document.getElementById("data");
    const text = element ? element.textContent.trim() : "";
    return text.startsWith("{") ? JSON.parse(text) : null;
}

/**
 * Rows of a table as `--json` of an analysis prints it, as objects by column name.
 * @param {{columns: {name: string}[], rows: any[]}} table
 * @returns {Object<string, any>[]} numbers are null where undefined
 */
export function rowsOf(table) {
    if (!table) return [];
    const names = table.columns.map((column) => column.name);
    return table.rows.map((row) => Array.isArray(row) ? Object.fromEntries(names.map((name, i) => [name, row[i]])) : row);
}
