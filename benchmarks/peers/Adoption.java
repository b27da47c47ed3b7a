// SPDX-License-Identifier: GPL-3.0-or-later
//
// The neutral model (README.md) in plain Java: adoption.c's way `pushed` on arrays, with java.util.SplittableRandom.
//
//     java Adoption RUNS SEED [WAIT]
//
// Prints a line a run: members after months 12, 24, 36, 48 and 60, and how often a firm joined.
import java.util.Arrays;
import java.util.SplittableRandom;

final class Adoption {
    static final int FIRMS = 100, MONTHS = 60, HALF = 5, EVERY = 12;
    static final double REWIRING = 0.1, INTERCEPT = -3.6, ON_PEERS = 3, LEAVING = 0.015;

    private final SplittableRandom random;
    private final int wait;
    private final double stay = Math.exp(-LEAVING);
    private final boolean[] tied = new boolean[FIRMS * FIRMS];
    private final int[] target = new int[FIRMS * HALF];
    private final int[] ties = new int[FIRMS * FIRMS], degree = new int[FIRMS];
    private final double[] perTie = new double[FIRMS];
    private final boolean[] member = new boolean[FIRMS];
    private final int[] freeAt = new int[FIRMS], peers = new int[FIRMS], moving = new int[FIRMS];

    Adoption(long seed, int wait) {
        this.random = new SplittableRandom(seed);
        this.wait = wait;
    }

    private void tie(int i, int j, boolean is) {
        tied[i * FIRMS + j] = tied[j * FIRMS + i] = is;
    }

    /* Watts & Strogatz: a ring of 10 neighbours, each tie rewired with chance .1, none double. */
    private void drawGraph() {
        Arrays.fill(tied, false);
        for (int i = 0; i < FIRMS; i++)
            for (int k = 0; k < HALF; k++) {
                target[i * HALF + k] = (i + k + 1) % FIRMS;
                tie(i, target[i * HALF + k], true);
            }
        for (int i = 0; i < FIRMS; i++)
            for (int k = 0; k < HALF; k++) {
                if (random.nextDouble() >= REWIRING)
                    continue;
                int j;
                do
                    j = (int) (random.nextDouble() * FIRMS);
                while (j == i || tied[i * FIRMS + j]);
                tie(i, target[i * HALF + k], false);
                tie(i, j, true);
                target[i * HALF + k] = j;
            }
        Arrays.fill(degree, 0);
        for (int i = 0; i < FIRMS; i++)
            for (int k = 0; k < HALF; k++) {
                int j = target[i * HALF + k];
                ties[i * FIRMS + degree[i]++] = j;
                ties[j * FIRMS + degree[j]++] = i;
            }
        for (int i = 0; i < FIRMS; i++)
            perTie[i] = degree[i] > 0 ? ON_PEERS / degree[i] : 0;
    }

    /* Whoever moves this month, by the state of the last one. Returns how many. */
    private int decide(int month) {
        int n = 0;
        for (int i = 0; i < FIRMS; i++) {
            if (member[i]) {
                if (random.nextDouble() >= stay)
                    moving[n++] = i;
            } else if (month >= freeAt[i]) {
                if (random.nextDouble() * (1 + Math.exp(-(INTERCEPT + perTie[i] * peers[i]))) < 1)
                    moving[n++] = i;
            }
        }
        return n;
    }

    private int move(int i, int month) {
        int change = member[i] ? -1 : 1;
        member[i] = change > 0;
        if (change < 0)
            freeAt[i] = month + wait + 1;
        for (int e = i * FIRMS; e < i * FIRMS + degree[i]; e++)
            peers[ties[e]] += change;
        return change;
    }

    private void play(StringBuilder out) {
        drawGraph();
        Arrays.fill(member, false);
        Arrays.fill(freeAt, 0);
        Arrays.fill(peers, 0);
        int members = 0, joins = 0;
        for (int month = 1; month <= MONTHS; month++) {
            int n = decide(month);
            for (int k = 0; k < n; k++) {
                int change = move(moving[k], month);
                members += change;
                if (change > 0)
                    joins++;
            }
            if (month % EVERY == 0)
                out.append(members).append(',');
        }
        out.append(joins).append('\n');
    }

    public static void main(String[] args) {
        if (args.length < 2 || args.length > 3) {
            System.err.println("usage: java Adoption RUNS SEED [WAIT]");
            System.exit(2);
        }
        int runs = Integer.parseInt(args[0]);
        Adoption model = new Adoption(Long.parseLong(args[1]), args.length > 2 ? Integer.parseInt(args[2]) : 12);
        StringBuilder out = new StringBuilder();
        for (int run = 0; run < runs; run++)
            model.play(out);
        System.out.print(out);
    }
}
