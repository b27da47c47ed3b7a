// SPDX-License-Identifier: GPL-3.0-or-later
//
// The cluster's network in one month. Up to 300 firms are elements that can be reached by keyboard one by one; more are painted on
// a canvas (canvas.js), and found by pointer, by the arrow keys or in the table.
import { h, svg } from "../common/dom.js";
import { t } from "../common/locale.js";
import { paintNetwork } from "./canvas.js";
import { changedIn, isOnlyHere, MEMBER, STATES } from "./model.js";
import { circlePath, LOOK, paint, radii } from "./shapes.js";
import { firmLabel } from "./story.js";

export const ELEMENTS_MOST = 300;
const MARGIN = 26;

/**
 * A view of a network: `element`, and show(month, {selected, other}) to draw it, where `other` is the world to compare with.
 * @param {object} world   model.js
 * @param {{x: number, y: number}[]} places  layout.js
 * @param {{label: string, arm: number, onPick: (firm: number) => void}} options
 */
export function networkView(world, places, options) {
    const box = h("div", { class: "network" });
    const make = world.n <= ELEMENTS_MOST ? drawNetwork : paintNetwork;
    let drawn = null, width = 0, last = null;
    const show = (month, more) => {
        last = [month, more];
        drawn?.show(month, more);
    };
    const draw = () => {
        const now = Math.floor(box.clientWidth);
        if (now === 0 || now === width) return;
        width = now;
        const height = Math.round(Math.max(300, Math.min(620, 0.74 * width)));
        const at = places.map(({ x, y }) => ({
            x: MARGIN + x * (width - 2 * MARGIN),
            y: MARGIN + y * (height - 2 * MARGIN),
        }));
        drawn = make(world, { at, r: radii(world.run.firms.employees, width * height), width, height, ...options });
        box.replaceChildren(drawn.element);
        if (last) drawn.show(...last);
    };
    new ResizeObserver(draw).observe(box);
    return { element: box, show, redraw: () => { width = 0; draw(); } };
}

const line = (at, [a, b]) => `M${at[a].x.toFixed(1)},${at[a].y.toFixed(1)}L${at[b].x.toFixed(1)},${at[b].y.toFixed(1)}`;

function firmElement(world, view, firm) {
    const r = view.r[firm];
    const ring = (name, by) => svg("path", { class: `ring ${name}`, d: circlePath(r + by), fill: "none" });
    const shape = svg("path", { class: "shape" });
    const title = svg("title");
    const text = r >= 9.5 ? svg("text", { class: "number", "text-anchor": "middle", dy: "0.35em" }, String(firm)) : null;
    const element = svg("g", {
        class: "firm", role: "button", tabindex: -1, "data-firm": firm,
        transform: `translate(${view.at[firm].x.toFixed(1)},${view.at[firm].y.toFixed(1)})`,
        onclick: () => view.onPick(firm),
    }, svg("circle", { class: "target", r: Math.max(r + 2, 11), fill: "transparent" }),
    title, ring("changed", 3), ring("only", 5), ring("selected", 8), shape, text);
    return { element, shape, text, title, state: -1 };
}

/** Arrow keys up and down go from firm to firm, Enter opens a firm. */
function walk(firms, view) {
    let current = 0;
    const go = (firm) => {
        firms[current].element.setAttribute("tabindex", -1);
        current = (firm + firms.length) % firms.length;
        firms[current].element.setAttribute("tabindex", 0);
        firms[current].element.focus();
    };
    firms[0].element.setAttribute("tabindex", 0);
    return (event) => {
        const firm = Number(event.target.closest("[data-firm]")?.dataset.firm ?? current);
        if (event.key === "ArrowDown") go(firm + 1);
        else if (event.key === "ArrowUp") go(firm - 1);
        else if (event.key === "Enter") view.onPick(firm);
        else return;
        event.preventDefault();
        event.stopPropagation();
    };
}

/** The network as SVG. */
function drawNetwork(world, view) {
    const ties = world.run.ties ?? [];
    const faint = svg("path", { class: "ties" }), strong = svg("path", { class: "ties strong" });
    const own = svg("path", { class: "ties own" });
    const firms = view.at.map((_, firm) => firmElement(world, view, firm));
    const byRadius = firms.map((_, firm) => firm).sort((a, b) => view.r[b] - view.r[a]);
    const element = svg("svg", {
        width: view.width, height: view.height, viewBox: `0 0 ${view.width} ${view.height}`, role: "group",
        "aria-label": view.label, class: `arm-${view.arm}`, onkeydown: walk(firms, view),
    }, svg("g", { "aria-hidden": "true" }, faint, strong, own), byRadius.map((firm) => firms[firm].element));
    const drawTies = (states, selected) => {
        const d = ["", "", ""];
        for (const tie of ties) {
            const kind = tie.includes(selected) ? 2 : tie.every((firm) => states[firm] === MEMBER) ? 1 : 0;
            d[kind] += line(view.at, tie);
        }
        [faint, strong, own].forEach((path, k) => path.setAttribute("d", d[k]));
    };
    const show = (month, { selected = null, other = null } = {}) => {
        const states = world.states[month];
        const changed = changedIn(world, month);
        drawTies(states, selected);
        firms.forEach((firm, i) => {
            firm.element.classList.toggle("is-changed", changed.has(i));
            firm.element.classList.toggle("is-only", isOnlyHere(world, other, month, i));
            firm.element.classList.toggle("is-selected", i === selected);
            firm.element.setAttribute("aria-pressed", String(i === selected));
            if (firm.state === states[i]) return;
            firm.state = states[i];
            dress(firm, view.r[i]);
            firm.title.textContent = firmLabel(world, i, month);
            firm.element.setAttribute("aria-label", firm.title.textContent);
        });
    };
    return { element, show };
}

function dress(firm, r) {
    const look = LOOK[firm.state];
    firm.element.dataset.state = STATES[firm.state];
    firm.shape.setAttribute("d", look.path(r));
    firm.shape.setAttribute("fill", paint(look.fill));
    firm.shape.setAttribute("stroke", paint(look.stroke));
    firm.shape.setAttribute("stroke-width", look.width);
    firm.shape.setAttribute("stroke-dasharray", look.dash.join(" ") || "none");
    firm.text?.classList.toggle("on-dark", firm.state === MEMBER);
    firm.text?.toggleAttribute("hidden", STATES[firm.state] === "left"); // lines cross there
}

/** What the signs mean, with the number of firms in each state. @returns {{element: HTMLElement, show: (counts: number[]) => void}} */
export function networkLegend(withOther) {
    const values = STATES.map(() => h("b", { class: "numeric" }, "0"));
    const sign = (...children) => svg("svg", { width: 22, height: 22, viewBox: "-11 -11 22 22", "aria-hidden": "true" }, children);
    const dot = (look) => svg("path", {
        d: look.path(6.5), fill: paint(look.fill), stroke: paint(look.stroke), "stroke-width": look.width,
        "stroke-dasharray": look.dash.join(" ") || "none",
    });
    const ring = (name) => sign(svg("path", { class: `ring ${name} shown`, d: circlePath(8), fill: "none" }));
    const element = h("ul", { class: "legend states" },
        STATES.map((state, k) => h("li", { "data-state": state }, sign(dot(LOOK[k])), t(`replay.state.${state}`), " ", values[k])),
        h("li", null, ring("changed"), t("replay.legend.changed")),
        withOther && h("li", null, ring("only"), t("replay.legend.only")));
    return {
        element,
        show: (counts) => counts.forEach((n, k) => {
            values[k].textContent = n;
            values[k].dataset.value = n;
        }),
    };
}
