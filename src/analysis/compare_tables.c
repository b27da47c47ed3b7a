/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tables of a comparison: which numbers, with which units and words. What they mean is in compare.h. */
#include <math.h>
#include <stdio.h>

#include "analysis/rows.h"
#include "klaster/compare.h"

static const kl_head option_columns[] = {
    {KL_COLUMN_TEXT, "arm", "", KL_STYLE_PLAIN, 0, "the option"},
    {KL_COLUMN_TEXT, "label", "", KL_STYLE_PLAIN, 0, "its label"},
    {KL_COLUMN_NUMBER, "members", "firm", KL_STYLE_PLAIN, 2, "members at the end, mean over worlds"},
    {KL_COLUMN_NUMBER, "members_more", "firm", KL_STYLE_PLAIN, 2, "members at the end, less those of the baseline"},
    {KL_COLUMN_NUMBER, "members_more_lo", "firm", KL_STYLE_PLAIN, 2, "lower end of its 95 % interval"},
    {KL_COLUMN_NUMBER, "members_more_hi", "firm", KL_STYLE_PLAIN, 2, "upper end"},
    {KL_COLUMN_NUMBER, "public_money", "USD", KL_STYLE_MONEY, 0, "discounted public money more than in the baseline"},
    {KL_COLUMN_NUMBER, "per_member", "USD/firm", KL_STYLE_MONEY, 0, "public money per additional member"},
    {KL_COLUMN_NUMBER, "per_member_lo", "USD/firm", KL_STYLE_MONEY, 0, "lower end of its 95 % interval (Fieller)"},
    {KL_COLUMN_NUMBER, "per_member_hi", "USD/firm", KL_STYLE_MONEY, 0, "upper end"},
    {KL_COLUMN_NUMBER, "npv_more", "USD", KL_STYLE_MONEY, 0, "social net present value, less that of the baseline"},
    {KL_COLUMN_NUMBER, "npv_more_lo", "USD", KL_STYLE_MONEY, 0, "lower end of its 95 % interval"},
    {KL_COLUMN_NUMBER, "npv_more_hi", "USD", KL_STYLE_MONEY, 0, "upper end"},
    {KL_COLUMN_NUMBER, "npv_per_usd", "1", KL_STYLE_PLAIN, 2,
     "social net present value gained per USD of public money"},
    {KL_COLUMN_NUMBER, "npv_per_usd_lo", "1", KL_STYLE_PLAIN, 2, "lower end of its 95 % interval (Fieller)"},
    {KL_COLUMN_NUMBER, "npv_per_usd_hi", "1", KL_STYLE_PLAIN, 2, "upper end"},
    {KL_COLUMN_NUMBER, "survival", "1", KL_STYLE_PERCENT, 1,
     "share of worlds in which the platform is open at the end"},
    {KL_COLUMN_NUMBER, "survival_lo", "1", KL_STYLE_PERCENT, 1, "lower end of its 95 % interval (Wilson)"},
    {KL_COLUMN_NUMBER, "survival_hi", "1", KL_STYLE_PERCENT, 1, "upper end"},
    {KL_COLUMN_NUMBER, "npv_better", "1", KL_STYLE_PERCENT, 1,
     "share of worlds with a higher social NPV than in the baseline"},
    {KL_COLUMN_COUNT, "worlds", "1", KL_STYLE_PLAIN, 0, "worlds in which both define members and NPV"},
    {KL_COLUMN_COUNT, "left_out", "1", KL_STYLE_PLAIN, 0, "worlds in which one of them does not, or was not played"},
    {0},
};

static const kl_head difference_columns[] = {
    {KL_COLUMN_TEXT, "arm", "", KL_STYLE_PLAIN, 0, "the option"},
    {KL_COLUMN_TEXT, "outcome", "", KL_STYLE_PLAIN, 0, "the outcome (docs/outcomes.md)"},
    {KL_COLUMN_TEXT, "unit", "", KL_STYLE_PLAIN, 0, "unit of the outcome and of its differences"},
    {KL_COLUMN_TEXT, "better", "", KL_STYLE_PLAIN, 0, "more or less: which of them is better; - for neither as such"},
    {KL_COLUMN_NUMBER, "baseline", "1", KL_STYLE_PLAIN, 4, "mean in the baseline"},
    {KL_COLUMN_NUMBER, "mean", "1", KL_STYLE_PLAIN, 4, "mean in the arm"},
    {KL_COLUMN_NUMBER, "difference", "1", KL_STYLE_PLAIN, 4, "mean of arm less baseline in the same world"},
    {KL_COLUMN_NUMBER, "se", "1", KL_STYLE_PLAIN, 4, "its Monte Carlo standard error, points as clusters"},
    {KL_COLUMN_NUMBER, "lo", "1", KL_STYLE_PLAIN, 4, "lower end of its 95 % interval"},
    {KL_COLUMN_NUMBER, "hi", "1", KL_STYLE_PLAIN, 4, "upper end"},
    {KL_COLUMN_NUMBER, "q05", "1", KL_STYLE_PLAIN, 4, "5 % quantile of the difference over worlds"},
    {KL_COLUMN_NUMBER, "q25", "1", KL_STYLE_PLAIN, 4, "25 % quantile"},
    {KL_COLUMN_NUMBER, "q50", "1", KL_STYLE_PLAIN, 4, "median"},
    {KL_COLUMN_NUMBER, "q75", "1", KL_STYLE_PLAIN, 4, "75 % quantile"},
    {KL_COLUMN_NUMBER, "q95", "1", KL_STYLE_PLAIN, 4, "95 % quantile"},
    {KL_COLUMN_NUMBER, "higher", "1", KL_STYLE_PERCENT, 1, "share of worlds in which the arm's is strictly higher"},
    {KL_COLUMN_NUMBER, "higher_lo", "1", KL_STYLE_PERCENT, 1, "lower end of its 95 % interval (Wilson)"},
    {KL_COLUMN_NUMBER, "higher_hi", "1", KL_STYLE_PERCENT, 1, "upper end"},
    {KL_COLUMN_NUMBER, "tied", "1", KL_STYLE_PERCENT, 1, "share of worlds in which both are equal"},
    {KL_COLUMN_NUMBER, "lower", "1", KL_STYLE_PERCENT, 1, "share of worlds in which the arm's is strictly lower"},
    {KL_COLUMN_NUMBER, "lower_lo", "1", KL_STYLE_PERCENT, 1, "lower end of its 95 % interval (Wilson)"},
    {KL_COLUMN_NUMBER, "lower_hi", "1", KL_STYLE_PERCENT, 1, "upper end"},
    {KL_COLUMN_NUMBER, "shared", "1", KL_STYLE_PLAIN, 1, "variance without common worlds over variance with them"},
    {KL_COLUMN_COUNT, "worlds", "1", KL_STYLE_PLAIN, 0, "worlds in which both define the outcome"},
    {KL_COLUMN_COUNT, "only_arm", "1", KL_STYLE_PLAIN, 0, "worlds in which the arm alone defines it"},
    {KL_COLUMN_COUNT, "only_baseline", "1", KL_STYLE_PLAIN, 0, "worlds in which the baseline alone defines it"},
    {KL_COLUMN_COUNT, "neither", "1", KL_STYLE_PLAIN, 0, "worlds in which none does"},
    {KL_COLUMN_COUNT, "missing", "1", KL_STYLE_PLAIN, 0, "worlds not played in one or both"},
    {0},
};

/* Fill the row just added from its n_texts texts, then numbers, then counts, in the order of the columns. */
static kl_status row_fill(kl_table *table, const char *const *text, const double *number, const int64_t *count)
{
    kl_status status = kl_table_add_row(table);
    int row = table->n_rows - 1;
    for (int c = 0; c < table->n_columns && status == KL_OK; c++) {
        if (table->column[c].type == KL_COLUMN_TEXT)
            status = kl_table_set_text(table, row, c, *text++);
        else if (table->column[c].type == KL_COLUMN_NUMBER)
            status = kl_table_set_number(table, row, c, *number++);
        else
            status = kl_table_set_count(table, row, c, *count++);
    }
    return status;
}

/* ---- options ---- */

kl_status kl_options_table_init(kl_table *table, const char *baseline)
{
    char title[160];
    snprintf(title, sizeof title, "Options against %s", baseline);
    return kl_rows_begin_as(
               table, "options", title,
               "Differences are taken in the same world (point and replicate), then averaged over the worlds. "
               "Intervals "
               "are 95 % Monte Carlo intervals with points as clusters: Student's t for means, Fieller (1954) for "
               "ratios of means, Wilson (1927) for shares. Money is discounted to month 0.",
               option_columns)
        .status;
}

static double share_of(const kl_share *share)
{
    return share->n > 0 ? share->share : (double)NAN;
}

kl_status kl_options_table_add(kl_table *table, const kl_arm *arm, const kl_option_facts *f)
{
    const char *text[] = {arm->name, arm->label};
    const double number[] = {
        f->members.mean_arm, f->members.d.mean,   f->members.lo,           f->members.hi,    f->spending.d.mean,
        f->per_member.ratio, f->per_member.lo,    f->per_member.hi,        f->npv.d.mean,    f->npv.lo,
        f->npv.hi,           f->per_dollar.ratio, f->per_dollar.lo,        f->per_dollar.hi, share_of(&f->survival),
        f->survival.lo,      f->survival.hi,      share_of(&f->npv.higher)};
    int64_t n = f->members.n < f->npv.n ? f->members.n : f->npv.n;
    int64_t all = f->npv.n + f->npv.only_arm + f->npv.only_baseline + f->npv.neither + f->npv.missing;
    const int64_t count[] = {n, all - n};
    return row_fill(table, text, number, count);
}

/* ---- differences ---- */

kl_status kl_differences_table_init(kl_table *table, const char *baseline)
{
    char title[160];
    snprintf(title, sizeof title, "Outcomes less those of %s in the same world", baseline);
    return kl_rows_begin_as(
               table, "differences", title,
               "Arm less baseline in each world in which both define the outcome; the other worlds are counted. Errors "
               "from the spread between points (Cochran 1977, ch. 9A), intervals by Student's t; shares of worlds with "
               "Wilson's interval, ties apart. `shared` is what common worlds saved: the variance that the difference "
               "of "
               "means would have with worlds of its own for each arm, over the variance of the mean difference.",
               difference_columns)
        .status;
}

kl_status kl_differences_table_add(kl_table *table, const kl_arm *arm, kl_outcome_id outcome, const kl_difference *d)
{
    const kl_outcome_info *info = kl_outcome_info_of(outcome);
    int direction = kl_outcome_direction(outcome);
    const char *text[] = {arm->name, info->name, info->unit, direction > 0 ? "more" : direction < 0 ? "less" : "-"};
    double higher = share_of(&d->higher), lower = share_of(&d->lower);
    double tied = d->n > 0 ? (double)(d->n - d->higher.hits - d->lower.hits) / (double)d->n : (double)NAN;
    const double number[] = {d->n > 0 ? d->mean_baseline : (double)NAN,
                             d->n > 0 ? d->mean_arm : (double)NAN,
                             d->d.mean,
                             d->d.se,
                             d->lo,
                             d->hi,
                             d->d.q05,
                             d->d.q25,
                             d->d.q50,
                             d->d.q75,
                             d->d.q95,
                             higher,
                             d->higher.lo,
                             d->higher.hi,
                             tied,
                             lower,
                             d->lower.lo,
                             d->lower.hi,
                             d->shared};
    const int64_t count[] = {d->n, d->only_arm, d->only_baseline, d->neither, d->missing};
    return row_fill(table, text, number, count);
}
