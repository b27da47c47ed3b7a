#!/usr/bin/env Rscript
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A result file of klaster in R: claims with their intervals, outcomes, paired differences between arms, two plots.
#
#   Rscript scripts/analysis.R RESULT.h5               prints the tables
#   Rscript scripts/analysis.R RESULT.h5 --json        the same as JSON
#   Rscript scripts/analysis.R RESULT.h5 --plot FILE.pdf
#
# In a session of your own: source("scripts/analysis.R"), then file <- open_result("results/paper.h5") and the functions below.
# The numbers are those of `klaster summary` and `klaster compare`, which tests/check_r.sh holds them against.
#
# R counts dimensions from the other end: an outcome is (replicate, point, arm).
suppressPackageStartupMessages({
  library(ncdf4)     # the file is netCDF-4; undefined values come as NA
  library(jsonlite)  # the study inside it is JSON
})

# ---- the file ----

open_result <- function(path) {
  if (!file.exists(path)) stop(path, ": there is no such file", call. = FALSE)
  # nc_open prints a remark for every 64-bit fill value; there is nothing to do about them
  invisible(capture.output(file <- tryCatch(nc_open(path), error = function(e) NULL)))
  if (is.null(file) || !identical(ncatt_get(file, 0, "filetype")$value, "klaster result"))
    stop(path, ": not a result file of klaster (klaster run makes one)", call. = FALSE)
  file
}

study_of <- function(file) fromJSON(ncvar_get(file, "study/resolved"), simplifyVector = FALSE)

arms_of <- function(file) as.vector(ncvar_get(file, "arm"))

baseline_of <- function(file) {
  named <- study_of(file)$baseline
  if (is.null(named)) arms_of(file)[1] else named
}

outcomes_of <- function(file) {
  is_outcome <- function(v) identical(vapply(v$dim, function(d) d$name, ""), c("replicate", "point", "arm"))
  setdiff(names(Filter(is_outcome, file$var)), "status")
}

# An outcome in every world of an arm: a matrix (replicate, point), NA where it is undefined or the world was not played.
values_of <- function(file, name, arm) {
  found <- ncvar_get(file, name, start = c(1, 1, match(arm, arms_of(file))), count = c(-1, -1, 1), collapse_degen = FALSE)
  matrix(as.numeric(found), nrow = dim(found)[1])
}

# How each run ended, by name; NA where it was not played.
status_of <- function(file, arm) {
  code <- values_of(file, "status", arm)
  meanings <- strsplit(ncatt_get(file, "status", "flag_meanings")$value, " ")[[1]]
  matrix(meanings[code + 1], nrow = nrow(code))
}

# ---- intervals ----

# A column for every independent unit: points, or rows of the design where points share their worlds; of a single row of several
# points the replicates are the units, if `turned`.
by_unit <- function(file, x, turned = TRUE) {
  size <- max(1, ncatt_get(file, 0, "design_row_size")$value)
  if (turned && ncol(x) == size && size > 1 && nrow(x) > 1) return(t(x))
  matrix(x, nrow = nrow(x) * size)
}

# How many independent worlds a share is worth: Kish (1965, ch. 8), corrected as by Korn & Graubard (1998).
effective_worlds <- function(worlds, hits) {
  n_units <- length(worlds)
  hits <- hits[worlds > 0]
  worlds <- worlds[worlds > 0]
  n <- sum(worlds)
  units <- length(worlds)
  p <- sum(hits) / n
  if (n_units == 1 || n == units) return(n)
  if (p == 0 || p == 1 || units == 1) return(units)
  variance <- units / (units - 1) * sum((hits - p * worlds)^2) / n^2
  if (variance == 0) return(n)
  min(n, p * (1 - p) / (n - 1) / variance * n * (qt(0.975, n - 1) / qt(0.975, units - 1))^2)
}

# Share of worlds with its 95 % interval (Wilson 1927); hit: TRUE, FALSE, or NA where a world does not count.
share_of <- function(file, hit) {
  unit <- by_unit(file, hit)
  worlds <- colSums(!is.na(unit))
  hits <- colSums(unit, na.rm = TRUE)
  if (sum(worlds) == 0) return(list(worlds = 0, hits = 0, share = NA, lo = NA, hi = NA))
  p <- sum(hits) / sum(worlds)
  n <- effective_worlds(worlds, hits)
  z <- qnorm(0.975)
  middle <- (p + z^2 / (2 * n)) / (1 + z^2 / n)
  half <- z / (1 + z^2 / n) * sqrt(p * (1 - p) / n + z^2 / (4 * n^2))
  list(worlds = sum(worlds), hits = sum(hits), share = p, lo = if (p == 0) 0 else max(0, middle - half),
       hi = if (p == 1) 1 else min(1, middle + half))
}

# Mean over the worlds that define a value, its standard error from the spread of the units' sums (Cochran 1977, ch. 9A), and its
# 95 % interval by Student's t.
mean_of <- function(file, x, turned = FALSE) {
  unit <- by_unit(file, x, turned)
  if (ncol(unit) == 1) unit <- t(unit)  # then its worlds are the units
  worlds <- colSums(!is.na(unit))
  n <- sum(worlds)
  units <- sum(worlds > 0)
  middle <- if (n > 0) sum(unit, na.rm = TRUE) / n else NA
  se <- if (units > 1) sqrt(units / (units - 1) * sum(colSums(unit - middle, na.rm = TRUE)^2)) / n else NA
  half <- if (units > 1) qt(0.975, units - 1) * se else NA
  list(worlds = n, mean = middle, se = se, lo = middle - half, hi = middle + half)
}

# ---- tables ----

# A table of what `one` says of every arm and thing.
rows <- function(arms, things, one) {
  found <- unlist(lapply(arms, function(arm) lapply(things, one, arm = arm)), recursive = FALSE)
  if (length(found) > 0) do.call(rbind, found)
}

# In what share of the worlds each claim holds: of all, and of the completed that define its metric.
claims_table <- function(file) {
  one <- function(arm, claim) {
    value <- values_of(file, claim$metric, arm)
    status <- status_of(file, arm)
    bound <- function(x, open) if (is.null(x)) open else x
    inside <- value >= bound(claim$interval[[1]], -Inf) & value <= bound(claim$interval[[2]], Inf)
    hit <- ifelse(is.na(status), NA, !is.na(inside) & inside)
    completed <- share_of(file, ifelse(status == "completed", inside, NA))
    names(completed) <- paste0(names(completed), "_completed")
    data.frame(arm = arm, claim = claim$name, metric = claim$metric, share_of(file, hit), completed)
  }
  rows(arms_of(file), study_of(file)$claims, one)
}

# Mean, spread and quantiles of outcomes over the worlds that define them.
outcomes_table <- function(file, names = outcomes_of(file)) {
  one <- function(arm, name) {
    value <- values_of(file, name, arm)
    found <- mean_of(file, value, turned = TRUE)
    q <- quantile(value, c(0.05, 0.25, 0.5, 0.75, 0.95), na.rm = TRUE, names = FALSE)
    data.frame(arm = arm, outcome = name, unit = ncatt_get(file, name, "units")$value, n = found$worlds, mean = found$mean, se = found$se,
               sd = sd(value, na.rm = TRUE), q05 = q[1], q25 = q[2], median = q[3], q75 = q[4], q95 = q[5])
  }
  rows(arms_of(file), names, one)
}

# Outcomes of every arm less those of the baseline in the same world.
differences_table <- function(file, names = c("members_final", "saving_net", "survival", "npv_social"), baseline = baseline_of(file)) {
  one <- function(arm, name)
    data.frame(arm = arm, outcome = name, unit = ncatt_get(file, name, "units")$value,
               mean_of(file, values_of(file, name, arm) - values_of(file, name, baseline)))
  rows(setdiff(arms_of(file), baseline), names, one)
}

# ---- plots ----

colours <- c(blue = "#0072B2", orange = "#E69F00")  # Okabe & Ito

# The joint saving over worlds, and the band that the paper names.
plot_saving <- function(file, arm = arms_of(file)[1], band = c(0.3, 0.4)) {
  saving <- 100 * values_of(file, "saving_joint", arm)
  if (all(is.na(saving))) {
    plot.new()
    title(paste0(arm, ": no world has members in its last year"))
    return(invisible())
  }
  share <- share_of(file, !is.na(saving) & saving >= 100 * band[1] & saving <= 100 * band[2])
  last <- max(ncvar_get(file, "month"))
  bars <- hist(saving, breaks = seq(-100, 100, 2), plot = FALSE)
  bars$counts <- 100 * bars$counts / sum(!is.na(status_of(file, arm)))
  shown <- range(bars$mids[bars$counts > 0])
  plot(bars, xlim = shown + c(-1, 1), col = colours["blue"], border = "white", ylab = "% of worlds in a class of 2 points",
       xlab = sprintf("joint saving, %% of members' budgets, months %d-%d", max(1, last - 11), last),
       main = sprintf("%s: %.0f-%.0f %% in %.1f %% [%.1f, %.1f] of worlds", arm, 100 * band[1], 100 * band[2], 100 * share$share,
                      100 * share$lo, 100 * share$hi))
  edge <- par("usr")
  rect(100 * band[1], 0, 100 * band[2], edge[4], col = adjustcolor(colours["orange"], 0.25), border = NA)
}

# Every claim in every arm with its interval.
plot_claims <- function(file, table = claims_table(file)) {
  place <- rev(seq_len(nrow(table)))
  label <- if (length(unique(table$arm)) > 1) paste(table$arm, table$claim, sep = ": ") else table$claim
  old <- par(mar = c(4.5, 3 + 0.42 * max(nchar(label)), 2, 1))
  on.exit(par(old))
  plot(100 * table$share, place, xlim = c(0, 100), pch = 19, col = colours["blue"], yaxt = "n", ylab = "",
       xlab = sprintf("%% of all worlds, 95 %% interval, %d months", max(ncvar_get(file, "month"))), main = "Claims")
  segments(100 * table$lo, place, 100 * table$hi, place, col = colours["blue"], lwd = 2)
  axis(2, place, label, las = 1, cex.axis = 0.8)
}

# ---- the command ----

main <- function(arguments = commandArgs(trailingOnly = TRUE)) {
  plot_to <- match("--plot", arguments)
  path <- setdiff(arguments, c("--json", "--plot", if (!is.na(plot_to)) arguments[plot_to + 1]))
  if (length(path) != 1) stop("usage: analysis.R RESULT.h5 [--json] [--plot FILE.pdf]", call. = FALSE)
  file <- open_result(path)
  on.exit(nc_close(file))
  found <- list(claims = claims_table(file), outcomes = outcomes_table(file), differences = differences_table(file))
  if ("--json" %in% arguments) {
    cat(toJSON(found, digits = I(17), na = "null"), "\n")
  } else {
    key <- c("saving_joint", "saving_net", "members_final", "npv_social", "bcr")
    options(width = 160, digits = 4)
    for (name in names(found)) {
      cat("\n", name, "\n", sep = "")
      table <- found[[name]]
      if (name == "outcomes") table <- table[table$outcome %in% key, ]
      if (is.null(table)) cat("  none\n") else print(table, row.names = FALSE)
    }
  }
  if (!is.na(plot_to)) {
    pdf(arguments[plot_to + 1], width = 7, height = 5)
    for (arm in arms_of(file)) plot_saving(file, arm)
    if (!is.null(found$claims)) plot_claims(file, found$claims)
    invisible(dev.off())
  }
}

if (sys.nframe() == 0L) {
  tryCatch(main(), error = function(e) {
    message("analysis.R: ", conditionMessage(e))
    quit(status = 2)
  })
}
