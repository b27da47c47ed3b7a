#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The neutral model (README.md) in plain JavaScript: adoption.c's way `pushed` on typed arrays, with the generator sfc32.
//
//     node adoption.mjs RUNS SEED [WAIT]
//
// Prints a line a run: members after months 12, 24, 36, 48 and 60, and how often a firm joined.
import { generator, numbers } from "./common.mjs";

const FIRMS = 100, MONTHS = 60, HALF = 5, EVERY = 12;
const REWIRING = 0.1, INTERCEPT = -3.6, ON_PEERS = 3, LEAVING = 0.015;
const [runs, seed, wait] = numbers("adoption.mjs");
const random = generator(seed);

const tied = new Uint8Array(FIRMS * FIRMS), target = new Int32Array(FIRMS * HALF);
const ties = new Int32Array(FIRMS * FIRMS), degree = new Int32Array(FIRMS), perTie = new Float64Array(FIRMS);

function tie(i, j, is) {
    tied[i * FIRMS + j] = tied[j * FIRMS + i] = is;
}

// Watts & Strogatz: a ring of 10 neighbours, each tie rewired with chance .1, none double.
function drawGraph() {
    tied.fill(0);
    for (let i = 0; i < FIRMS; i++)
        for (let k = 0; k < HALF; k++) {
            target[i * HALF + k] = (i + k + 1) % FIRMS;
            tie(i, target[i * HALF + k], 1);
        }
    for (let i = 0; i < FIRMS; i++)
        for (let k = 0; k < HALF; k++) {
            if (random() >= REWIRING) continue;
            let j;
            do j = Math.floor(random() * FIRMS);
            while (j === i || tied[i * FIRMS + j]);
            tie(i, target[i * HALF + k], 0);
            tie(i, j, 1);
            target[i * HALF + k] = j;
        }
    degree.fill(0);
    for (let i = 0; i < FIRMS; i++)
        for (let k = 0; k < HALF; k++) {
            const j = target[i * HALF + k];
            ties[i * FIRMS + degree[i]++] = j;
            ties[j * FIRMS + degree[j]++] = i;
        }
    for (let i = 0; i < FIRMS; i++) perTie[i] = degree[i] > 0 ? ON_PEERS / degree[i] : 0;
}

const member = new Uint8Array(FIRMS), freeAt = new Int32Array(FIRMS), peers = new Int32Array(FIRMS);
const moving = new Int32Array(FIRMS);
const stay = Math.exp(-LEAVING);

// Whoever moves this month, by the state of the last one. Returns how many.
function decide(month) {
    let n = 0;
    for (let i = 0; i < FIRMS; i++) {
        if (member[i]) {
            if (random() >= stay) moving[n++] = i;
        } else if (month >= freeAt[i]) {
            if (random() * (1 + Math.exp(-(INTERCEPT + perTie[i] * peers[i]))) < 1) moving[n++] = i;
        }
    }
    return n;
}

function move(i, month) {
    const change = member[i] ? -1 : 1;
    member[i] = change > 0 ? 1 : 0;
    if (change < 0) freeAt[i] = month + wait + 1;
    for (let e = i * FIRMS; e < i * FIRMS + degree[i]; e++) peers[ties[e]] += change;
    return change;
}

function play() {
    drawGraph();
    member.fill(0);
    freeAt.fill(0);
    peers.fill(0);
    const row = [];
    let members = 0, joins = 0;
    for (let month = 1; month <= MONTHS; month++) {
        const n = decide(month);
        for (let k = 0; k < n; k++) {
            const change = move(moving[k], month);
            members += change;
            if (change > 0) joins++;
        }
        if (month % EVERY === 0) row.push(members);
    }
    return [...row, joins].join(",");
}

const lines = [];
for (let run = 0; run < runs; run++) lines.push(play() + "\n");
process.stdout.write(lines.join(""));
