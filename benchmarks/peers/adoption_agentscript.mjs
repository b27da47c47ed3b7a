#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The neutral model (README.md) in AgentScript, as its manual writes models: firms are turtles, relations are links, and
// every month each firm is asked. A world of one patch, nothing drawn.
//
//     node adoption_agentscript.mjs RUNS SEED [WAIT]
//
// Prints a line a run: members after months 12, 24, 36, 48 and 60, and how often a firm joined.
import { generator, numbers } from "./common.mjs";

// AgentScript asks for a canvas when it is loaded, to read colours with. Node.js has none, and this model no colours.
globalThis.OffscreenCanvas ??= class {
    getContext() {
        return {};
    }
};
const { Model } = await import("agentscript");

const FIRMS = 100, MONTHS = 60, HALF = 5, EVERY = 12;
const REWIRING = 0.1, INTERCEPT = -3.6, ON_PEERS = 3, LEAVING = 0.015;
const [runs, seed, wait] = numbers("adoption_agentscript.mjs");
const random = generator(seed);

// Watts & Strogatz: a ring of 10 neighbours, each tie rewired with chance .1, none double. Pairs of firms.
function drawTies() {
    const pair = (i, j) => Math.min(i, j) * FIRMS + Math.max(i, j);
    const ties = [];
    for (let i = 0; i < FIRMS; i++) for (let k = 0; k < HALF; k++) ties.push([i, (i + k + 1) % FIRMS]);
    const tied = new Set(ties.map(([i, j]) => pair(i, j)));
    for (const tie of ties) {
        if (random() >= REWIRING) continue;
        const [i, old] = tie;
        let j;
        do j = Math.floor(random() * FIRMS);
        while (j === i || tied.has(pair(i, j)));
        tied.delete(pair(i, old));
        tied.add(pair(i, j));
        tie[1] = j;
    }
    return ties;
}

class Adoption extends Model {
    setup() {
        this.turtles.setDefault("member", false);
        this.turtles.setDefault("freeAt", 0);
        this.turtles.setDefault("moves", false);
        this.turtles.create(FIRMS);
        for (const [i, j] of drawTies()) this.links.createOne(this.turtles[i], this.turtles[j]);
        this.members = 0;
        this.joins = 0;
    }

    step() {
        const month = this.ticks + 1;
        this.turtles.ask((firm) => {
            firm.moves = random() < this.chance(firm, month);
        });
        this.turtles.ask((firm) => {
            if (firm.moves) this.move(firm, month);
        });
    }

    chance(firm, month) {
        if (firm.member) return 1 - Math.exp(-LEAVING);
        if (month < firm.freeAt) return 0;
        const near = firm.linkNeighbors();
        const share = near.length > 0 ? near.filter((other) => other.member).length / near.length : 0;
        return 1 / (1 + Math.exp(-(INTERCEPT + ON_PEERS * share)));
    }

    move(firm, month) {
        firm.member = !firm.member;
        this.members += firm.member ? 1 : -1;
        if (firm.member) this.joins++;
        else firm.freeAt = month + wait + 1;
    }
}

for (let run = 0; run < runs; run++) {
    const model = new Adoption({ minX: 0, maxX: 0, minY: 0, maxY: 0, minZ: 0, maxZ: 0 });
    model.setup();
    const row = [];
    for (let month = 1; month <= MONTHS; month++) {
        model.step();
        if (month % EVERY === 0) row.push(model.members);
    }
    process.stdout.write([...row, model.joins].join(",") + "\n");
}
