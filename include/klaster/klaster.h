/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The whole library. Start reading at run.h (one run), then study.h, engine.h, store.h and analysis.h. */
#ifndef KLASTER_H
#define KLASTER_H

#include "klaster/analysis.h"
#include "klaster/appraisal.h"
#include "klaster/calibration.h"
#include "klaster/charts.h"
#include "klaster/compare.h"
#include "klaster/design.h"
#include "klaster/discovery.h"
#include "klaster/engine.h"
#include "klaster/mechanism.h"
#include "klaster/outcomes.h"
#include "klaster/params.h"
#include "klaster/precision.h"
#include "klaster/run.h"
#include "klaster/sensitivity.h"
#include "klaster/status.h"
#include "klaster/store.h"
#include "klaster/study.h"
#include "klaster/synergy.h"
#include "klaster/table.h"
#include "klaster/verify.h"
#include "klaster/version.h"

#endif
