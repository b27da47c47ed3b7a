// SPDX-License-Identifier: GPL-3.0-or-later
//
// Colours by what they stand for. They are names of CSS variables (theme.css), so that charts change with the theme and in print
// without being drawn again. After Okabe & Ito (2008), darkened or lightened where contrast asks for it. Colour is never the only
// sign: lines have dashes, bars have patterns or labels.

/** What became of a world, or of a claim in it. */
export const FATE = {
    inside: "var(--holds)",
    below: "var(--below)",
    above: "var(--above)",
    undefined: "var(--undefined)",
    completed: "var(--completed)",
    gate_failed: "var(--gate)",
    insolvent: "var(--insolvent)",
    unfinished: "var(--unfinished)",
    alone: "var(--alone)",
    failed: "var(--failed)",
};

const DEEP = new Set(["completed", "alone", "failed"]);

/** Colour of a text that stands on the colour of a fate. */
export const onFate = (fate) => DEEP.has(fate) ? "var(--on-deep)" : "#101316";

export const ACCENT = "var(--accent)";
export const BAND = "var(--band)"; // the claimed interval behind a chart
export const MUTED = "var(--muted)";
export const LINE = "var(--line)";
export const GAIN = "var(--gain)"; // good, more, holds
export const LOSS = "var(--loss)"; // bad, less, fails

const N_ARMS = 7;
const DASHES = ["0", "6 3", "2 3", "8 3 2 3", "12 4", "4 2", "1 2"];

/** Colour of arm i (of few that are drawn together). */
export const armColour = (i) => `var(--arm-${i % N_ARMS})`;

/** Dash pattern of arm i: a second sign beside the colour; differs where the colours come round again. */
export const armDash = (i) => DASHES[(i + Math.floor(i / N_ARMS)) % DASHES.length];

/** Seven steps from little to much, for maps: fills from light to dark (in the dark theme from dark to light). */
export const RAMP = [0, 1, 2, 3, 4, 5, 6].map((i) => `var(--ramp-${i})`);

/** Colours of texts that stand on the steps of RAMP. */
export const ON_RAMP = [0, 1, 2, 3, 4, 5, 6].map((i) => `var(--on-ramp-${i})`);

/** Step for x in [lo, hi]: 0 to 6. */
export const rampStep = (x, lo = 0, hi = 1) =>
    Math.max(0, Math.min(RAMP.length - 1, Math.floor((x - lo) / (hi - lo) * RAMP.length)));
