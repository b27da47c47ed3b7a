#!/usr/bin/env Rscript
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The neutral model (README.md) in base R: one world at a time, vectors over its firms, R's Mersenne twister.
#
#     Rscript adoption.R RUNS SEED [WAIT]
#
# Prints a line a run: members after months 12, 24, 36, 48 and 60, and how often a firm joined.
FIRMS <- 100L
MONTHS <- 60L
HALF <- 5L
EVERY <- 12L
REWIRING <- 0.1
INTERCEPT <- -3.6
ON_PEERS <- 3
LEAVING <- 0.015

# Watts & Strogatz: a ring of 10 neighbours, each tie rewired with chance .1, none double. The adjacency matrix.
RING <- rep(seq_len(FIRMS), HALF)
NEXT <- (RING + rep(seq_len(HALF), each = FIRMS) - 1L) %% FIRMS + 1L
ORDER <- order(RING, NEXT)
draw_graph <- function() {
    tied <- matrix(0, FIRMS, FIRMS)
    tied[cbind(c(RING, NEXT), c(NEXT, RING))] <- 1
    for (e in ORDER[runif(FIRMS * HALF) < REWIRING]) {
        i <- RING[e]
        repeat {
            j <- as.integer(runif(1) * FIRMS) + 1L
            if (j != i && tied[i, j] == 0) break
        }
        tied[i, NEXT[e]] <- tied[NEXT[e], i] <- 0
        tied[i, j] <- tied[j, i] <- 1
    }
    tied
}

play <- function(wait) {
    tied <- draw_graph()
    per_tie <- ON_PEERS / pmax(rowSums(tied), 1)
    member <- logical(FIRMS)
    free_at <- peers <- numeric(FIRMS)
    leave <- 1 - exp(-LEAVING)
    row <- numeric(0)
    joins <- 0
    for (month in seq_len(MONTHS)) {
        chance <- 1 / (1 + exp(-(INTERCEPT + per_tie * peers)))
        chance[free_at > month] <- 0
        chance[member] <- leave
        moving <- which(runif(FIRMS) < chance)
        for (i in moving) {
            if (member[i]) {
                free_at[i] <- month + wait + 1
                peers <- peers - tied[, i]
            } else {
                joins <- joins + 1
                peers <- peers + tied[, i]
            }
        }
        member[moving] <- !member[moving]
        if (month %% EVERY == 0L) row <- c(row, sum(member))
    }
    c(row, joins)
}

arguments <- suppressWarnings(as.numeric(commandArgs(trailingOnly = TRUE)))
if (!length(arguments) %in% 2:3 || anyNA(arguments)) {
    write("usage: Rscript adoption.R RUNS SEED [WAIT]", stderr())
    quit(status = 2)
}
set.seed(arguments[2], kind = "Mersenne-Twister")
wait <- if (length(arguments) > 2) arguments[3] else 12
for (run in seq_len(arguments[1])) cat(play(wait), sep = c(rep(",", MONTHS / EVERY), "\n"))
