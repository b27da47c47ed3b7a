/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How far the cluster has become one system: order degrees of its innovation and governance subsystems, their composite-system
 * synergy degree (Meng & Han 1999; as Sun et al. 2021 use it) and coupling coordination degree. Observation only: nothing in
 * the model reads them. docs/synergy.md gives the equations and the assumptions. */
#include "core/state.h"
#include "core/vector.h"

/* An order parameter scaled by its fixed bounds, in [0, 1]. */
static double scaled(double x, double lo, double hi)
{
    double u = (x - lo) / (hi - lo);
    return u < 0 ? 0 : u > 1 ? 1 : u;
}

/* theta (prod |change|)^(1/k), theta the sign of the smallest change; 0 where that is 0, which is where the textbook's
 * theta is 0/0. */
double kl_composite_degree(int k, const double *change)
{
    double product = 1, least = change[0];
    for (int i = 0; i < k; i++) {
        product *= fabs(change[i]);
        least = change[i] < least ? change[i] : least;
    }
    if (least == 0 || product == 0)
        return 0;
    double size = k == 2 ? sqrt(product) : kl_pow(product, 1.0 / k);
    return least > 0 ? size : -size;
}

/* D = sqrt(C T) with C = 2 sqrt(u v) / (u + v) and T = (u + v) / 2; 0 where both are 0. */
double kl_coupling_degree(double u, double v)
{
    double sum = u + v;
    return sum > 0 ? sqrt(2 * sqrt(u * v) / sum * (sum / 2)) : 0;
}

/* Equal weights, not a geometric mean, which one order parameter at 0 would hold at 0. */
static double order_innovation(const kl_state *s, double stock)
{
    return (s->quality + s->information + scaled(stock, 0, 1)) / 3;
}

static double order_governance(const kl_state *s, double trust)
{
    double joint = s->shareable_total > 0 ? scaled(s->sum_spent[s->month] / s->shareable_total, 0, 1) : 0;
    return ((double)s->n_members / s->n + trust + joint) / 3;
}

/* Against the last month before the platform opened; undefined until then. `stock` and `trust` are means over firms. */
void kl_degree_record(kl_state *s, double stock, double trust, float now[KL_N_SERIES])
{
    double order[2] = {order_innovation(s, stock), order_governance(s, trust)};
    if (s->month_built < 0) {
        s->order_first[0] = order[0];
        s->order_first[1] = order[1];
    }
    double change[2] = {order[0] - s->order_first[0], order[1] - s->order_first[1]};
    now[KL_SER_order_innovation] = (float)order[0];
    now[KL_SER_order_governance] = (float)order[1];
    now[KL_SER_dws] = s->month_built < 0 ? NAN : (float)kl_composite_degree(2, change);
    now[KL_SER_coupling] = (float)kl_coupling_degree(order[0], order[1]);
}
