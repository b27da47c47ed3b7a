// SPDX-License-Identifier: GPL-3.0-or-later
//
// Makes elements. Whatever is given as a child becomes a node or a text node, never markup: texts of a study stay texts.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
        else element.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat(Infinity)) {
        if (child !== null && child !== undefined && child !== false) element.append(child);
    }
    return element;
}

/**
 * An HTML element: h("p", {class: "note"}, "text", node, [more]). A function as attribute listens to the event of its name
 * (onclick); null, undefined and false leave an attribute or child out; true is an attribute without value.
 * @returns {HTMLElement}
 */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** An SVG element, in the same way. @returns {SVGElement} */
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

let last = 0;

/** An id that no other element has. */
export const newId = (stem) => `${stem}-${++last}`;
