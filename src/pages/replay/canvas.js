// SPDX-License-Identifier: GPL-3.0-or-later
//
// A network of many firms, painted. Colours are read from the theme whenever it is painted.
import { h } from "../common/dom.js";
import { changedIn, isOnlyHere, MEMBER } from "./model.js";
import { circlePath, LOOK } from "./shapes.js";
import { firmLabel } from "./story.js";

function colours() {
    const style = getComputedStyle(document.documentElement);
    return (variable) => variable.startsWith("--") ? style.getPropertyValue(variable).trim() : variable;
}

function strokeTies(context, ties, at, colour, width) {
    context.beginPath();
    for (const [a, b] of ties) {
        context.moveTo(at[a].x, at[a].y);
        context.lineTo(at[b].x, at[b].y);
    }
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
}

/** The firm nearest to a point, within reach of a finger; null for none. */
function nearest(view, x, y) {
    let best = null, least = 16 ** 2;
    view.at.forEach((place, firm) => {
        const distance = (place.x - x) ** 2 + (place.y - y) ** 2;
        if (distance < least) [best, least] = [firm, distance];
    });
    return best;
}

/** The network on a canvas; the same view as the SVG of network.js. */
export function paintNetwork(world, view) {
    const scale = Math.min(3, window.devicePixelRatio || 1);
    const canvas = h("canvas", {
        width: view.width * scale, height: view.height * scale, role: "application", tabindex: 0, "aria-label": view.label,
    });
    canvas.style.width = `${view.width}px`;
    canvas.style.height = `${view.height}px`;
    const context = canvas.getContext("2d");
    let current = 0, shown = [0, {}];

    function paintFirm(colour, firm, state) {
        const look = LOOK[state];
        const path = new Path2D(look.path(view.r[firm]));
        context.setLineDash(look.dash);
        if (look.fill !== "none") {
            context.fillStyle = colour(look.fill);
            context.fill(path);
        }
        context.strokeStyle = colour(look.stroke);
        context.lineWidth = look.width;
        context.stroke(path);
        context.setLineDash([]);
    }

    function ring(colour, firm, by, dash) {
        context.setLineDash(dash);
        context.strokeStyle = colour;
        context.lineWidth = 2;
        context.stroke(new Path2D(circlePath(view.r[firm] + by)));
        context.setLineDash([]);
    }

    function show(month, { selected = null, other = null } = {}) {
        shown = [month, { selected, other }];
        const colour = colours();
        const states = world.states[month], changed = changedIn(world, month), ties = world.run.ties ?? [];
        context.setTransform(scale, 0, 0, scale, 0, 0);
        context.clearRect(0, 0, view.width, view.height);
        strokeTies(context, ties, view.at, colour("--line"), 0.6);
        context.globalAlpha = 0.35;
        strokeTies(context, ties.filter((tie) => tie.every((firm) => states[firm] === MEMBER)), view.at, colour("--completed"), 0.8);
        context.globalAlpha = 1;
        strokeTies(context, ties.filter((tie) => tie.includes(selected)), view.at, colour("--text"), 1.6);
        for (let firm = 0; firm < world.n; firm++) {
            context.setTransform(scale, 0, 0, scale, scale * view.at[firm].x, scale * view.at[firm].y);
            paintFirm(colour, firm, states[firm]);
            if (changed.has(firm)) ring(colour("--text"), firm, 3, []);
            if (isOnlyHere(world, other, month, firm)) ring(colour(`--arm-${view.arm}`), firm, 5, [4, 2]);
            if (firm === selected) ring(colour("--text"), firm, 8, []);
        }
    }

    canvas.addEventListener("click", (event) => {
        const firm = nearest(view, event.offsetX, event.offsetY);
        if (firm !== null) view.onPick(firm);
    });
    canvas.addEventListener("pointermove", (event) => {
        const firm = nearest(view, event.offsetX, event.offsetY);
        canvas.title = firm === null ? "" : firmLabel(world, firm, shown[0]);
        canvas.style.cursor = firm === null ? "default" : "pointer";
    });
    canvas.addEventListener("keydown", (event) => {
        if (event.key === "ArrowDown") current = ((shown[1].selected ?? -1) + 1) % world.n;
        else if (event.key === "ArrowUp") current = ((shown[1].selected ?? 0) - 1 + world.n) % world.n;
        else return;
        event.preventDefault();
        event.stopPropagation();
        view.onPick(current);
    });
    return { element: canvas, show };
}
