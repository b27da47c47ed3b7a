// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where firms stand: by forces between them, from a circle on which sectors lie side by side. The same cluster gets the same
// picture every time: nothing is drawn by lot, and the number of steps is fixed.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";

const STEPS = (n) => n <= 400 ? 300 : 120;

/** Firms on a circle, sector by sector. */
function circle(run) {
    const order = run.firms.sector.map((sector, id) => ({ id, sector })).sort((a, b) => a.sector - b.sector || a.id - b.id);
    const radius = 12 * Math.sqrt(order.length);
    order.forEach((firm, k) => {
        const angle = 2 * Math.PI * k / order.length;
        firm.x = radius * Math.cos(angle);
        firm.y = radius * Math.sin(angle);
    });
    return order;
}

/** Stretch points to the unit square. */
function fit(points) {
    const range = (key) => {
        const all = points.map((point) => point[key]);
        const low = Math.min(...all), high = Math.max(...all);
        return high > low ? (x) => (x - low) / (high - low) : () => 0.5;
    };
    const x = range("x"), y = range("y");
    return points.map((point) => ({ x: x(point.x), y: y(point.y) }));
}

/**
 * Places of the firms in the unit square, by firm.
 * @param {object} run  a run of the page's data; without `ties` the circle is all there is
 */
export function layoutOf(run) {
    const points = circle(run);
    if (run.ties?.length > 0) {
        const strength = points.length <= 400 ? -60 : -25;
        forceSimulation(points)
            .force("charge", forceManyBody().strength(strength))
            .force("ties", forceLink(run.ties.map(([source, target]) => ({ source, target }))).id((p) => p.id).distance(34))
            .force("apart", forceCollide(9))
            .force("x", forceX(0).strength(0.06))
            .force("y", forceY(0).strength(0.08))
            .stop()
            .tick(STEPS(points.length));
    }
    points.sort((a, b) => a.id - b.id);
    return fit(points);
}
