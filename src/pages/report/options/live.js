// SPDX-License-Identifier: GPL-3.0-or-later
//
// A part of the page that the reader can change by a select or a button: it is built anew from its state. The state outlives a
// change of language; focus, and tables that were opened, outlive both.
import { h } from "../../common/dom.js";

const states = new Map();
const CONTROLS = "select, button, input";

/**
 * @param {string} key      name of the state
 * @param {object} initial  state at first
 * @param {(state: object, set: (change: object) => void) => Node} build  what is shown; `set` changes the state and builds anew
 * @returns {HTMLElement}
 */
export function live(key, initial, build) {
    const state = states.get(key) ?? { ...initial };
    states.set(key, state);
    const holder = h("div", { class: "live" });
    const set = (change) => {
        Object.assign(state, change);
        const place = [...holder.querySelectorAll(CONTROLS)].indexOf(document.activeElement);
        const open = holder.querySelector("details.data")?.open;
        holder.replaceChildren(build(state, set));
        const details = holder.querySelector("details.data");
        if (details && open) details.open = true;
        if (place >= 0) holder.querySelectorAll(CONTROLS)[place]?.focus({ preventScroll: true });
    };
    holder.append(build(state, set));
    return holder;
}

/** The wanted value if the choices have it, else the first choice's; undefined where there is none. */
export const among = (choices, wanted) => (choices.find((one) => one.value === wanted) ?? choices[0])?.value;
