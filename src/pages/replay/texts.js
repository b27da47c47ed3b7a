// SPDX-License-Identifier: GPL-3.0-or-later
//
// The topics of locale/ that the replay uses.
import common from "../locale/common.json";
import outcomes from "../locale/outcomes.json";
import replay from "../locale/replay.json";
import studies from "../locale/studies.json";
import terms from "../locale/terms.json";
import { addTexts } from "../common/locale.js";

addTexts(common, terms, outcomes, studies, replay);
